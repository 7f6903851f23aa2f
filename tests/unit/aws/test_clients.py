"""Calls to AWS keep the time limit of their work: each attempt, and the pauses between them."""

import gc
import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import botocore.endpoint
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError, ConnectTimeoutError
from moto.core.models import botocore_stubber

from tidings import concurrency
from tidings.aws import clients
from tidings.aws.clients import TimeIsUp
from tidings.concurrency import limit_time

THROTTLED, BROKEN, REFUSED = "ThrottlingException", "InternalFailure", "AccessDenied"


class Service:
    """What answers in place of SQS. `errors`: of the next attempts, a code or a broken connection.

    `timeouts`: how long each attempt waited at most, or None for what the client is configured with.
    """

    def __init__(self) -> None:
        self.errors: list[str | Exception] = []
        self.timeouts: list[float | None] = []
        self.user_agents: list[bytes] = []
        self.pauses: list[float] = []
        """Which pass at once: how long they take is up to the SDK, below a second and then below two."""
        self.attempt_s = 0.0
        self.now = 100.0

    def answer(self, request: Any, **_: object) -> AWSResponse:  # noqa: ANN401 - botocore's request
        self.timeouts.append(request.context.get("read_timeout"))
        self.user_agents.append(request.headers["User-Agent"])
        self.now += self.attempt_s
        error = self.errors.pop(0) if self.errors else None
        if isinstance(error, Exception):
            raise error
        body = json.dumps({"__type": error} if error else {}).encode()
        status = 200 if error is None else 500 if error == BROKEN else 400
        return AWSResponse(request.url, status, HTTPHeaders(), SimpleNamespace(stream=lambda **_: [body]))

    def call(self) -> None:
        clients.aws_client("sqs").send_message(QueueUrl="https://sqs.us-east-1.amazonaws.com/1/tasks", MessageBody="x")


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    service = Service()
    monkeypatch.setattr(concurrency, "time", SimpleNamespace(monotonic=lambda: service.now))
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=service.pauses.append))
    monkeypatch.setattr(botocore_stubber, "enabled", False)  # moto answers until the session ends, once a test began it
    clients.reset_clients()
    clients.aws_client("sqs").meta.events.register_last("before-send", service.answer)
    yield service
    clients.reset_clients()


@pytest.mark.parametrize(("limit_s", "timeout_s"), [(None, None), (10, 2), (2, 2), (1.5, 1.5), (0.125, 0.125)])
def test_attempt_waits_no_longer_than_the_work_may_take(
    service: Service, limit_s: float | None, timeout_s: float | None
) -> None:
    if limit_s is None:
        service.call()
    else:
        with limit_time(limit_s):
            service.call()
    assert service.timeouts == [timeout_s]


def test_call_is_not_sent_once_the_time_is_up(service: Service) -> None:
    with limit_time(1):
        service.now += 1
        with pytest.raises(TimeIsUp):
            service.call()
    assert service.timeouts == []


def test_call_names_the_product_as_its_user_agent(service: Service) -> None:
    service.call()
    assert [agent.split()[0] for agent in service.user_agents] == [b"tidings"]  # Powertools may append its own


def test_client_gives_up_a_connection_after_a_second_and_an_answer_after_five() -> None:
    config = clients.aws_client("sqs").meta.config
    assert (config.connect_timeout, config.read_timeout) == (1, 5)


@pytest.mark.parametrize("error", [THROTTLED, BROKEN])
def test_failing_call_is_attempted_three_times(service: Service, error: str) -> None:
    service.errors = [error] * 9
    with pytest.raises(ClientError):
        service.call()
    assert (len(service.timeouts), len(service.pauses)) == (3, 2)


def test_refused_call_is_not_repeated(service: Service) -> None:
    service.errors = [REFUSED]
    with pytest.raises(ClientError):
        service.call()
    assert len(service.timeouts) == 1


@pytest.mark.parametrize(("limit_s", "attempts"), [(1, 1), (1.01, 2), (2, 2), (2.01, 3), (60, 3)])
def test_call_is_repeated_only_if_its_pause_ends_in_time(service: Service, limit_s: float, attempts: int) -> None:
    service.errors = [THROTTLED] * 9
    with limit_time(limit_s), pytest.raises(ClientError):
        service.call()
    assert len(service.timeouts) == attempts


def test_broken_connection_is_repeated_while_any_time_is_left(service: Service) -> None:
    service.errors = [ConnectTimeoutError(endpoint_url="https://aws.invalid")] * 9
    service.attempt_s = 0.1
    with limit_time(0.15), pytest.raises(ConnectTimeoutError):
        service.call()
    assert len(service.timeouts) == 2


def test_broken_connection_is_not_repeated_without_time(service: Service) -> None:
    service.errors = [ConnectTimeoutError(endpoint_url="https://aws.invalid")] * 9
    service.attempt_s = 1
    with limit_time(1), pytest.raises(ConnectTimeoutError):
        service.call()
    assert (len(service.timeouts), service.pauses) == (1, [])


def test_process_has_one_client_of_a_service_until_it_is_reset() -> None:
    first, session = clients.aws_client("sqs"), clients.session()
    assert clients.aws_client("sqs") is first
    assert clients.session() is session
    clients.reset_clients()
    assert clients.aws_client("sqs") is not first
    assert clients.session() is not session


def test_start_creates_clients_and_keeps_what_it_made_from_the_collector(monkeypatch: pytest.MonkeyPatch) -> None:
    created: list[str] = []
    frozen: list[bool] = []
    monkeypatch.setattr(clients, "aws_client", created.append)
    monkeypatch.setattr(gc, "freeze", lambda: frozen.append(len(created) == 2))
    before = gc.get_threshold()
    try:
        gc.set_threshold(1000, 10, 10)
        clients.create_clients("sqs", "dynamodb")
        assert gc.get_threshold()[0] > 1000, "answering a large portfolio makes many objects that stay"
    finally:
        gc.set_threshold(*before)
    assert (created, frozen) == (["sqs", "dynamodb"], [True])
