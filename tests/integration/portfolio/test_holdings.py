"""GET …/holdings: the stored portfolio in its documented shape."""

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.support.aws.tables import Tables
from tests.support.drivers.api_calls import ApiResponse
from tests.support.drivers.app import App, ProviderName
from tests.support.fakes.clock import StoppedClock
from tidings.store import snapshot_codec

HOLDING = {
    "ticker", "name", "type", "quantity", "price", "price_as_of", "value", "cost_basis", "currency", "account_id",
    "account_name", "institution", "provider", "source_id", "isin", "cusip", "is_cash", "option", "raw_symbol",
    "maturity", "coupon", "multiplier", "unvested_quantity", "unvested_value", "valuation",
}  # fmt: skip
ACCOUNT = {"institution_total", "residual", "residual_explained_by", "unvested_value", "status", "is_paper", "counted"}
OUTCOME = {"status", "as_of", "retry_after", "changed", "error"}


def find_rows(portfolio: Any, ticker: str) -> list[dict[str, Any]]:  # noqa: ANN401 - JSON
    return [row for row in portfolio["portfolio_data"]["holdings"] if row["ticker"] == ticker]


def test_holdings_response_has_documented_shape(app: App, cookie: str, stopped_clock: StoppedClock) -> None:
    linked = app.link_and_refresh(cookie, "plaid")
    answer = app.holdings(cookie)
    assert answer.keys() == {"success", "holdings"}
    assert answer["success"] is True
    assert answer["holdings"].keys() >= {"portfolio_data", "portfolio_metadata"}
    data, metadata = answer["holdings"]["portfolio_data"], answer["holdings"]["portfolio_metadata"]
    assert data.keys() >= {
        "holdings", "total_portfolio_value", "totals_by_currency", "statement_date", "account_type",
    }  # fmt: skip
    assert data["account_type"] == "investment"
    assert metadata.keys() >= {"has_pending_updates", "last_updated", "changed", "warnings", "providers"}
    assert set(metadata["providers"]) == {"plaid", "snaptrade"}
    plaid = metadata["providers"]["plaid"]
    assert plaid.keys() >= OUTCOME | {"sources"}
    assert plaid["sources"].keys() == {linked.source_id}
    assert plaid["sources"][linked.source_id].keys() >= OUTCOME
    assert plaid["status"] == "stored"
    assert metadata["last_updated"] == plaid["as_of"] == plaid["sources"][linked.source_id]["as_of"]
    assert data["statement_date"] == metadata["last_updated"][:10]
    for row in data["holdings"]:
        assert row.keys() >= HOLDING | {"sources"}
    for account in data["accounts"]:
        assert account.keys() >= ACCOUNT


def test_refresh_response_matches_holdings_shape(app: App, cookie: str) -> None:
    app.link(cookie, "plaid")
    refreshed = app.refresh(cookie).json["holdings"]
    stored = app.holdings(cookie)["holdings"]
    assert refreshed["portfolio_data"] == stored["portfolio_data"]
    assert refreshed["portfolio_metadata"].keys() == stored["portfolio_metadata"].keys()


def test_holdings_amounts_are_exact_numbers(app: App, cookie: str) -> None:
    app.link_and_refresh(cookie, "plaid")
    answered = app.request("GET /plaid/holdings", cookie)
    [apple] = find_rows(answered.json["holdings"], "AAPL")
    assert (apple["quantity"], apple["price"], apple["value"]) == (Decimal("12.5"), Decimal("231.4"), Decimal("2892.5"))
    assert apple["cost_basis"] == Decimal("1923.75")
    [option] = [row["option"] for row in answered.json["holdings"]["portfolio_data"]["holdings"] if row["option"]]
    assert option == {
        "underlying": "AAPL",
        "kind": "call",
        "strike": 300,
        "expiry": "2028-01-21",
        "contracts": 2,
        "multiplier": 100,
        "root": "AAPL",
    }
    assert '"quantity":"' not in answered.text


