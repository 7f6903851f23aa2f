"""One refresh of several sources at one provider: each has its outcome, and the strongest decides what happens next."""

import pytest

from tests.support.aws.account import table_name
from tests.support.aws.tables import Tables
from tests.support.drivers.app import App, LinkedSource
from tests.support.fakes.clock import StoppedClock

FETCH = "/investments/holdings/get"


def fail(app: App, linked: LinkedSource, status: int, **headers: str) -> None:
    fault = {"path": FETCH, "kind": "status", "status": status, "headers": headers, "item_id": linked.item_id}
    app.providers.plaid("faults", **fault)


@pytest.mark.invariant(id="I3")
@pytest.mark.parametrize("order", [1, -1])
def test_longest_wait_of_two_sources_extends_cooldown(
    app: App, cookie: str, stopped_clock: StoppedClock, order: int
) -> None:
    linked = sorted((app.link(cookie, "plaid") for _ in range(2)), key=lambda one: one.source_id)[::order]
    for one, wait in zip(linked, ("150", "90"), strict=True):
        fail(app, one, 429, **{"Retry-After": wait})
    assert app.refresh(cookie, "plaid").status == 429
    app.providers.reset()
    stopped_clock.advance(149)
    assert app.refresh(cookie, "plaid").status == 429
    assert app.providers.calls("plaid", FETCH) == []
    stopped_clock.advance(1)
    assert app.refresh(cookie, "plaid").status == 200


@pytest.mark.parametrize("order", [1, -1])
def test_limit_of_one_source_outweighs_outage_of_other(
    app: App, cookie: str, stopped_clock: StoppedClock, order: int
) -> None:
    linked = sorted((app.link(cookie, "plaid") for _ in range(2)), key=lambda one: one.source_id)[::order]
    fail(app, linked[0], 429, **{"Retry-After": "150"})
    fail(app, linked[1], 500)
    refused = app.refresh(cookie, "plaid")
    assert (refused.status, refused.json["type"]) == (429, "urn:tidings:problem:provider-limit")
    assert refused.json["retry_after"] == 150


@pytest.mark.parametrize("order", [1, -1])
def test_failure_of_one_of_two_sources_is_shown(app: App, cookie: str, order: int) -> None:
    linked = sorted((app.link(cookie, "plaid") for _ in range(2)), key=lambda one: one.source_id)[::order]
    fail(app, linked[1], 500)
    refreshed = app.refresh(cookie, "plaid")
    assert refreshed.status == 200
    outcome = refreshed.json["holdings"]["portfolio_metadata"]["providers"]["plaid"]
    assert (outcome["status"], outcome["error"]) == ("fresh", "provider-outage")
    assert [outcome["sources"][one.source_id]["status"] for one in linked] == ["fresh", "failed"]


@pytest.mark.invariant(id="I3")
@pytest.mark.parametrize("order", [1, -1])
def test_required_login_of_one_source_keeps_cooldown_beside_outage(app: App, cookie: str, order: int) -> None:
    linked = sorted((app.link(cookie, "plaid") for _ in range(2)), key=lambda one: one.source_id)[::order]
    app.control(linked[0], "break")
    fail(app, linked[1], 500)
    assert app.refresh(cookie, "plaid").status == 409
    app.providers.reset()
    app.refresh(cookie, "plaid")
    assert app.providers.calls("plaid", FETCH) == []


def test_rows_of_earlier_link_are_not_carried_over(
    app: App, cookie: str, linked: LinkedSource, tables: Tables, stopped_clock: StoppedClock
) -> None:
    """They are kept for an account that cannot be read, but not if the user connected anew in the meantime."""
    accounts = app.holdings(cookie)["holdings"]["portfolio_data"]["accounts"]
    unreadable = accounts[0]["account_id"]
    app.control(linked, "sync_status", account_id=unreadable, holdings_unavailable=True)
    tables.dynamodb.update_item(
        TableName=table_name("UpdateStateTable"),
        Key={"user_id": {"S": "alice"}, "entry": {"S": f"source#snaptrade#{linked.source_id}"}},
        UpdateExpression="SET link_id = :new",
        ExpressionAttributeValues={":new": {"S": "made anew"}},
    )
    refreshed = app.refresh(cookie, "snaptrade", {"all": True})
    assert refreshed.status == 200
    rows = refreshed.json["holdings"]["portfolio_data"]["holdings"]
    assert rows
    assert unreadable not in {part["account_id"] for row in rows for part in row["sources"]}
