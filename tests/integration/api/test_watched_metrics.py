"""Each metric of an alarm or the dashboard is written by its function, with its dimensions."""

from collections.abc import Callable

import pytest

from tests.support.aws.aws_calls import error, intercept_calls, stub_response, unreachable
from tests.support.aws.deployment_secrets import put_secret
from tests.support.aws.stack import Stack
from tests.support.aws.tables import Tables
from tests.support.drivers import reconcile_queue
from tests.support.drivers.app import App, Linked
from tests.support.drivers.function_run import ROUTES, FunctionRun, function_of, services
from tests.support.drivers.output import Output
from tests.support.drivers.status_checks import silent_s
from tests.support.drivers.tasks_queue import TasksQueue, batch
from tests.support.drivers.watched_metrics import OWN, Watched, of_alarms, of_dashboard
from tests.support.fakes.clock import StoppedClock
from tests.support.fakes.issuer import Issuer
from tidings.api import request as requests
from tidings.aws import sqs_batch
from tidings.store import rate_counters

STACK = Stack.translated()
BY_A_FILTER = {"ApiThrottled"}
"""Counted by CloudWatch Logs: tests/repository/template/test_alarms.py."""
WRITERS = {"StoreReadFailed": ["pending"], "StoreWriteFailed": ["webhook-plaid"]}
"""Functions that stand for all, by metric of the stack that the store writes. Every function writes the others."""


def list_services(metric: Watched) -> list[str]:
    """List the functions, by name in metrics, that must write a metric."""
    if metric.service is not None:
        return [metric.service]
    if metric.name in WRITERS:
        return [f"tidings-local-{name}" for name in WRITERS[metric.name]]
    return sorted(services(STACK))


WATCHED = {
    (metric, service): None
    for metric in of_alarms(STACK) + of_dashboard(STACK)
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


def create_check_batch(linked: Linked) -> dict[str, object]:
    return batch(reconcile_queue.status_check_message(f"{linked.provider}#{linked.item_id}"))


def invoke_as_user(run: FunctionRun, cookie: str, **sent: object) -> list[Watched]:
    return run.invoke(run.request(cookie, body={"providers": [run.provider]}, **sent))


def receive_webhook(run: FunctionRun) -> list[Watched]:
    return run.invoke(run.webhook())


def receive_stale_webhook(run: FunctionRun) -> list[Watched]:
    return run.invoke(run.webhook(variant="stale"))


def receive_unconfigured(run: FunctionRun) -> list[Watched]:
    put_secret(run.provider, {})
    return run.invoke(run.webhook())


def receive_unsigned_webhook(run: FunctionRun) -> list[Watched]:
    run.monkeypatch.setenv("SNAPTRADE_WEBHOOK_AUTH", "disabled")
    return run.invoke(run.webhook(variant="unsigned"))


def defer_webhook(run: FunctionRun) -> list[Watched]:
    sent = run.webhook()
    with intercept_calls(unreachable):
        return run.invoke(sent)


def fail_to_read(run: FunctionRun) -> list[Watched]:
    cookie = run.app.sign_in()
    with intercept_calls(unreachable):
        return run.invoke(run.request(cookie))


def fail_to_write(run: FunctionRun) -> list[Watched]:
    sent = run.webhook()
    with intercept_calls(stub_response("TransactWriteItems", error("AccessDeniedException"))):
        return run.invoke(sent)


def reject_request(run: FunctionRun) -> list[Watched]:
    return run.invoke(run.request() if run.function in ROUTES else run.webhook(variant="forged"))


def refresh(run: FunctionRun) -> list[Watched]:
    return invoke_as_user(run, run.linked()[0])


def refresh_during_cooldown(run: FunctionRun) -> list[Watched]:
    cookie, _ = run.linked()
    assert run.app.refresh(cookie, run.provider).status == 200
    return invoke_as_user(run, cookie)


def refresh_with_rejected_keys(run: FunctionRun) -> list[Watched]:
    cookie, _ = run.linked()
    reject_keys(run)
    return invoke_as_user(run, cookie)


def exceed_rate_limit(run: FunctionRun) -> list[Watched]:
    cookie, linked = run.linked()
    run.clock.advance(silent_s(linked))
    run.monkeypatch.setattr(rate_counters, "count_calls", lambda *_: False)
    return invoke_as_user(run, cookie) if run.function == "RefreshFunction" else run.invoke(create_check_batch(linked))


def fail_status_check(run: FunctionRun) -> list[Watched]:
    _, linked = run.linked()
    run.clock.advance(silent_s(linked))
    reject_keys(run)
    return run.invoke(create_check_batch(linked))


def run_status_check(run: FunctionRun) -> list[Watched]:
    _, linked = run.linked()
    run.app.control(linked, "trade", silent=True)
    run.clock.advance(silent_s(linked))
    return run.invoke(create_check_batch(linked))


def run_schedule(run: FunctionRun) -> list[Watched]:
    return run.invoke(dict(reconcile_queue.SCHEDULED))


def process_unknown_message(run: FunctionRun) -> list[Watched]:
    return run.invoke(batch("no JSON"))


def raise_unexpectedly(run: FunctionRun) -> list[Watched]:
    def bug(*_: object) -> None:
        raise RuntimeError

    run.monkeypatch.setattr(requests, "parse_request", bug)
    run.monkeypatch.setattr(sqs_batch, "_parse", bug)
    return run.invoke(batch("anything"))


SCENARIOS: dict[str, Callable[[FunctionRun], list[Watched]]] = {
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
    "TaskFailed": process_unknown_message,
    "Failed": raise_unexpectedly,
    "StoreReadFailed": fail_to_read,
    "StoreWriteFailed": fail_to_write,
}


def format_id(watched: Watched, service: str) -> str:
    return "-".join(
        [watched.name, *(value for _, value in watched.dimensions if value), *([] if watched.service else [service])]
    )


@pytest.fixture
def runs(
    app: App, stopped_clock: StoppedClock, output: Output, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Watched, str], FunctionRun]:
    return lambda watched, service: FunctionRun(STACK, watched, service, app, stopped_clock, output, monkeypatch)


