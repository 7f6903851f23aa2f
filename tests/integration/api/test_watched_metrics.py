"""Each metric of an alarm or the dashboard is written by its function, with its dimensions."""

from collections.abc import Callable

import pytest

from tests.support.aws.aws_calls import aws_error, intercept_calls, refuse_connection, stub_response
from tests.support.aws.deployment_secrets import put_secret
from tests.support.aws.stack import Stack
from tests.support.aws.tables import Tables
from tests.support.drivers import reconcile_queue
from tests.support.drivers.api_calls import gateway_event
from tests.support.drivers.app import App, LinkedSource
from tests.support.drivers.function_run import ROUTES, FunctionRun, function_of_service, functions_by_service
from tests.support.drivers.output import Output
from tests.support.drivers.status_checks import max_silence_s
from tests.support.drivers.tasks_queue import SqsQueue, sqs_event
from tests.support.drivers.watched_metrics import (
    OWN,
    WatchedMetric,
    all_alarm_metrics,
    dashboard_metrics,
    emitted_metrics,
)
from tests.support.fakes.clock import StoppedClock
from tests.support.fakes.issuer import Issuer
from tidings.announce.notification import Notification
from tidings.api import request as requests
from tidings.aws import queues, sqs_batch
from tidings.exchange_rates import ecb
from tidings.store import rate_counters, token_leases

STACK = Stack.from_template()
BY_A_FILTER = {"ApiThrottled", "ApiWebhooksThrottled"}
"""Counted by CloudWatch Logs: tests/repository/template/test_alarms.py."""
WRITERS = {
    "StoreReadFailed": ["pending"],
    "StoreWriteFailed": ["webhook-plaid"],
    "ItemLost": ["connections", "tasks", "reconcile"],
}
"""The functions, or those that stand for all, that write a metric of the stack. Every function writes the others."""


def list_services(metric: WatchedMetric) -> list[str]:
    """List the functions, by name in metrics, that must write a metric."""
    if metric.service is not None:
        return [metric.service]
    if metric.name in WRITERS:
        return [f"tidings-local-{name}" for name in WRITERS[metric.name]]
    return sorted(functions_by_service(STACK))


WATCHED = {
    (metric, service): None
    for metric in all_alarm_metrics(STACK) + dashboard_metrics(STACK)
    if metric.namespace == OWN and metric.name not in BY_A_FILTER
    for service in list_services(metric)
}
REFUSED_KEYS = {
    "plaid": {"error_type": "INVALID_INPUT", "error_code": "INVALID_API_KEYS", "error_message": "x"},
    "snaptrade": {"detail": "Unable to verify signature sent", "status_code": 401, "code": "1076"},
}


def reject_keys(run: FunctionRun) -> None:
    control = run.app.providers.plaid if run.provider == "plaid" else run.app.providers.snaptrade
    status = 400 if run.provider == "plaid" else 401
    paths = ["/item/get", "/investments/holdings/get"] if run.provider == "plaid" else ["/authorizations"]
    for path in paths:
        control("faults", path=path, kind="status", status=status, body=REFUSED_KEYS[run.provider])


def create_check_batch(linked: LinkedSource) -> dict[str, object]:
    return sqs_event(reconcile_queue.status_check_message(f"{linked.provider}#{linked.item_id}"))


def invoke_as_user(run: FunctionRun, cookie: str, **sent: object) -> list[WatchedMetric]:
    return run.invoke(run.request_event(cookie, body={"providers": [run.provider]}, **sent))


def receive_webhook(run: FunctionRun) -> list[WatchedMetric]:
    return run.invoke(run.webhook_event())


def receive_stale_webhook(run: FunctionRun) -> list[WatchedMetric]:
    return run.invoke(run.webhook_event(variant="stale"))


def receive_unconfigured(run: FunctionRun) -> list[WatchedMetric]:
    put_secret(run.provider, {})
    return run.invoke(run.webhook_event())


def receive_unsigned_webhook(run: FunctionRun) -> list[WatchedMetric]:
    run.monkeypatch.setenv("SNAPTRADE_WEBHOOK_AUTH", "disabled")
    return run.invoke(run.webhook_event(variant="unsigned"))


def defer_webhook(run: FunctionRun) -> list[WatchedMetric]:
    sent = run.webhook_event()
    with intercept_calls(refuse_connection):
        return run.invoke(sent)


