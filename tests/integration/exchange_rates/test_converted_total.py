"""The converted total of GET …/holdings and of a refresh, with its evidence and without."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.aws.aws_calls import OperationRecorder, intercept_calls, refuse_connection
from tests.support.drivers.app import App
from tests.support.fakes.clock import StoppedClock
from tests.support.fakes.exchange_rates import check_converted_total
from tidings.exchange_rates import lookup
from tidings.store import exchange_rates
from tidings.store.exchange_rates import StoredRates

ROUTES = ["GET /holdings", "GET /snaptrade/holdings", "POST /holdings/refresh"]


@pytest.fixture
def today(stopped_clock: StoppedClock) -> date:
    return datetime.fromtimestamp(stopped_clock.now / 1000, UTC).date()


def store_rates(day: date, revision: int = 1, **rates: str) -> None:
    exchange_rates.insert_days([StoredRates(day, "ecb", revision, rates)], 0)
    lookup.forget()


@pytest.fixture
def portfolio(app: App, cookie: str, today: date) -> App:
    """Alice holds USD and CAD, and there are rates of yesterday."""
    store_rates(today - timedelta(days=1), USD="1.0823", CAD="1.4987")
    app.link_and_refresh(cookie, "snaptrade")
    return app


def total(app: App, cookie: str, query: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401 - JSON
    answered = app.request("GET /holdings", cookie, changed={"queryStringParameters": dict(query or {})})
    assert answered.status == 200, answered.text
    assert check_converted_total(answered.text)
    return answered.json["holdings"]["portfolio_data"]["converted_total"]


def test_total_is_in_the_main_currency(portfolio: App, cookie: str, today: date) -> None:
    found = total(portfolio, cookie)
    by_currency = {entry["from"]: entry for entry in found["rates"]}
    assert found["currency"] == "USD"
    assert by_currency.keys() == {"USD", "CAD"}
    assert (by_currency["CAD"]["date"], by_currency["CAD"]["source"]) == (str(today - timedelta(days=1)), "ecb")
    assert by_currency["CAD"]["rate"] == Decimal("0.722159204644")
    assert (found["stale"], found["partial"], found["reason"]) == (False, False, None)


def test_total_is_in_the_requested_currency(portfolio: App, cookie: str) -> None:
    found = total(portfolio, cookie, {"currency": "EUR"})
    assert found["currency"] == "EUR"
    assert all(entry["date"] for entry in found["rates"])


def test_refresh_returns_the_requested_total(portfolio: App, cookie: str, stopped_clock: StoppedClock) -> None:
    stopped_clock.advance(61)
    answered = portfolio.request(
        "POST /holdings/refresh", cookie, changed={"queryStringParameters": {"currency": "EUR"}}
    )
    assert check_converted_total(answered.text)
    assert answered.json["holdings"]["portfolio_data"]["converted_total"]["currency"] == "EUR"


@pytest.mark.parametrize("currency", ["eur", "EURO", "BTC", "AED", "", "EUR,USD", "'; --"])
@pytest.mark.parametrize("route", ["GET /holdings", "GET /plaid/holdings", "POST /snaptrade/holdings/refresh"])
def test_unknown_currency_is_rejected_with_the_known_codes(app: App, cookie: str, route: str, currency: str) -> None:
    route = route.replace("/snaptrade", "/api/snaptrade")
    rejected = app.request(route, cookie, changed={"queryStringParameters": {"currency": currency}})
    assert (rejected.status, rejected.json["type"]) == (400, "urn:tidings:problem:bad-request")
    assert "EUR, GBP, HKD" in rejected.json["detail"]


def test_main_currency_without_rates_has_no_total(portfolio: App, cookie: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIN_CURRENCY", "AED")
    found = total(portfolio, cookie)
    assert (found["value"], found["reason"]) == (None, "currency_without_rates")
    assert found["unconverted"].keys() == {"USD", "CAD"}


def test_conversion_that_is_off_says_so(
    portfolio: App, cookie: str, monkeypatch: pytest.MonkeyPatch, store_calls: OperationRecorder
) -> None:
    monkeypatch.setenv("EXCHANGE_RATES", "off")
    store_calls.operations.clear()
    assert total(portfolio, cookie)["reason"] == "rates_off"
    assert store_calls.operations == ["GetItem", "Query", "Query"]


def test_total_changes_with_a_revised_rate(portfolio: App, cookie: str, today: date) -> None:
    before = total(portfolio, cookie)
    store_rates(today - timedelta(days=1), 2, USD="1.0823", CAD="2")
    after = total(portfolio, cookie)
    assert before["value"] != after["value"]
    assert [entry["legs"][0]["per_euro"] for entry in after["rates"] if entry["from"] == "CAD"] == [2]


@pytest.mark.parametrize(("age", "is_stale", "is_partial"), [(5, False, False), (6, True, False), (8, False, True)])
def test_old_rates_are_stale_then_missing(
    app: App, cookie: str, today: date, age: int, is_stale: bool, is_partial: bool
) -> None:
    store_rates(today - timedelta(days=age), USD="1.08", CAD="1.5")
    app.link_and_refresh(cookie, "snaptrade")
    found = total(app, cookie)
    assert (found["stale"], found["partial"]) == (is_stale, is_partial)
    assert ("CAD" in found["unconverted"]) == is_partial


def test_rates_are_read_once_per_process(portfolio: App, cookie: str, store_calls: OperationRecorder) -> None:
    lookup.forget()
    store_calls.operations.clear()
    total(portfolio, cookie)
    total(portfolio, cookie)
    assert store_calls.operations == ["GetItem", "Query", "Query", "Query", "GetItem", "Query", "Query"]


def test_known_rates_are_read_again_after_a_while(
    portfolio: App, cookie: str, store_calls: OperationRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookup, "KNOWN_FOR_S", 0.0)
    lookup.forget()
    store_calls.operations.clear()
    total(portfolio, cookie)
    total(portfolio, cookie)
    assert store_calls.operations == ["GetItem", "Query", "Query", "Query"] * 2


def test_holdings_are_shown_without_rates_that_cannot_be_read(portfolio: App, cookie: str) -> None:
    lookup.forget()

    def refuse_rates(model: Any, params: Any, **_: object) -> Any:  # noqa: ANN401 - botocore's
        if "exchange-rates" in str(params):
            return refuse_connection()
        return None

    with intercept_calls(refuse_rates):
        found = total(portfolio, cookie)
    assert (found["value"], found["reason"]) == (None, "rates_unavailable")
    assert total(portfolio, cookie)["value"] is not None, "read again at once"


def test_rate_is_of_the_data_not_of_the_request(
    portfolio: App, cookie: str, today: date, stopped_clock: StoppedClock
) -> None:
    before = total(portfolio, cookie)
    stopped_clock.advance(40 * 86_400)
    store_rates(today + timedelta(days=39), USD="2", CAD="1")
    assert portfolio.sign_in(lasts_s=10**9) == cookie
    assert total(portfolio, cookie) == before
