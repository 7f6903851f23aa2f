"""Rows of the recorded version are read as it read them, and its state is continued.

The recorded version also called an item pending that its user had revoked. The recorded outputs have that corrected.
"""

from typing import Any

import pytest

from tests.integration.compatibility.outputs import (
    COMMANDS,
    collect_command_outputs,
    collect_responses,
    collect_verdicts,
    keep_recorded_fields,
)
from tests.integration.compatibility.recorder import END, Recorder, load_fixture
from tests.integration.compatibility.scenario import (
    ANN_AT_SNAPTRADE,
    CALLING,
    ENDED_AT_S,
    EXCHANGING,
    FOLLOWED_UP,
    PLAID_REFRESH,
    REGISTERING,
    SNAPTRADE_CONNECT,
    SNAPTRADE_REFRESH,
    exchange,
)
from tests.integration.compatibility.stored_words import dump, restore
from tests.support.aws.tables import Tables
from tests.support.drivers import reconcile_queue

LATER_S = ENDED_AT_S + 1000
ROWS: dict[str, Any] = load_fixture("rows")
OUTPUTS: dict[str, Any] = load_fixture("outputs")
COOKIES: dict[str, str] = OUTPUTS["cookies"]


@pytest.fixture
def recorded(recorder: Recorder) -> Recorder:
    restore(recorder.dynamodb, ROWS[END])
    return recorder


def test_recorded_rows_are_restored_unchanged(recorded: Recorder) -> None:
    assert dump(recorded.dynamodb) == ROWS[END]


def test_responses_to_users_are_those_of_the_recorded_version(recorded: Recorder) -> None:
    """They may have more fields. What a figure means was corrected since; those figures are the present ones."""
    responses = collect_responses(recorded, COOKIES)
    assert keep_recorded_fields(responses, OUTPUTS["responses"]) == OUTPUTS["responses"]


def test_operator_output_is_that_of_the_recorded_version(recorded: Recorder) -> None:
    assert collect_command_outputs(recorded) == OUTPUTS["printed"]
    assert len(OUTPUTS["printed"]) == len(COMMANDS)


def test_replay_of_logged_events_has_the_recorded_verdicts(recorded: Recorder) -> None:
    assert collect_verdicts(recorded) == OUTPUTS["verdicts"]
    assert dump(recorded.dynamodb) == ROWS[END]


def test_replay_of_logged_event_updates_older_row(recorded: Recorder, tables: Tables) -> None:
    recorded.dynamodb.update_item(
        TableName="update-state",
        Key={"user_id": {"S": "ann"}, "entry": {"S": "source#snaptrade#conn-2"}},
        UpdateExpression="SET last_update_at = :past, status_at = :past, generation = seen_generation REMOVE #status",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":past": {"N": "1"}},
    )
    recorded.operate(ENDED_AT_S, "events", "replay", "hook-connection-2-broken", "hook-connection-2-added")
    source = tables.source("snaptrade", "conn-2", "ann") or {}
    assert source["status"] == "reconnect_required"
    assert source["generation"] == source["seen_generation"] + 1


def test_refresh_within_a_recorded_cooldown_is_refused(recorder: Recorder) -> None:
    restore(recorder.dynamodb, ROWS[FOLLOWED_UP])
    refused = recorder.request(730, PLAID_REFRESH, COOKIES["ann"], status=429)
    assert refused.headers["retry-after"] == "55"


def test_recorded_follow_up_allows_one_refresh_within_its_cooldown(recorder: Recorder) -> None:
    restore(recorder.dynamodb, ROWS[FOLLOWED_UP])
    fetched = recorder.request(730, SNAPTRADE_REFRESH, COOKIES["ann"])
    assert _statuses(fetched.json) == {"snaptrade": "fresh"}
    assert recorder.request(740, SNAPTRADE_REFRESH, COOKIES["ann"], status=429).headers["retry-after"] == "50"


def _statuses(fetched: Any) -> dict[str, str]:  # noqa: ANN401 - JSON
    """The status of a refresh by provider."""
    providers = fetched["holdings"]["portfolio_metadata"]["providers"]
    return {name: one["status"] for name, one in providers.items()}


def test_refresh_fetches_with_recorded_credentials_and_clears_recorded_updates(recorded: Recorder) -> None:
    before = OUTPUTS["responses"]["ann GET /holdings"]["holdings"]["portfolio_data"]
    fetched = recorded.request(LATER_S, "POST /holdings/refresh", COOKIES["ann"], {"all": True}).json
    assert _statuses(fetched) == {"plaid": "fresh", "snaptrade": "fresh"}
    tickers = [row["ticker"] for row in fetched["holdings"]["portfolio_data"]["holdings"]]
    assert tickers == [row["ticker"] for row in before["holdings"]]
    pending = recorded.request(LATER_S, "GET /pending-updates", COOKIES["ann"]).json
    assert pending["has_pending_updates"] is False
    assert pending["providers"]["plaid"]["seen_generation"] == 3