def fail_to_read(run: FunctionRun) -> list[WatchedMetric]:
    cookie = run.app.sign_in()
    with intercept_calls(refuse_connection):
        return run.invoke(run.request_event(cookie))


def fail_to_write(run: FunctionRun) -> list[WatchedMetric]:
    sent = run.webhook_event()
    with intercept_calls(stub_response("TransactWriteItems", aws_error("AccessDeniedException"))):
        return run.invoke(sent)


def reject_request(run: FunctionRun) -> list[WatchedMetric]:
    return run.invoke(run.request_event() if run.function in ROUTES else run.webhook_event(variant="forged"))


def refresh(run: FunctionRun) -> list[WatchedMetric]:
    return invoke_as_user(run, run.link_source()[0])


def refresh_during_cooldown(run: FunctionRun) -> list[WatchedMetric]:
    cookie, _ = run.link_source()
    assert run.app.refresh(cookie, run.provider).status == 200
    return invoke_as_user(run, cookie)


def refresh_with_rejected_keys(run: FunctionRun) -> list[WatchedMetric]:
    cookie, _ = run.link_source()
    reject_keys(run)
    return invoke_as_user(run, cookie)


def exceed_rate_limit(run: FunctionRun) -> list[WatchedMetric]:
    cookie, linked = run.link_source()
    run.clock.advance(max_silence_s(linked))
    run.monkeypatch.setattr(rate_counters, "count_calls", lambda *_: False)
    return invoke_as_user(run, cookie) if run.function == "RefreshFunction" else run.invoke(create_check_batch(linked))


def fail_status_check(run: FunctionRun) -> list[WatchedMetric]:
    _, linked = run.link_source()
    run.clock.advance(max_silence_s(linked))
    reject_keys(run)
    return run.invoke(create_check_batch(linked))


def run_status_check(run: FunctionRun) -> list[WatchedMetric]:
    _, linked = run.link_source()
    run.app.control(linked, "trade", silent=True)
    run.clock.advance(max_silence_s(linked))
    return run.invoke(create_check_batch(linked))


def run_schedule(run: FunctionRun) -> list[WatchedMetric]:
    return run.invoke(dict(reconcile_queue.SCHEDULED))


def fail_message(run: FunctionRun) -> list[WatchedMetric]:
    """Process a message that can't be read, or for the host app's backend one that nobody takes."""
    if run.function != "NotifyFunction":
        return run.invoke(sqs_event("no JSON"))
    run.monkeypatch.setenv("NOTIFY_URL", "http://127.0.0.1:9")
    notification = Notification("updates.available", "alice", "plaid", "item-1", "link-1", 1, 0, 0)
    return run.invoke(sqs_event({"kind": queues.NOTIFICATION_KIND, "about": notification.dump()}))


def refuse_listener(run: FunctionRun) -> list[WatchedMetric]:
    return run.invoke({"authorizationToken": "forged", "requestContext": {"operation": "EVENT_CONNECT"}})


def fail_to_decide(run: FunctionRun) -> list[WatchedMetric]:
    return run.invoke({"authorizationToken": "no context"})


def raise_unexpectedly(run: FunctionRun) -> list[WatchedMetric]:
    def bug(*_: object) -> None:
        raise RuntimeError

    run.monkeypatch.setattr(requests, "parse_request", bug)
    run.monkeypatch.setattr(sqs_batch, "_parse", bug)
    if run.function == "ExchangeRatesFunction":  # nobody waits for a response: the error is raised
        run.monkeypatch.setattr(ecb, "fetch_days", bug)
        with pytest.raises(RuntimeError):
            run.invoke({})
        return list(emitted_metrics(run.output.lines))
    if run.function == "AnnounceFunction":
        return run.invoke({"Records": [{"dynamodb": {"SequenceNumber": "1"}}]})
    return run.invoke(sqs_event("anything"))


