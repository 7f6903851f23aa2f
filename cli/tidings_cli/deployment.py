"""Describe a deployment: a stack on AWS, or the local cloud of `make run`, with the same fields."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import click

LOCAL = "local"
_VARIABLES = {
    "AWS::DynamoDB::Table": "",
    "AWS::SQS::Queue": "_URL",
    "AWS::SecretsManager::Secret": "_ID",
    "AWS::KMS::Key": "_ID",
}
"""The suffix of a function's environment variable, by the type of the resource that it names."""

_REQUIRED = (
    "ProviderItemsTable",
    "UpdateStateTable",
    "HoldingsTable",
    "SessionsTable",
    "LinkSessionsTable",
    "WebhookEventsTable",
    "ProviderBudgetsTable",
    "PlaidSecret",
    "SnapTradeSecret",
    "CredentialKey",
)
_NESTED_STACK = "AWS::CloudFormation::Stack"
_RESPONSE_TIMEOUT_S = 5


@dataclass(frozen=True, slots=True)
class Resource:
    """`kind` as CloudFormation names it; `physical_id`: a table's or function's name, a queue's URL, a secret's ARN."""

    kind: str
    physical_id: str


@dataclass(frozen=True, slots=True)
class Deployment:
    """A stack with the stacks nested in it, or the local cloud.

    `resources` has those of nested stacks too. `nested`: status of each nested stack, by logical id. `environment`:
    variables that the local cloud adds to those of the template; empty for a stack.
    """

    name: str
    region: str
    status: str
    resources: Mapping[str, Resource]
    parameters: Mapping[str, str]
    outputs: Mapping[str, str]
    environment: Mapping[str, str] = field(default_factory=dict)
    nested: Mapping[str, str] = field(default_factory=dict)

    @property
    def local(self) -> bool:
        return self.name == LOCAL

    def of_kind(self, kind: str) -> dict[str, str]:
        """Return the physical ids of all resources of a type, by logical id."""
        found = {name: one.physical_id for name, one in self.resources.items() if one.kind == kind}
        return dict(sorted(found.items()))

    def physical(self, logical_id: str) -> str:
        return self.resources[logical_id].physical_id

    def output(self, name: str) -> str:
        """Return an output's value; empty if the deployed template has no such output."""
        return self.outputs.get(name, "")

    @property
    def api_url(self) -> str:
        return self.output("ApiUrl").rstrip("/")

    @property
    def allowed_origins(self) -> list[str]:
        return [one.strip() for one in self.parameters.get("AllowedOrigins", "").split(",") if one.strip()]

    @property
    def plaid_webhook_url(self) -> str:
        """Return the webhook address of new items, as the function that issues link tokens gets it."""
        base = self.parameters.get("WebhookBaseUrl")
        return f"{base}/plaid/webhook" if base else self.output("PlaidWebhookUrl")

    def variables(self) -> dict[str, str]:
        """Return the environment of the deployment's functions, for the product's own code in this process."""
        resources = {
            _variable(name) + _VARIABLES[one.kind]: one.physical_id
            for name, one in self.resources.items()
            if one.kind in _VARIABLES
        }
        parameters = {_variable(name): value for name, value in self.parameters.items()}
        return {**parameters, **resources, **self.environment}


def _variable(name: str) -> str:
    """Convert `SnapTradeKeyType` to the name of its environment variable, `SNAPTRADE_KEY_TYPE`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.replace("SnapTrade", "Snaptrade")).upper()


def load_stack(name: str) -> Deployment:
    """Load a deployed stack. Raises ClickException if there is none, or it is not a Tidings deployment."""
    from tidings.aws import clients

    client = clients.aws_client("cloudformation")
    described = _describe_stack(client, name)
    own = _list_resources(client, name)
    nested = {logical_id: one for logical_id, one in own.items() if one["ResourceType"] == _NESTED_STACK}
    within = [_list_resources(client, one["PhysicalResourceId"]) for one in nested.values()]
    resources = {
        logical_id: Resource(one["ResourceType"], one["PhysicalResourceId"])
        for listed in (*within, own)
        for logical_id, one in listed.items()
    }
    if described["StackStatus"].startswith("DELETE_"):
        raise click.ClickException(f"Stack {name} is {described['StackStatus']}: see its events in CloudFormation.")
    missing = [logical_id for logical_id in _REQUIRED if logical_id not in resources]
    if missing:
        raise click.ClickException(f"Stack {name} is not a Tidings deployment: it has no {', '.join(missing)}.")
    return Deployment(
        name=name,
        region=client.meta.region_name,
        status=described["StackStatus"],
        resources=resources,
        parameters={one["ParameterKey"]: one["ParameterValue"] for one in described.get("Parameters", [])},
        outputs={one["OutputKey"]: one["OutputValue"] for one in described.get("Outputs", [])},
        nested={logical_id: one["ResourceStatus"] for logical_id, one in nested.items()},
    )


def _list_resources(client: Any, stack: str) -> dict[str, Mapping[str, str]]:  # noqa: ANN401 - botocore's client
    """List the resources that a stack has now, by logical id."""
    return {
        one["LogicalResourceId"]: one
        for page in client.get_paginator("list_stack_resources").paginate(StackName=stack)
        for one in page["StackResourceSummaries"]
        if one.get("PhysicalResourceId") and one["ResourceStatus"] != "DELETE_COMPLETE"
    }


class NoSuchStack(click.ClickException):
    """This account and region have no stack of this name."""


def _describe_stack(client: Any, name: str) -> Mapping[str, Any]:  # noqa: ANN401 - botocore's client
    from botocore.exceptions import ClientError

    try:
        described: Mapping[str, Any] = client.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":
            where = f"in {client.meta.region_name} of this account"
            raise NoSuchStack(f"There is no stack {name} {where}. Check --stack, --profile and --region.") from None
        raise
    return described


def load_local_cloud(port: int) -> Deployment:
    """Load the local cloud whose page is at `port`. Raises ClickException if it does not respond."""
    url = f"http://127.0.0.1:{port}/_local/deployment"
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=_RESPONSE_TIMEOUT_S) as response:
            described = json.load(response)
    except (urllib.error.URLError, OSError, ValueError):
        raise click.ClickException(f"No local cloud responds on port {port}: start it with `make run`.") from None
    access = {
        "AWS_ENDPOINT_URL": described["aws_endpoint"],
        "AWS_ACCESS_KEY_ID": "operator",
        "AWS_SECRET_ACCESS_KEY": "operator",
        "AWS_REGION": described["region"],
        "AWS_DEFAULT_REGION": described["region"],
    }
    return Deployment(
        name=LOCAL,
        region=described["region"],
        status="running",
        resources={name: Resource(**one) for name, one in described["resources"].items()},
        parameters=described["parameters"],
        outputs=described["outputs"],
        environment={**described["environment"], **access},
    )
