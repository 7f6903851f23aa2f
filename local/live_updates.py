"""Read from the template what carries live updates: the stream's event source and the API."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from local.errors import LocalCloudError
from local.gateway.specification import LiveApi, StreamSource
from local.gateway.stream_filter import validate_pattern

_LISTENERS = [{"AuthType": "AWS_LAMBDA"}]
_PUBLISHERS = [{"AuthType": "AWS_IAM"}]
_FOR_EVER = -1


def parse_stream_source(function: str, properties: Mapping[str, Any]) -> StreamSource:
    """Parse an event source mapping of a table's stream. Raises LocalCloudError for a setting that it can't follow."""
    if properties["StartingPosition"] != "LATEST" or int(properties.get("ParallelizationFactor", 1)) != 1:
        raise LocalCloudError(f"the stream of {function}: the local cloud reads from LATEST, one batch at a time")
    filters = properties.get("FilterCriteria", {}).get("Filters", [])
    patterns = [json.loads(one["Pattern"]) for one in filters]
    for pattern in patterns:
        validate_pattern(pattern)
    return StreamSource(
        function=function,
        stream_arn=properties["EventSourceArn"],
        batch_size=int(properties.get("BatchSize", 100)),
        patterns=patterns,
        reports_failures="ReportBatchItemFailures" in properties.get("FunctionResponseTypes", []),
        bisects=str(properties.get("BisectBatchOnFunctionError", False)).lower() == "true",
        retries=int(properties.get("MaximumRetryAttempts", _FOR_EVER)),
        max_age_s=float(properties.get("MaximumRecordAgeInSeconds", _FOR_EVER)),
    )


def parse_live_api(host: str, config: Mapping[str, Any], namespaces: Sequence[Mapping[str, Any]]) -> LiveApi:
    """Parse the API's event configuration. Raises LocalCloudError for authorization that the local cloud has not."""
    modes = [
        (config["ConnectionAuthModes"], _LISTENERS),
        (config["DefaultSubscribeAuthModes"], _LISTENERS),
        (config["DefaultPublishAuthModes"], _PUBLISHERS),
        *((one.get("SubscribeAuthModes", _LISTENERS), _LISTENERS) for one in namespaces),
        *((one.get("PublishAuthModes", _PUBLISHERS), _PUBLISHERS) for one in namespaces),
    ]
    if any(declared != served for declared, served in modes):
        raise LocalCloudError("the local API of live updates is published to by IAM, and listened to by an authorizer")
    [authorizer] = [one["LambdaAuthorizerConfig"] for one in config["AuthProviders"] if one["AuthType"] == "AWS_LAMBDA"]
    if int(authorizer.get("AuthorizerResultTtlInSeconds", 300)) != 0:
        raise LocalCloudError("the local API of live updates asks its authorizer each time, and caches nothing")
    return LiveApi(
        host=host,
        authorizer=authorizer["AuthorizerUri"].rpartition(":function:")[2].partition(":")[0],
        token_pattern=authorizer.get("IdentityValidationExpression", ".*"),
        namespaces=[one["Name"] for one in namespaces],
    )
