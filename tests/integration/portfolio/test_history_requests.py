"""GET /holdings/history and GET /holdings/changes: the days, the user and the currency of a request."""

from datetime import date
from decimal import Decimal

import pytest

from tests.integration.portfolio.observed_days import (
    DAY_S,
    connect,
    move_prices,
    read_history,
    read_points,
    refresh,
    request_history,
    today,
)
from tests.support.drivers.app import App, LinkedSource
from tests.support.fakes.clock import StoppedClock
from tidings.exchange_rates import lookup
from tidings.store import exchange_rates
from tidings.store.exchange_rates import StoredRates


def test_history_ends_with_the_kept_days(
    app: App, cookie: str, noon: StoppedClock, linked_plaid: LinkedSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HISTORY_DAYS", "2")
    noon.advance(2 * DAY_S)
    assert len(read_points(app, cookie)) == 1
    noon.advance(DAY_S)
    assert read_history(app, cookie) == {"points": [], "events": []}
    noon.advance(90 * DAY_S)
    assert app.request("GET /holdings/changes", cookie).json == {"changes": []}


def test_requested_days_are_returned(app: App, cookie: str, noon: StoppedClock, linked_plaid: LinkedSource) -> None:
    first = today(noon)
    noon.advance(DAY_S)
    refresh(app, cookie, noon)
    assert [point["date"] for point in read_history(app, cookie, {"from": today(noon)})["points"]] == [today(noon)]
    assert [point["date"] for point in read_history(app, cookie, {"to": first})["points"]] == [first]


@pytest.mark.parametrize(
    "query",
    [
        {"from": "yesterday"},
        {"from": "2026-1-1"},
        {"to": "20261129"},
        {"to": "2026-02-30"},
        {"from": ""},
        {"from": "2026-W01-1"},
        {"from": "2026-02-02", "to": "2026-02-01"},
        {"currency": "EURO"},
    ],
)
def test_malformed_query_is_refused(app: App, cookie: str, query: dict[str, str]) -> None:
    answered = request_history(app, cookie, query)
    assert answered.status == 400
    assert answered.json["detail"]


def test_known_etag_returns_304(app: App, cookie: str, noon: StoppedClock, linked_plaid: LinkedSource) -> None:
    answered = request_history(app, cookie)
    assert answered.headers["cache-control"] == "private, no-store"
    again = request_history(app, cookie, headers={"if-none-match": answered.headers["etag"]})
    assert (again.status, again.text) == (304, "")
    app.control(linked_plaid, "trade", silent=True)
    refresh(app, cookie, noon)
    assert request_history(app, cookie, headers={"if-none-match": answered.headers["etag"]}).status == 200


@pytest.mark.parametrize("route", ["GET /holdings/history", "GET /holdings/changes"])
def test_history_is_the_signed_in_users_own(app: App, linked_plaid: LinkedSource, route: str) -> None:
    assert app.request(route).status == 401
    other = app.sign_in("bob", lasts_s=1000 * DAY_S)
    assert set(map(str, app.request(route, other).json.values())) == {"[]"}


def test_point_is_converted_by_the_rates_of_its_own_day(app: App, cookie: str, noon: StoppedClock) -> None:
    linked = connect(app, cookie, noon, "plaid")
    first = date.fromisoformat(today(noon))
    noon.advance(DAY_S)
    move_prices(app, linked)
    refresh(app, cookie, noon)
    second = date.fromisoformat(today(noon))
    days = [StoredRates(first, "ecb", 1, {"USD": "1.10"}), StoredRates(second, "ecb", 1, {"USD": "1.25"})]
    exchange_rates.insert_days(days, 0)
    lookup.forget()
    points = read_history(app, cookie, {"currency": "EUR"})["points"]
    legs = [entry["legs"] for point in points for entry in point["converted_total"]["rates"] if entry["from"] == "USD"]
    assert [leg["per_euro"] for used in legs for leg in used] == [Decimal("1.10"), Decimal("1.25")]