def test_amounts_beyond_float_precision_stay_exact(app: App, cookie: str) -> None:
    app.link(cookie, "plaid")
    body = """{"accounts": [{"account_id": "a", "type": "investment"}], "item": {},
        "holdings": [{"account_id": "a", "security_id": "s", "quantity": 0.1000000000000000055511151231257827,
                      "institution_price": 3, "institution_value": 0.30000000000000001665, "iso_currency_code": "USD"}],
        "securities": [{"security_id": "s", "ticker_symbol": "X", "type": "equity"}]}"""
    app.providers.plaid("faults", path="/investments/holdings/get", kind="status", status=200, body=body)
    assert app.refresh(cookie, "plaid").status == 200
    [row] = find_rows(app.holdings(cookie)["holdings"], "X")
    assert row["quantity"] == Decimal("0.1000000000000000055511151231257827")
    assert row["value"] == Decimal("0.30000000000000001665")


def test_security_at_two_sources_is_one_row(app: App, cookie: str) -> None:
    linked = [app.link_and_refresh(cookie, "plaid"), app.link_and_refresh(cookie, "snaptrade")]
    [apple] = find_rows(app.holdings(cookie)["holdings"], "AAPL")
    assert apple["quantity"] == Decimal("12.5") + Decimal("10.5")
    assert {share["source_id"] for share in apple["sources"]} == {one.source_id for one in linked}
    assert sum(share["quantity"] for share in apple["sources"]) == apple["quantity"]


def test_login_linked_twice_counts_once(app: App, cookie: str, stopped_clock: StoppedClock) -> None:
    first = app.link_and_refresh(cookie, "plaid")
    once = app.holdings(cookie)["holdings"]["portfolio_data"]
    stopped_clock.advance(61)
    again = app.link(cookie, "plaid")
    items = app.providers.plaid_simulator.state["items"]
    for account, same in zip(items[again.item_id]["accounts"], items[first.item_id]["accounts"], strict=True):
        account["mask"] = same["mask"]
    assert app.refresh(cookie, "plaid").status == 200
    twice = app.holdings(cookie)["holdings"]
    assert twice["portfolio_data"]["totals_by_currency"] == once["totals_by_currency"]
    listed = twice["portfolio_data"]["accounts"]
    assert [one["counted"] for one in listed].count(False) == len(once["accounts"]) == len(listed) / 2
    assert {one["source_id"] for one in listed if one["counted"]} == {again.source_id}
    repeated = [text for text in twice["portfolio_metadata"]["warnings"] if "is connected twice" in text]
    assert len(repeated) == len(once["accounts"])


def test_provider_holdings_route_shows_one_provider(app: App, cookie: str) -> None:
    app.link_and_refresh(cookie, "plaid")
    app.link_and_refresh(cookie, "snaptrade")
    for provider in ("plaid", "snaptrade"):
        shown = app.holdings(cookie, provider)["holdings"]
        assert {row["provider"] for row in shown["portfolio_data"]["holdings"]} == {provider}
        assert set(shown["portfolio_metadata"]["providers"]) == {provider}
    both = app.holdings(cookie)["holdings"]["portfolio_data"]["holdings"]
    assert {share["provider"] for row in both for share in row["sources"]} == {"plaid", "snaptrade"}


def test_totals_are_kept_per_currency(app: App, cookie: str) -> None:
    app.link_and_refresh(cookie, "snaptrade")
    data = app.holdings(cookie)["holdings"]["portfolio_data"]
    totals = {
        currency: sum(row["value"] for row in data["holdings"] if row["currency"] == currency)
        for currency in ("USD", "CAD")
    }
    assert data["totals_by_currency"] == totals
    assert data["total_portfolio_value"] == totals["USD"]
    assert all(totals.values())


