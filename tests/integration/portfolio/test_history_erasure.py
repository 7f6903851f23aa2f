"""What the history keeps of a source that was removed or revoked, and what is erased."""

from tests.integration.portfolio.observed_days import (
    DAY_S,
    connect,
    read_history,
    read_points,
    refresh,
    set_present,
    shown_totals,
)
from tests.support.aws.tables import Tables
from tests.support.drivers import tasks_queue
from tests.support.drivers.app import App, LinkedSource
from tests.support.fakes.clock import StoppedClock


def test_removed_source_leaves_its_past_and_an_event(app: App, cookie: str, noon: StoppedClock, tables: Tables) -> None:
    plaid = connect(app, cookie, noon, "plaid")
    connect(app, cookie, noon, "snaptrade")
    app.control(plaid, "trade", silent=True)
    refresh(app, cookie, noon)
    [before] = read_points(app, cookie)
    noon.advance(DAY_S)
    assert app.disconnect(cookie, plaid).status == 204
    refresh(app, cookie, noon)
    history = read_history(app, cookie)
    first, second = history["points"]
    assert first == before
    assert [one["provider"] for one in second["sources"]] == ["snaptrade"]
    assert second["totals_by_currency"] == shown_totals(app, cookie)
    assert [(one["kind"], one["provider"]) for one in history["events"][-1:]] == [("removed", "plaid")]
    assert "AAPL" not in str([row for row in tables.rows("HistoryTable") if row["source"].startswith("plaid#")])


def test_no_day_names_an_account_or_an_instrument(app: App, cookie: str, noon: StoppedClock, tables: Tables) -> None:
    connect(app, cookie, noon, "plaid")
    connect(app, cookie, noon, "snaptrade")
    data = app.holdings(cookie)["holdings"]["portfolio_data"]
    named = {account[name] for account in data["accounts"] for name in ("account_id", "name", "mask")}
    named |= {row[name] for row in data["holdings"] for name in ("ticker", "name", "isin")}
    text = str(tables.rows("HistoryTable"))
    assert not [word for word in named if word and f'"{word}"' in text]


def test_ending_everything_erases_the_history(app: App, cookie: str, noon: StoppedClock, tables: Tables) -> None:
    connect(app, cookie, noon, "plaid")
    connect(app, cookie, noon, "snaptrade")
    assert tables.rows("HistoryTable")
    assert app.request("DELETE /connections", cookie).status == 204
    assert tables.rows("HistoryTable") == []


def test_revoked_source_loses_its_history(app: App, cookie: str, noon: StoppedClock, tables: Tables) -> None:
    plaid = connect(app, cookie, noon, "plaid")
    connect(app, cookie, noon, "snaptrade")
    set_present(noon)
    app.send_webhook(plaid, type="ITEM", code="USER_PERMISSION_REVOKED")
    assert tasks_queue.process_messages({"kind": "end_access", "about": {"item_id": plaid.item_id}}) == []
    assert {row["source"].partition("#")[0] for row in tables.rows("HistoryTable")} == {"snaptrade"}


def test_revoked_account_leaves_the_past_points(
    app: App, cookie: str, noon: StoppedClock, linked_plaid: LinkedSource
) -> None:
    accounts = app.holdings(cookie)["holdings"]["portfolio_data"]["accounts"]
    gone = {"item_id": linked_plaid.item_id, "account_id": accounts[0]["account_id"]}
    assert tasks_queue.process_messages({"kind": "forget_account", "about": gone}) == []
    [point] = read_points(app, cookie)
    assert point["totals_by_currency"] == shown_totals(app, cookie)
