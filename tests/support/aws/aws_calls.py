"""Record the product's AWS calls in botocore, or replace their responses."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import EndpointConnectionError, HTTPClientError

from tidings.aws import clients

FakeResponse = tuple[AWSResponse, dict[str, Any]]


@dataclass
class OperationRecorder:
    """Record the operations of one service in order."""

    operations: list[str] = field(default_factory=list)

    def __call__(self, model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's operation model
        self.operations.append(model.name)


@dataclass
class FailingCall:
    """Fail `times` calls of one operation (None: all) with an error, then let them through."""

    operation: str
    answer: dict[str, Any]
    times: int | None = None
    spoilt: int = 0
    passed: int = 0

    def __call__(self, model: Any, **_: object) -> FakeResponse | None:  # noqa: ANN401
        if model.name != self.operation:
            return None
        if self.times is not None and self.spoilt >= self.times:
            self.passed += 1
            return None
        self.spoilt += 1
        return AWSResponse("https://aws.invalid", 400, HTTPHeaders(), None), self.answer


@dataclass(frozen=True)
class FailingConnection:
    """Fail every call of one operation with a connection error."""

    operation: str
    error: type[HTTPClientError]

    def __call__(self, model: Any, **_: object) -> None:  # noqa: ANN401
        if model.name == self.operation:
            raise self.error(endpoint_url="https://aws.invalid")


def stub_response(operation: str, answer: dict[str, Any]) -> Any:  # noqa: ANN401 - a botocore handler
    """Return a hook that responds to every call of one operation; an `Error` makes the call fail."""

    def hook(model: Any, **_: object) -> FakeResponse | None:  # noqa: ANN401
        if model.name != operation:
            return None
        return AWSResponse("https://aws.invalid", 400 if "Error" in answer else 200, HTTPHeaders(), None), answer

    return hook


def aws_error(code: str, **fields: object) -> dict[str, Any]:
    """Return an AWS error as botocore parses it."""
    return {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": 400}, **fields}


def cancelled_transaction(*codes: str) -> dict[str, Any]:
    """Return the error of a cancelled transaction, with a reason per item (`None`: its condition held)."""
    reasons = [{"Code": code} if code == "None" else {"Code": code, "Message": code} for code in codes]
    return aws_error("TransactionCanceledException", CancellationReasons=reasons)


@contextmanager
def intercept_calls(hook: Any, service: str = "dynamodb") -> Iterator[Any]:  # noqa: ANN401 - any botocore handler
    """Run the hook before every call of the product's client."""
    events = clients.aws_client(service).meta.events
    events.register_first(f"before-call.{service}", hook)
    try:
        yield hook
    finally:
        events.unregister(f"before-call.{service}", hook)


def refuse_connection(**_: object) -> None:
    """Hook that fails a call because the service is unreachable."""
    raise EndpointConnectionError(endpoint_url="https://aws.invalid")
