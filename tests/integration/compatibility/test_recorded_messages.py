"""Messages that the recorded version sent are processed, whenever they arrive."""

import json
from typing import Any

import pytest

from tests.integration.compatibility.recorder import END, Recorder, load_fixture
from tests.integration.compatibility.scenario import ANN_AT_SNAPTRADE, ENDED_AT_S, exchange
from tests.integration.compatibility.stored_words import dump, restore
from tests.support.aws.tables import Tables
from tests.support.drivers import deferred_queue, reconcile_queue, tasks_queue

MESSAGES: dict[str, list[str]] = load_fixture("messages")
OUTCOMES = {
    "deferred-update": "marked",
    "deferred-disconnect": "status",
    "deferred-account-revoked": "marked",
    # Its status replaces only "ok", and its update is older than the stored one.
    "deferred-new-accounts": "outdated",
    "deferred-fix": "marked",
    "deferred-deletion": "removed",
    "deferred-user-deletion": "removed",
    "deferred-unknown": "marked",
    "deferred-irrelevant": "ignored",
    "deferred-late-update": "outdated",
}
"""By the webhook's name, in the order of the messages. A finished session is queued as a task instead."""


@pytest.fixture
def recorded(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    monkeypatch.setenv("PAID_REFRESH", "on")
    restore(recorder.dynamodb, load_fixture("rows")[END])
    return recorder


def find_task(kind: str, about: str) -> str:
    """Find the recorded task of this kind for this id."""
    [found] = {body for body in MESSAGES["tasks"] if json.loads(body)["kind"] == kind and about in body}
    return found


def list_logged_outcomes(tables: Tables) -> dict[str, str]:
    """List the outcomes of logged events by event id, late ones too, which are recorded apart."""
    return {
        row["event"].partition("#")[2].removesuffix("#late"): row["outcome"]
        for row in tables.rows("WebhookEventsTable")
    }


def test_deferred_webhooks_have_recorded_outcomes(recorded: Recorder, tables: Tables) -> None:
    before = list_logged_outcomes(tables)
    outcomes = []
    for body in MESSAGES["deferred webhooks"]:
        with recorded.at(ENDED_AT_S):
            assert deferred_queue.process_messages(body) == []
        event_id = json.loads(body)["about"]["event"]["event_id"]
        assert event_id not in before
        outcomes.append(list_logged_outcomes(tables)[event_id])
    assert outcomes == list(OUTCOMES.values())


def test_deferred_webhooks_leave_their_effects_and_tasks(recorded: Recorder, tables: Tables) -> None:
    with recorded.at(ENDED_AT_S):
        assert deferred_queue.process_messages(*MESSAGES["deferred webhooks"]) == []
    item = tables.source("plaid", "item-ann", "ann") or {}
    assert (item["generation"], item["status"], item["status_reason"]) == (5, "revoked", "user_account_revoked")
    assert tables.source("snaptrade", "conn-2", "ann") is None
    expected = {"kind": "forget_account", "about": {"item_id": "item-ann", "account_id": "plaid-ira"}}
    assert [json.loads(body) for body in recorded.messages["tasks"]] == [expected]


def test_duplicate_deferred_webhook_counts_once(recorded: Recorder, tables: Tables) -> None:
    body = MESSAGES["deferred webhooks"][0]
    with recorded.at(ENDED_AT_S):
        assert deferred_queue.process_messages(body, body) == []
    assert tables.generation("plaid", "item-ann", "ann") == 4


def test_task_to_complete_a_connection_links_the_item(recorded: Recorder, tables: Tables) -> None:
    added = [{"public_token": "public-carol", "institution": {"name": "First Platypus Bank"}}]
    session = {"finished_at": "2027-01-15T08:11:00Z", "results": {"item_add_results": added}}
    recorded.providers.respond("POST /link/token/get", {"link_sessions": [session]})
    exchange(recorded, "item-carol")
    with recorded.at(ENDED_AT_S):
        assert tasks_queue.process_messages(find_task("complete_connection", "carol")) == []
    assert (tables.item("plaid", "item-carol") or {})["user_id"] == "carol"


def test_task_to_complete_a_reconnection_renews_the_item(recorded: Recorder, tables: Tables) -> None:
    recorded.providers.respond("POST /link/token/get", {"link_sessions": [{"finished_at": "2027-01-15T08:20:00Z"}]})
    with recorded.at(ENDED_AT_S):
        assert tasks_queue.process_messages(find_task("complete_connection", "bob")) == []
    assert (tables.source("plaid", "item-bob", "bob") or {})["status"] == "ok"


def test_task_to_forget_an_account_keeps_the_others(recorded: Recorder) -> None:
    body = find_task("forget_account", "item-bob").replace("item-bob", "item-ann")
    with recorded.at(ENDED_AT_S):
        assert tasks_queue.process_messages(body) == []
    cookie = load_fixture("outputs")["cookies"]["ann"]
    shown = recorded.request(ENDED_AT_S, "GET /plaid/holdings", cookie).json["holdings"]["portfolio_data"]
    assert [one["account_id"] for one in shown["accounts"]] == ["plaid-brokerage"]


def test_task_to_end_access_deletes_the_credential(recorded: Recorder, tables: Tables) -> None:
    with recorded.at(ENDED_AT_S):
        assert tasks_queue.process_messages(find_task("end_access", "item-bob")) == []
    assert "credential" not in (tables.item("plaid", "item-bob") or {})


def test_task_of_a_paid_refresh_is_carried_out_once(recorded: Recorder, tables: Tables) -> None:
    body = find_task("pull", "conn-2")
    with recorded.at(760):
        assert tasks_queue.process_messages(body, find_task("pull", "item-ann"), find_task("pull", "conn-1")) == []
    states = {one: (tables.source(*one, "ann") or {})["pull_state"] for one in _SOURCES}
    assert states == {
        ("plaid", "item-ann"): "accepted",
        ("snaptrade", "conn-1"): "refused",
        ("snaptrade", "conn-2"): "accepted",
    }
    before = dump(recorded.dynamodb)
    with recorded.at(761):
        assert tasks_queue.process_messages(body) == []
    assert dump(recorded.dynamodb) == before


_SOURCES = (("plaid", "item-ann"), ("snaptrade", "conn-1"), ("snaptrade", "conn-2"))


def test_page_of_a_reconcile_run_continues_it(recorded: Recorder) -> None:
    [page] = [body for body in MESSAGES["reconcile"] if json.loads(body)["kind"] == "page-1"]
    with recorded.at(ENDED_AT_S + 1000):
        assert reconcile_queue.process_messages(page) == []
    left: list[Any] = [json.loads(body)["about"]["item"] for body in recorded.messages["reconcile"]]
    assert "plaid#item-ann" not in left
    assert f"snaptrade#{ANN_AT_SNAPTRADE}" in left


def test_status_check_reads_the_recorded_item(recorded: Recorder, tables: Tables) -> None:
    [check] = {body for body in MESSAGES["reconcile"] if ANN_AT_SNAPTRADE in body}
    with recorded.at(ENDED_AT_S + 1000):
        assert reconcile_queue.process_messages(check) == []
    source = tables.source("snaptrade", "conn-1", "ann") or {}
    assert source["last_reconcile_at"] == 1_800_002_600_000
    item = tables.item("snaptrade", ANN_AT_SNAPTRADE) or {}
    assert "check_failures" not in item