def lose_item(run: FunctionRun) -> list[WatchedMetric]:
    """Lose the response of an exchange, and have the function find that out."""
    if run.function == "ReconcileFunction":
        token_leases.acquire_lease("public-of-killed-request", "alice", None, run.clock.now)
        run.clock.advance(2 * 3600)
        return run_schedule(run)
    cookie = run.app.sign_in()
    made = run.app.request("POST /plaid/create-connection-url", cookie, body={}).json
    run.app.providers.plaid_hosted_link(made["connection_url"])
    run.app.providers.plaid("faults", path="/item/public_token", kind="close", performed=True, times=1)
    body = {"link_token": made["link_token"]}
    assert run.app.request("POST /plaid/complete-connection", cookie, body=body).status == 502
    if run.function == "TasksFunction":
        return run.invoke(sqs_event({"kind": "complete_connection", "about": body}))
    return run.invoke(gateway_event("POST /plaid/complete-connection", cookie=cookie, body=body))


SCENARIOS: dict[str, Callable[[FunctionRun], list[WatchedMetric]]] = {
    "Webhook": receive_webhook,
    "WebhookVerified": receive_webhook,
    "WebhookStale": receive_stale_webhook,
    "WebhookAuthUnconfigured": receive_unconfigured,
    "WebhookAuthDisabled": receive_unsigned_webhook,
    "WebhookDeferred": defer_webhook,
    "Refused": reject_request,
    "Refreshed": refresh,
    "RefreshFailed": refresh_with_rejected_keys,
    "CoolingDown": refresh_during_cooldown,
    "ProviderMisconfigured": refresh_with_rejected_keys,
    "BudgetSpent": exceed_rate_limit,
    "ReconcileFailed": fail_status_check,
    "Reconciled": run_status_check,
    "ReconcileSent": run_schedule,
    "ExchangeRatesAge": run_schedule,
    "TaskFailed": fail_message,
    "LiveRefused": refuse_listener,
    "LiveAuthorizerFailed": fail_to_decide,
    "ItemLost": lose_item,
    "Failed": raise_unexpectedly,
    "StoreReadFailed": fail_to_read,
    "StoreWriteFailed": fail_to_write,
}


def format_id(watched: WatchedMetric, service: str) -> str:
    return "-".join(
        [watched.name, *(value for _, value in watched.dimensions if value), *([] if watched.service else [service])]
    )


@pytest.fixture
def runs(
    app: App, stopped_clock: StoppedClock, output: Output, monkeypatch: pytest.MonkeyPatch
) -> Callable[[WatchedMetric, str], FunctionRun]:
    return lambda watched, service: FunctionRun(STACK, watched, service, app, stopped_clock, output, monkeypatch)


SPECIAL_METRICS = {"IssuerUnavailable", "StateUnavailable"}


def is_special(watched: WatchedMetric, service: str) -> bool:
    deferring = watched.name == "Webhook" and function_of_service(STACK, service) == "DeferredWebhooksFunction"
    return deferring or watched.name in SPECIAL_METRICS


ORDINARY_PAIRS = [pair for pair in WATCHED if not is_special(*pair)]
SPECIAL_PAIRS = [pair for pair in WATCHED if is_special(*pair)]


@pytest.mark.parametrize(("watched", "service"), ORDINARY_PAIRS, ids=[format_id(*pair) for pair in ORDINARY_PAIRS])
def test_watched_metric_is_written(
    runs: Callable[[WatchedMetric, str], FunctionRun], watched: WatchedMetric, service: str
) -> None:
    written = SCENARIOS[watched.name](runs(watched, service))
    assert any(watched.matches(one) for one in written), written


@pytest.mark.parametrize(("watched", "service"), SPECIAL_PAIRS, ids=[format_id(*pair) for pair in SPECIAL_PAIRS])
def test_watched_metric_is_written_while_dependency_is_down(
    runs: Callable[[WatchedMetric, str], FunctionRun],
    issuer: Issuer,
    tables: Tables,
    deferred_queue: SqsQueue,
    watched: WatchedMetric,
    service: str,
) -> None:
    run = runs(watched, service)
    if watched.name == "IssuerUnavailable":
        headers = issuer.bearer()
        issuer.start_outage()
        written = run.invoke(run.request_event(headers=headers))
    elif watched.name == "StateUnavailable":
        cookie, _ = run.link_source()
        with tables.without_table("UpdateStateTable"):
            written = run.invoke(run.request_event(cookie))
    else:
        [caught] = run.app.providers.capture_webhooks("snaptrade", user_id="nobody's")
        with intercept_calls(refuse_connection):
            run.app.deliver("snaptrade", caught)
        written = run.invoke(sqs_event(*deferred_queue.drain()))
    assert any(watched.matches(one) for one in written), written
