"""Each log query of docs/operations.md matches lines that the functions write."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from functions.notify import handler as notify
from tests.support.aws.aws_calls import FailingCall, aws_error, intercept_calls, refuse_connection
from tests.support.aws.stack import Stack
from tests.support.drivers import deferred_queue as deferred
from tests.support.drivers import reconcile_queue, tasks_queue
from tests.support.drivers.api_calls import LambdaContext
from tests.support.drivers.app import App
from tests.support.drivers.log_queries import LogQuery, documented_queries, field_values
from tests.support.drivers.output import Output
from tests.support.drivers.status_checks import fail_status_call, max_silence_s
from tests.support.drivers.tasks_queue import SqsQueue
from tests.support.fakes.clock import StoppedClock
from tests.support.fakes.providers import CapturedWebhook
from tidings.observability import logger
from tidings.store import user_state

QUERIES = documented_queries()


@contextmanager
def log_as(service: str) -> Iterator[None]:
    """Log with the name of this function."""
    before = logger.service
    logger.append_keys(service=f"tidings-{service}")
    try:
        yield
    finally:
        logger.append_keys(service=before)


@pytest.fixture
def bad_day_lines(
    app: App,
    stopped_clock: StoppedClock,
    output: Output,
    deferred_queue: SqsQueue,
    monkeypatch: pytest.MonkeyPatch,
) -> list[dict[str, Any]]:
    """The log of a bad day: updates, forged and stale webhooks, outages of the store and a provider, a bug."""
    stopped_clock.advance(-30)
    cookie = app.sign_in(lasts_s=10**9)
    linked = app.link_and_refresh(cookie, "snaptrade")
    app.send_webhook(linked)
    app.send_webhook(linked, variant="forged")
    with (
        log_as("deferred-webhooks"),
        intercept_calls(FailingCall("TransactWriteItems", aws_error("ThrottlingException"))),
    ):
        app.send_webhook(linked)
        deferred.process_messages(*deferred_queue.drain())
    with intercept_calls(refuse_connection), intercept_calls(refuse_connection, "sqs"):
        app.send_webhook(linked)
    [late, unknown] = [
        *app.providers.capture_webhooks("snaptrade", **linked.control_arguments),
        *sign_unlinked_webhooks(app),
    ]
    stopped_clock.advance(1200)
    app.deliver("snaptrade", late)
    app.deliver("snaptrade", unknown)
    with log_as("tasks"):
        tasks_queue.process_messages("no JSON", {"kind": "complete_connection", "about": {"link_token": "x"}})
    fail_status_call(app, linked, status=500)
    stopped_clock.advance(max_silence_s(linked))
    with log_as("reconcile"):
        reconcile_queue.process_messages(reconcile_queue.status_check_message(f"snaptrade#{linked.item_id}"), "no JSON")
    with log_as("notify"):
        notify.lambda_handler(tasks_queue.sqs_event("no JSON"), LambdaContext())
    app.refresh(cookie, "snaptrade")
    monkeypatch.setattr(user_state, "read_user_state", None)
    app.refresh(cookie, "snaptrade")
    return output.lines


def sign_unlinked_webhooks(app: App) -> list[CapturedWebhook]:
    return app.providers.capture_webhooks("snaptrade", user_id="nobody's")


def test_operations_page_has_log_queries() -> None:
    assert len(QUERIES) > 8
    assert len({query.title for query in QUERIES}) == len(QUERIES)
    assert [query.title for query in QUERIES if query.reads_access_log] != []


def test_log_queries_match_written_lines(bad_day_lines: list[dict[str, Any]]) -> None:
    missing = [
        f"{query.title}: {what}"
        for query in QUERIES
        if not query.reads_access_log
        for what in list_missing(query, bad_day_lines)
    ]
    assert missing == []


def list_missing(query: LogQuery, lines: list[dict[str, Any]]) -> list[str]:
    """List the query's fields and values that no line with its message has."""
    queried = [line for line in lines if not query.messages or line.get("message") in query.messages]
    fields = [field for field in sorted(query.fields) if not any(True for _ in field_values(queried, field))]
    values = [
        f"{field} {value}"
        for field, wanted in query.values.items()
        for value in sorted(wanted)
        if not any(value in str(found) for found in field_values(queried, field))
    ]
    return fields + values


def test_access_log_has_queried_fields(access_line: dict[str, str]) -> None:
    assert [query.fields - access_line.keys() for query in QUERIES if query.reads_access_log] == [set()]


@pytest.fixture
def access_line() -> dict[str, str]:
    """The format of the API's access log."""
    stack = Stack.from_template()
    [stage] = stack.resources_of_type("AWS::ApiGatewayV2::Stage").values()
    line: dict[str, str] = json.loads(stack.resolve(stage["Properties"]["AccessLogSettings"]["Format"]))
    return line
