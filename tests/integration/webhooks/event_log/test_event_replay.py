"""A replay repeats a logged webhook that left no trace, and changes nothing otherwise."""

import pytest

from tests.support.aws.tables import Row, Tables
from tests.support.drivers.app import App, LinkedSource
from tests.support.drivers.logged_webhooks import KINDS, logged_events, only_event_key, webhook_order
from tests.support.drivers.status_checks import deliver_delayed, source_row, update_source_row
from tests.support.drivers.tasks_queue import SqsQueue
from tests.support.fakes.clock import StoppedClock
from tidings.webhooks import event_log
from tidings.webhooks.event_log import Replay


@pytest.mark.parametrize(("outcome", "kinds"), KINDS.items(), ids=KINDS)
def test_replay_of_applied_event_changes_nothing(
    app: App, linked: LinkedSource, tables: Tables, since: int, outcome: str, kinds: tuple[str, str]
) -> None:
    app.send_webhook(linked, **webhook_order(linked, *kinds))
    before = tables.contents()
    for dry_run in (True, False):
        assert event_log.replay(*only_event_key(tables, since), dry_run=dry_run).verdict == "nothing to do"
    assert tables.contents() == before


def test_replay_restores_lost_update_once(
    app: App, cookie: str, linked: LinkedSource, tables: Tables, since: int
) -> None:
    before = source_row(tables, linked)
    app.send_webhook(linked)
    tables.dynamodb.delete_item(TableName="update-state", Key=_key(linked))
    _restore(tables, linked, before)
    event = only_event_key(tables, since)
    assert not app.pending(cookie)["has_pending_updates"]
    assert event_log.replay(*event, dry_run=True) == Replay("would be applied", "an update would be recorded")
    assert source_row(tables, linked) == before
    assert event_log.replay(*event) == Replay("applied", "an update was recorded")
    assert app.pending(cookie)["has_pending_updates"]
    after = tables.contents()
    assert event_log.replay(*event).verdict == "nothing to do"
    assert tables.contents() == after


def _key(linked: LinkedSource) -> dict[str, dict[str, str]]:
    return {"user_id": {"S": "alice"}, "entry": {"S": f"source#{linked.provider}#{linked.source_id}"}}


def _restore(tables: Tables, linked: LinkedSource, row: Row) -> None:
    numbers = {name: {"N": str(value)} for name, value in row.items() if not isinstance(value, str)}
    texts = {name: {"S": value} for name, value in row.items() if isinstance(value, str)}
    tables.dynamodb.put_item(TableName="update-state", Item={**texts, **numbers})
    assert source_row(tables, linked) == row


def test_replay_of_older_update_changes_nothing(
    app: App, linked: LinkedSource, tables: Tables, since: int, stopped_clock: StoppedClock
) -> None:
    app.send_webhook(linked)
    first = only_event_key(tables, since)
    stopped_clock.advance(5)
    app.send_webhook(linked)
    before = tables.contents()
    assert event_log.replay(*first).verdict == "nothing to do"
    assert tables.contents() == before


def test_replay_of_status_needs_event_time(app: App, linked: LinkedSource, tables: Tables, since: int) -> None:
    app.send_webhook(linked, **webhook_order(linked, *KINDS["status"]))
    tables.dynamodb.update_item(
        TableName="update-state",
        Key=_key(linked),
        UpdateExpression="SET #s = :ok REMOVE status_at",
        ExpressionAttributeNames={"#s": "status"},
        ExpressionAttributeValues={":ok": {"S": "ok"}},
    )
    replayed = event_log.replay(*only_event_key(tables, since))
    if linked.provider == "plaid":
        assert replayed == Replay("nothing to do", "only its provider knows whether the status still holds")
        assert source_row(tables, linked)["status"] == "ok"
    else:
        assert replayed == Replay("applied", "its status was set")
        assert source_row(tables, linked)["status"] == "reconnect_required"


def test_replay_repeats_removal_of_remaining_source(app: App, cookie: str, tables: Tables, since: int) -> None:
    linked = app.link_and_refresh(cookie, "snaptrade")
    row = source_row(tables, linked)
    app.send_webhook(linked, event_type="CONNECTION_DELETED")
    [recorded] = [one for one in logged_events(tables, since) if one["outcome"] == "removed"]
    event_id = str(recorded["event"]).partition("#")[2]
    assert event_log.replay("snaptrade", event_id).reason == "its source is not linked"
    _restore(tables, linked, row)
    assert event_log.replay("snaptrade", event_id, dry_run=True).verdict == "would be applied"
    assert event_log.replay("snaptrade", event_id) == Replay("applied", "the source or item was removed")
    assert tables.source("snaptrade", linked.source_id) is None


def test_replay_applies_event_ignored_by_older_version(
    app: App, cookie: str, linked: LinkedSource, tables: Tables, since: int, stopped_clock: StoppedClock
) -> None:
    [caught] = app.providers.capture_webhooks(linked.provider, **linked.control_arguments)
    app.deliver(linked.provider, caught)
    provider, event_id = only_event_key(tables, since)
    tables.dynamodb.update_item(
        TableName="webhook-events",
        Key={"event": {"S": f"{provider}#{event_id}"}},
        UpdateExpression="SET outcome = :ignored, meaning = :nothing",
        ExpressionAttributeValues={":ignored": {"S": "ignored"}, ":nothing": {"S": "{}"}},
    )
    update_source_row(tables, linked, "SET generation = seen_generation REMOVE last_update_at")
    assert not app.pending(cookie)["has_pending_updates"]
    assert event_log.replay(provider, event_id).verdict == "applied"
    assert app.pending(cookie)["has_pending_updates"]


def test_replay_of_delayed_event_requests_status_check(
    app: App, linked: LinkedSource, tables: Tables, since: int, check_queue: SqsQueue, stopped_clock: StoppedClock
) -> None:
    deliver_delayed(app, linked, tables, stopped_clock)
    event = only_event_key(tables, since)
    check_queue.drain()
    assert event_log.replay(*event).verdict == "nothing to do", "a check is due"
    update_source_row(tables, linked, "REMOVE check_due")
    assert event_log.replay(*event, dry_run=True).verdict == "would be applied"
    assert event_log.replay(*event) == Replay("applied", "a check of its source is due")
    assert len(check_queue.drain()) == 1
    assert "check_due" in source_row(tables, linked)


def test_replay_of_orphan_event_changes_nothing(app: App, tables: Tables, since: int) -> None:
    [caught] = app.providers.capture_webhooks("plaid", item_id="nobody-s")
    app.deliver("plaid", caught)
    assert event_log.replay(*only_event_key(tables, since)) == Replay("nothing to do", "its item is not linked")