SPECIAL_METRICS = {"IssuerUnavailable", "StateUnavailable"}


def is_special(watched: Watched, service: str) -> bool:
    deferring = watched.name == "Webhook" and function_of(STACK, service) == "DeferredWebhooksFunction"
    return deferring or watched.name in SPECIAL_METRICS


ORDINARY_PAIRS = [pair for pair in WATCHED if not is_special(*pair)]
SPECIAL_PAIRS = [pair for pair in WATCHED if is_special(*pair)]


@pytest.mark.parametrize(("watched", "service"), ORDINARY_PAIRS, ids=[format_id(*pair) for pair in ORDINARY_PAIRS])
def test_watched_metric_is_written(runs: Callable[[Watched, str], FunctionRun], watched: Watched, service: str) -> None:
    written = SCENARIOS[watched.name](runs(watched, service))
    assert any(watched.is_met_by(one) for one in written), written


@pytest.mark.parametrize(("watched", "service"), SPECIAL_PAIRS, ids=[format_id(*pair) for pair in SPECIAL_PAIRS])
def test_watched_metric_is_written_while_dependency_is_down(
    runs: Callable[[Watched, str], FunctionRun],
    issuer: Issuer,
    tables: Tables,
    deferred_queue: TasksQueue,
    watched: Watched,
    service: str,
) -> None:
    run = runs(watched, service)
    if watched.name == "IssuerUnavailable":
        headers = issuer.bearer()
        issuer.goes_down()
        written = run.invoke(run.request(headers=headers))
    elif watched.name == "StateUnavailable":
        cookie, _ = run.linked()
        with tables.missing("UpdateStateTable"):
            written = run.invoke(run.request(cookie))
    else:
        [caught] = run.app.providers.webhooks("snaptrade", user_id="nobody's")
        with intercept_calls(unreachable):
            run.app.deliver("snaptrade", caught)
        written = run.invoke(batch(*deferred_queue.taken()))
    assert any(watched.is_met_by(one) for one in written), written
