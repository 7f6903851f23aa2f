"""Call AWS by its JSON protocol, without boto3: the gateway polls all the time, and boto3 takes much CPU for a call."""

import json
from typing import Any

import urllib3

from local.account import REGION

_TARGETS = {"sqs": "AmazonSQS", "dynamodb": "DynamoDBStreams_20120810"}
"""By the service that signs a call: queues, and DynamoDB for its streams."""
_TIMEOUT = urllib3.Timeout(connect=2, read=10)


class PollError(Exception):
    """MiniStack does not respond, or rejected a call."""


class Poller:
    """Calls a service for a function. The call recorder logs `caller`, the function, as the calling one."""

    def __init__(self, endpoint: str, service: str, caller: str) -> None:
        self._pool = urllib3.connection_from_url(endpoint, timeout=_TIMEOUT, retries=False)
        self._target = _TARGETS[service]
        scope = f"{caller}/20260101/{REGION}/{service}/aws4_request"
        self._headers = {
            "authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=none",
            "content-type": "application/x-amz-json-1.0",
        }

    def call(self, operation: str, **request: object) -> Any:  # noqa: ANN401 - JSON
        """Return the response. Raises PollError if there is none, or an error."""
        headers = {**self._headers, "x-amz-target": f"{self._target}.{operation}"}
        try:
            response = self._pool.urlopen("POST", "/", json.dumps(request).encode(), headers)
        except urllib3.exceptions.HTTPError as error:
            raise PollError(str(error)) from error
        if response.status >= 400:
            raise PollError(response.data.decode(errors="replace"))
        return json.loads(response.data or b"{}")
