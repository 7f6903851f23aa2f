"""The event log lists every verified webhook with its outcome, for operators to search."""

import json

import pytest

from tests.support.aws.aws_calls import OperationRecorder, intercept_calls, refuse_connection
from tests.support.aws.tables import Tables
from tests.support.drivers import deferred_queue as deferred
from tests.support.drivers.app import App, LinkedSource
from tests.support.drivers.logged_webhooks import FOREVER, KINDS, logged_events, only_event_key, webhook_order
from tests.support.drivers.output import Output
from tests.support.drivers.status_checks import PROVIDERS, deliver_delayed
from tests.support.drivers.tasks_queue import SqsQueue
from tests.support.fakes.clock import StoppedClock
from tidings.errors import NotFound
from tidings.webhooks import event_log
from tidings.webhooks.event_log import EventFilter


@pytest.mark.parametrize(("outcome", "kinds"), KINDS.items(), ids=KINDS)
def test_verified_webhook_is_logged_with_outcome_and_item(
    app: App, linked: LinkedSource, tables: Tables, since: int, outcome: str, kinds: tuple[str, str]
) -> None:
    before = tables.state()
    [answered] = app.send_webhook(linked, **webhook_order(linked, *kinds))
    assert answered.json["status"] == outcome
    [row] = logged_events(tables, since)
    assert row["outcome"] == outcome
    assert row["item"] == f"{linked.provider}#{linked.item_id}"
    assert "alice" not in repr(row)
    assert row["kind"] == kinds[PROVIDERS.index(linked.provider)]
    assert (tables.state() == before) == (outcome == "ignored")


def test_duplicate_keeps_first_logged_outcome(app: App, linked: LinkedSource, tables: Tables, since: int) -> None:
    [caught] = app.providers.capture_webhooks(
        linked.provider, **linked.control_arguments, **webhook_order(linked, *KINDS["ignored"])
    )
    assert [app.deliver(linked.provider, caught).json["status"] for _ in range(2)] == ["ignored", "duplicate"]
    assert [row["outcome"] for row in logged_events(tables, since)] == ["ignored"]


def test_orphan_and_delayed_webhooks_are_logged(
    app: App, linked: LinkedSource, tables: Tables, since: int, stopped_clock: StoppedClock
) -> None:
    app.send_webhook(linked, variant="stale")
    source = {"item_id": "nobody-s"} if linked.provider == "plaid" else {"user_id": "nobody-s"}
    [caught] = app.providers.capture_webhooks(linked.provider, **source)
    app.deliver(linked.provider, caught)
    deliver_delayed(app, linked, tables, stopped_clock)
    assert {row["outcome"] for row in logged_events(tables, since)} == {"outdated", "orphan", "check_due"}


def test_ignored_webhook_costs_one_read_and_one_write(app: App, linked: LinkedSource) -> None:
    app.send_webhook(linked)  # the process now knows Plaid's key
    [caught] = app.providers.capture_webhooks(
        linked.provider, **linked.control_arguments, **webhook_order(linked, *KINDS["ignored"])
    )
    with intercept_calls(OperationRecorder()) as calls:
        assert app.deliver(linked.provider, caught).json["status"] == "ignored"
    assert calls.operations == ["GetItem", "PutItem"]


def test_failed_connection_is_logged_with_user(app: App, cookie: str, output: Output) -> None:
    linked = app.link(cookie, "snaptrade")
    app.send_webhook(linked, event_type="CONNECTION_FAILED")
    [line] = [one for one in output.lines_with_message("webhook") if one["kind"] == "CONNECTION_FAILED"]
    assert (line["outcome"], line["user_id"]) == ("ignored", "alice")


def test_logged_event_has_no_secret_and_fits_write_unit(
    app: App, linked: LinkedSource, tables: Tables, since: int
) -> None:
    extra = {"webhookSecret": "hush", "user_name": "Alice Example", "filler": "x" * 3000, "e_mail": "a@example.com"}
    assert [answered.status for answered in app.send_webhook(linked, extra=extra)] == [200]
    [row] = logged_events(tables, since)
    assert not [secret for secret in ("hush", "Alice", "a@example.com") if secret in repr(row)]
    size = sum(len(name) + len(str(value).encode()) for name, value in row.items())
    assert 600 < size <= 1024


def test_finished_link_session_is_logged_without_token(
    app: App, cookie: str, tables: Tables, queue: SqsQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAID_WEBHOOK_URL", f"{app.providers.catcher.url}/plaid")
    made = app.request("POST /plaid/create-connection-url", cookie, body={})
    app.providers.plaid_hosted_link(made.json["connection_url"])
    assert [answered.json["status"] for answered in app.deliver_all("plaid")] == ["queued"]
    [row] = tables.rows("WebhookEventsTable")
    assert row["outcome"] == "queued"
    assert made.json["link_token"] not in repr(row)
    provider, event_id = only_event_key(tables, 0)
    assert event_log.replay(provider, event_id).verdict == "nothing to do"


def test_events_are_filtered_by_request(
    app: App, linked: LinkedSource, since: int, stopped_clock: StoppedClock
) -> None:
    for outcome in ("marked", "status", "ignored"):
        app.send_webhook(linked, **webhook_order(linked, *KINDS[outcome]))
        stopped_clock.advance(10)
    item = f"{linked.provider}#{linked.item_id}"

    def outcomes(**wanted: object) -> list[str]:
        found = event_log.list_events(EventFilter(**{"since": since, "until": FOREVER, **wanted}))  # type: ignore[arg-type]
        return [one.outcome for one in found]

    assert outcomes(item=item) == outcomes(user_id="alice") == ["ignored", "status", "marked"], "the newest first"
    assert sorted(outcomes()) == ["ignored", "marked", "status"]
    assert outcomes(item=item, outcome="status") == outcomes(outcome="status") == ["status"]
    assert outcomes(item=item, since=since + 5000, until=since + 15_000) == ["status"]
    assert outcomes(kind=KINDS["marked"][PROVIDERS.index(linked.provider)]) == ["marked"]
    assert len(outcomes(provider=linked.provider)) == 3
    other = "snaptrade" if linked.provider == "plaid" else "plaid"
    assert outcomes(provider=other) == outcomes(user_id="bob") == outcomes(item="plaid#other") == []
    assert outcomes(item=item, user_id="bob") == []


def test_event_is_found_by_id(app: App, linked: LinkedSource, tables: Tables, since: int) -> None:
    app.send_webhook(linked)
    found = event_log.find_event(*only_event_key(tables, since))
    assert (found.outcome, found.event.received_at) == ("marked", since)
    assert json.loads(found.event.body)
    with pytest.raises(NotFound):
        event_log.find_event(linked.provider, "never")


def test_deferred_webhook_is_logged_with_receive_time(
    app: App, linked: LinkedSource, tables: Tables, since: int, deferred_queue: SqsQueue, stopped_clock: StoppedClock
) -> None:
    with intercept_calls(refuse_connection):
        app.send_webhook(linked, **webhook_order(linked, *KINDS["ignored"]))
    assert logged_events(tables, since) == []
    stopped_clock.advance(600)
    assert deferred.process_messages(*deferred_queue.drain()) == []
    [row] = logged_events(tables, since)
    assert (row["outcome"], row["received_at"]) == ("ignored", since)
