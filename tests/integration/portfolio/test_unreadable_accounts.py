"""An account that SnapTrade cannot read stays in the portfolio and does not delay the other accounts."""

from typing import Any

from tests.support.drivers.app import App, LinkedSource
from tests.support.fakes.clock import StoppedClock
from tidings import clock


def read_portfolio(app: App, cookie: str) -> Any:  # noqa: ANN401 - JSON
    return app.holdings(cookie)["holdings"]


def list_tickers(shown: Any, account_id: str) -> set[str]:  # noqa: ANN401
    rows = shown["portfolio_data"]["holdings"]
    return {row["ticker"] for row in rows for source in row["sources"] if source["account_id"] == account_id}


def find_account(shown: Any, account_id: str) -> Any:  # noqa: ANN401
    [found] = [one for one in shown["portfolio_data"]["accounts"] if one["account_id"] == account_id]
    return found


def test_unreadable_account_keeps_last_rows_while_others_are_fresh(
    app: App, cookie: str, linked: LinkedSource, stopped_clock: StoppedClock
) -> None:
    first = read_portfolio(app, cookie)
    margin, registered = (one["account_id"] for one in first["portfolio_data"]["accounts"])
    if "AAPL" not in list_tickers(first, margin):
        margin, registered = registered, margin
    fetched_at = find_account(first, registered)["as_of"]
    app.control(linked, "sync_status", account_id=registered, holdings_unavailable=True)
    app.trade(linked, account_id=margin, ticker="NVDA")

    for _ in range(2):
        stopped_clock.advance(600)
        assert app.refresh(cookie, "snaptrade", {"all": True}).status == 200
        shown = read_portfolio(app, cookie)
        assert "NVDA" in list_tickers(shown, margin)
        assert list_tickers(shown, registered) == list_tickers(first, registered)
        assert find_account(shown, registered)["as_of"] == fetched_at
        assert find_account(shown, margin)["as_of"] == clock.iso(stopped_clock.now)
        [warning] = shown["portfolio_metadata"]["warnings"]
        assert "can't be read at the moment. You see what it held on 20" in warning
        assert app.pending(cookie, "snaptrade")["has_pending_updates"] is False

    app.control(linked, "sync_status", account_id=registered, holdings_unavailable=False)
    app.trade(linked, account_id=registered, ticker="MSFT")
    stopped_clock.advance(61)
    app.refresh(cookie, "snaptrade")
    shown = read_portfolio(app, cookie)
    assert shown["portfolio_metadata"]["warnings"] == []
    assert find_account(shown, registered)["as_of"] == clock.iso(stopped_clock.now)


def test_never_readable_account_is_shown_by_total(app: App, cookie: str, stopped_clock: StoppedClock) -> None:
    linked = app.link(cookie, "snaptrade")
    [account] = app.providers.snaptrade_simulator.state["users"][linked.item_id]["connections"][linked.source_id][
        "accounts"
    ][1:]
    app.control(linked, "sync_status", account_id=account["id"], holdings_unavailable=True)
    app.refresh(cookie, "snaptrade")
    shown = read_portfolio(app, cookie)
    found = find_account(shown, account["id"])
    assert found["residual"] == found["institution_total"]
    assert "Only its total is known" in shown["portfolio_metadata"]["warnings"][0]


def test_connection_with_only_unreadable_accounts_keeps_holdings(
    app: App, cookie: str, linked: LinkedSource, stopped_clock: StoppedClock
) -> None:
    before = read_portfolio(app, cookie)["portfolio_data"]["holdings"]
    app.control(linked, "sync_status", holdings_unavailable=True)
    app.send_webhook(linked)
    assert app.refresh(cookie, "snaptrade").status == 200
    assert read_portfolio(app, cookie)["portfolio_data"]["holdings"] == before
    assert app.pending(cookie, "snaptrade")["has_pending_updates"] is False
    [listed] = app.connections(cookie)
    assert (listed["status"], listed["status_reason"]) == ("ok", "holdings_unavailable")