def test_total_without_main_currency_uses_most_frequent_one(
    app: App, cookie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.link_and_refresh(cookie, "snaptrade")
    monkeypatch.setenv("MAIN_CURRENCY", "EUR")
    data = app.holdings(cookie)["holdings"]["portfolio_data"]
    assert data["total_portfolio_value"] == data["totals_by_currency"]["USD"]


def test_money_market_fund_is_not_counted_as_cash_again(app: App, cookie: str) -> None:
    app.link_and_refresh(cookie, "snaptrade")
    portfolio = app.holdings(cookie)["holdings"]
    [fund] = find_rows(portfolio, "VMFXX")
    [cash] = find_rows(portfolio, "CUR:USD")
    assert fund["value"] == 1500
    assert cash["value"] == Decimal("2350.25") + Decimal("125.40") - 1500


def test_holdings_without_connections_are_empty(app: App, cookie: str) -> None:
    holdings = app.holdings(cookie)["holdings"]
    assert holdings["portfolio_data"]["holdings"] == []
    assert holdings["portfolio_data"]["total_portfolio_value"] == 0
    assert holdings["portfolio_data"]["statement_date"] is None
    assert holdings["portfolio_metadata"]["last_updated"] is None
    statuses = {name: one["status"] for name, one in holdings["portfolio_metadata"]["providers"].items()}
    assert statuses == {"plaid": "not_connected", "snaptrade": "not_connected"}


@pytest.mark.parametrize("provider", ["plaid", "snaptrade"])
def test_holdings_response_shows_pending_update(app: App, cookie: str, provider: ProviderName) -> None:
    linked = app.link_and_refresh(cookie, provider)
    assert app.holdings(cookie)["holdings"]["portfolio_metadata"]["has_pending_updates"] is False
    app.trade(linked)
    for route in (None, provider):
        assert app.holdings(cookie, route)["holdings"]["portfolio_metadata"]["has_pending_updates"] is True


def test_last_updated_is_oldest_source_time(app: App, cookie: str, stopped_clock: StoppedClock) -> None:
    app.link_and_refresh(cookie, "plaid")
    first = app.holdings(cookie)["holdings"]["portfolio_metadata"]["last_updated"]
    stopped_clock.advance(30)
    app.link_and_refresh(cookie, "snaptrade")
    metadata = app.holdings(cookie)["holdings"]["portfolio_metadata"]
    assert metadata["last_updated"] == first
    assert metadata["providers"]["snaptrade"]["as_of"] > first


def test_large_response_is_gzipped_if_accepted(app: App, cookie: str) -> None:
    linked = app.link(cookie, "plaid")
    app.control(linked, "positions", count=2500)
    app.refresh(cookie, "plaid")
    plain = app.request("GET /holdings", cookie)
    packed = app.request("GET /holdings", cookie, headers={"accept-encoding": "br, gzip"})
    assert len(plain.text) > 1_000_000
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert json.loads(packed.text) == json.loads(plain.text)


def test_ten_thousand_rows_fit_lambda_response_limit(app: App, cookie: str) -> None:
    linked = app.link(cookie, "plaid")
    app.control(linked, "positions", count=10_000)
    refreshed: ApiResponse = app.request("POST /plaid/holdings/refresh", cookie, headers={"accept-encoding": "gzip"})
    assert refreshed.status == 200
    assert len(refreshed.json["holdings"]["portfolio_data"]["holdings"]) == 10_000
    assert refreshed.size < 6 * 1024 * 1024


def test_oversized_response_without_gzip_is_406(app: App, cookie: str) -> None:
    linked = app.link(cookie, "plaid")
    app.control(linked, "positions", count=12_000)
    assert app.request("POST /plaid/holdings/refresh", cookie, headers={"accept-encoding": "gzip"}).status == 200
    plain = app.request("GET /holdings", cookie)
    assert (plain.status, plain.json["type"]) == (406, "urn:tidings:problem:answer-too-large")
    assert "gzip" in plain.json["detail"]
    assert app.request("GET /holdings", cookie, headers={"accept-encoding": "gzip"}).status == 200


def test_refetch_deletes_earlier_snapshot_parts(
    app: App, cookie: str, tables: Tables, stopped_clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot_codec, "_SLICE_BYTES", 200)
    app.link_and_refresh(cookie, "plaid")
    stopped_clock.advance(61)
    refreshed = app.refresh(cookie, "plaid").json["holdings"]["portfolio_data"]
    [head] = tables.heads().values()
    parts = [row["entry"] for row in tables.rows("HoldingsTable") if "content" in row]
    assert len(parts) == head["parts"] > 2
    assert all(head["fetch_id"] in entry for entry in parts)
    assert app.holdings(cookie)["holdings"]["portfolio_data"] == refreshed