@pytest.mark.parametrize("name", ["update", "connection-2-broken", "irrelevant", "account-revoked", "undated-trade"])
def test_recorded_event_is_a_duplicate(recorded: Recorder, name: str) -> None:
    before = dump(recorded.dynamodb)
    assert recorded.receive(name) == "duplicate"
    assert dump(recorded.dynamodb) == before


def test_update_of_a_connection_with_a_recorded_tombstone_is_outdated(recorded: Recorder, tables: Tables) -> None:
    assert recorded.receive("another-update-of-deleted") == "outdated"
    assert tables.source("snaptrade", "conn-3", "ann") is None


def test_link_of_a_recorded_orphan_has_its_updates_and_status(recorded: Recorder) -> None:
    exchange(recorded, "item-ghost")
    body = {"public_token": "public-ghost"}
    recorded.request(LATER_S, "POST /plaid/exchange-public-token", COOKIES["carol"], body, status=201)
    [connection] = recorded.request(LATER_S, "GET /connections", COOKIES["carol"]).json["connections"]
    assert (connection["status"], connection["status_reason"]) == ("reconnect_required", "item_login_required")
    assert connection["pending"] is True


def test_recorded_registration_lease_is_respected_until_it_ends(recorder: Recorder) -> None:
    restore(recorder.dynamodb, ROWS[REGISTERING])
    recorder.request(45, SNAPTRADE_CONNECT, COOKIES["ann"], {}, status=409)
    registered = {"userId": ANN_AT_SNAPTRADE, "userSecret": "another-secret-of-ann"}
    recorder.providers.respond("POST /snapTrade/registerUser", registered)
    recorder.request(71, SNAPTRADE_CONNECT, COOKIES["ann"], {})


def test_recorded_deletion_at_snaptrade_is_not_ordered_again_at_once(recorded: Recorder) -> None:
    exists = {"detail": "User already exists", "status_code": 400, "code": "1010"}
    recorded.providers.respond("POST /snapTrade/registerUser", exists, status=400)
    del recorded.providers.responses["DELETE /snapTrade/deleteUser"]
    recorded.request(70, SNAPTRADE_CONNECT, COOKIES["dave"], {"replace": True}, status=503)


def test_recorded_lease_of_a_public_token_is_taken_over_when_it_ends(recorder: Recorder) -> None:
    restore(recorder.dynamodb, ROWS[EXCHANGING])
    exchange(recorder, "item-ann")
    body = {"public_token": "public-ann"}
    linked = recorder.request(81, "POST /plaid/exchange-public-token", COOKIES["ann"], body, status=201)
    assert linked.json == {"item_id": "item-ann", "institution": "First Platypus Bank"}


def test_recorded_result_of_a_public_token_is_returned_without_a_call(recorded: Recorder) -> None:
    body = {"public_token": "public-ann"}
    linked = recorded.request(ENDED_AT_S, "POST /plaid/exchange-public-token", COOKIES["ann"], body, status=201)
    assert linked.json == {"item_id": "item-ann", "institution": "First Platypus Bank"}


def test_recorded_paid_refresh_that_was_under_way_is_shown(recorder: Recorder) -> None:
    restore(recorder.dynamodb, ROWS[CALLING])
    shown = recorder.request(730, "GET /holdings/refresh", COOKIES["ann"]).json["providers"]
    assert [one["status"] for one in shown["plaid"]["sources"].values()] == ["pulling"]
    assert [one["status"] for one in shown["snaptrade"]["sources"].values()] == ["pulling", "pulling"]


def test_item_with_a_recorded_back_off_is_left_alone(recorded: Recorder) -> None:
    with recorded.at(ENDED_AT_S):
        reconcile_queue.start_run()
    assert recorded.messages["reconcile"] == [
        '{"kind": "look-1", "about": {"item": "plaid#item-ann"}}',
        '{"kind": "look-1", "about": {"item": "plaid#item-bob"}}',
    ]


def test_connection_of_a_recorded_item_is_deleted_with_its_rows(recorded: Recorder, tables: Tables) -> None:
    with recorded.at(LATER_S):
        route, named = "DELETE /plaid/items/{item_id}", {"item_id": "item-ann"}
        assert recorded.app.request(route, COOKIES["ann"], parameters=named).status == 204
    assert tables.item("plaid", "item-ann") is None
    assert set(tables.heads("ann")) == {"snaptrade#conn-1", "snaptrade#conn-2"}
