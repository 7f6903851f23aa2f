"""GET /holdings/history and GET /holdings/changes: what was observed, on the days on which it was."""

import json
import time
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.support.aws.tables import Tables
from tests.support.drivers import tasks_queue
from tests.support.drivers.api_calls import ApiResponse
from tests.support.drivers.app import App, LinkedSource, ProviderName
from tests.support.drivers.second_connection import connect_again
from tests.support.fakes.clock import StoppedClock
from tests.support.fakes.exchange_rates import check_total
from tidings.exchange_rates import lookup
from tidings.store import exchange_rates
from tidings.store.exchange_rates import StoredRates

DAY_S = 24 * 3600


@pytest.fixture
def cookie(app: App) -> str:
    """A session that outlasts the days of a test."""
    return app.sign_in(lasts_s=1000 * DAY_S)


@pytest.fixture
def noon(stopped_clock: StoppedClock) -> StoppedClock:
    """The clock at noon in UTC, so that a test chooses when the day ends."""
    stopped_clock.now += 43_200_000 - stopped_clock.now % 86_400_000
    return stopped_clock


def connect(app: App, cookie: str, clock: StoppedClock, provider: ProviderName) -> LinkedSource:
    """Connect at the provider, whose webhooks are of the present, and fetch at the test's time."""
    at = clock.now
    set_present(clock)
    linked = app.link(cookie, provider)
    clock.now = at
    answered = app.refresh(cookie, provider)
    assert answered.status == 200, answered.text
    return linked


def set_present(clock: StoppedClock) -> None:
    clock.now = time.time_ns() // 1_000_000


def move_prices(app: App, linked: LinkedSource) -> None:
    app.control(linked, "prices", percent=10, silent=True)


def today(clock: StoppedClock) -> str:
    return datetime.fromtimestamp(clock.now / 1000, UTC).date().isoformat()


def ask(app: App, cookie: str | None, query: Mapping[str, str] | None = None, **sent: Any) -> ApiResponse:  # noqa: ANN401
    return app.request("GET /holdings/history", cookie, changed={"queryStringParameters": dict(query or {})}, **sent)


def read_history(app: App, cookie: str, query: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401 - JSON
    answered = ask(app, cookie, query)
    assert answered.status == 200, answered.text
    for point in json.loads(answered.text, parse_float=Decimal, parse_int=Decimal)["points"]:
        check_total(point["converted_total"], point["totals_by_currency"])
    return named_sources(answered.json)


def named_sources(history: Any) -> Any:  # noqa: ANN401 - JSON
    """Put the history's sources into each point, beside the instants of their data, as a reader would."""
    for point in history["points"]:
        point["sources"] = [
            {**source, "as_of": as_of, "fetched": as_of.startswith(point["date"])}
            for source, as_of in zip(history["sources"], point.pop("as_of"), strict=True)
            if as_of is not None
        ]
        assert point["complete"] == all(one["fetched"] for one in point["sources"])
    del history["sources"]
    return history


def read_points(app: App, cookie: str) -> list[Any]:
    points: list[Any] = read_history(app, cookie)["points"]
    return points


def shown_totals(app: App, cookie: str) -> Any:  # noqa: ANN401 - JSON
    return app.holdings(cookie)["holdings"]["portfolio_data"]["totals_by_currency"]


def refresh(app: App, cookie: str, clock: StoppedClock, provider: str | None = None) -> None:
    clock.advance(61)
    assert app.refresh(cookie, provider).status == 200


def test_user_without_connections_has_no_history(app: App, cookie: str) -> None:
    assert read_history(app, cookie) == {"points": [], "events": []}
    assert app.request("GET /holdings/changes", cookie).json == {"changes": []}


@pytest.mark.parametrize("provider", ["plaid", "snaptrade"])
def test_first_fetch_is_the_first_point(app: App, cookie: str, noon: StoppedClock, provider: Any) -> None:  # noqa: ANN401
    linked = connect(app, cookie, noon, provider)
    history = read_history(app, cookie)
    [point] = history["points"]
    assert (point["date"], point["complete"]) == (today(noon), True)
    assert point["totals_by_currency"] == shown_totals(app, cookie)
    assert [(one["source_id"], one["fetched"]) for one in point["sources"]] == [(linked.source_id, True)]
    assert [(one["kind"], one["source_id"]) for one in history["events"]] == [("added", linked.source_id)]


def test_last_fetch_of_a_day_is_its_point(app: App, cookie: str, noon: StoppedClock) -> None:
    linked = connect(app, cookie, noon, "plaid")
    [before] = read_points(app, cookie)
    move_prices(app, linked)
    refresh(app, cookie, noon)
    [point] = read_points(app, cookie)
    assert before["totals_by_currency"] != point["totals_by_currency"] == shown_totals(app, cookie)
    assert point["sources"][0]["as_of"] > before["sources"][0]["as_of"]


def test_days_without_a_fetch_have_no_point(app: App, cookie: str, noon: StoppedClock) -> None:
    linked, first = connect(app, cookie, noon, "plaid"), today(noon)
    before = shown_totals(app, cookie)
    noon.advance(3 * DAY_S)
    move_prices(app, linked)
    refresh(app, cookie, noon)
    points = read_points(app, cookie)
    assert [point["date"] for point in points] == [first, today(noon)]
    assert [point["totals_by_currency"] for point in points] == [before, shown_totals(app, cookie)]


def test_day_is_that_of_the_fetch_in_utc(app: App, cookie: str, noon: StoppedClock) -> None:
    noon.advance(DAY_S // 2 - 1)
    linked = connect(app, cookie, noon, "plaid")
    before = today(noon)
    move_prices(app, linked)
    refresh(app, cookie, noon)
    assert [point["date"] for point in read_points(app, cookie)] == [before, today(noon)]


def test_source_that_was_not_fetched_keeps_its_observation_and_its_date(
    app: App, cookie: str, noon: StoppedClock
) -> None:
    connect(app, cookie, noon, "plaid")
    snaptrade = connect(app, cookie, noon, "snaptrade")
    before = read_points(app, cookie)[0]
    noon.advance(DAY_S)
    move_prices(app, snaptrade)
    refresh(app, cookie, noon, "snaptrade")
    first, second = read_points(app, cookie)
    assert (first["complete"], second["complete"]) == (True, False)
    by_provider = {one["provider"]: one for one in second["sources"]}
    assert (by_provider["plaid"]["fetched"], by_provider["snaptrade"]["fetched"]) == (False, True)
    assert by_provider["plaid"]["as_of"] == {one["provider"]: one for one in before["sources"]}["plaid"]["as_of"]
    assert second["totals_by_currency"] == shown_totals(app, cookie)


def test_account_that_two_sources_show_counts_once(app: App, cookie: str, noon: StoppedClock) -> None:
    """The same login linked twice: both connections show the same accounts."""
    first = connect(app, cookie, noon, "plaid")
    alone = shown_totals(app, cookie)
    connect_again(app, cookie, noon, first)
    [point] = read_points(app, cookie)
    assert len(point["sources"]) == 2
    assert point["totals_by_currency"] == shown_totals(app, cookie) == alone


def test_account_of_two_sources_that_are_fetched_together_counts_once(
    app: App, cookie: str, noon: StoppedClock
) -> None:
    first = app.link(cookie, "plaid")
    connect_again(app, cookie, noon, first)
    [point] = read_points(app, cookie)
    assert point["totals_by_currency"] == shown_totals(app, cookie)
    assert len(point["sources"]) == 2


def test_removed_source_leaves_its_past_and_an_event(app: App, cookie: str, noon: StoppedClock, tables: Tables) -> None:
    plaid = connect(app, cookie, noon, "plaid")
    connect(app, cookie, noon, "snaptrade")
    app.control(plaid, "trade", silent=True)
    refresh(app, cookie, noon)
    [before] = read_points(app, cookie)
    noon.advance(DAY_S)
    gone = app.request("DELETE /plaid/items/{item_id}", cookie, parameters={"item_id": plaid.item_id})
    assert gone.status == 204
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


@pytest.fixture
def linked_plaid(app: App, cookie: str, noon: StoppedClock) -> LinkedSource:
    return connect(app, cookie, noon, "plaid")


def test_changes_of_a_fetch_are_kept(app: App, cookie: str, noon: StoppedClock, linked_plaid: LinkedSource) -> None:
    assert app.request("GET /holdings/changes", cookie).json == {"changes": []}, "a first import changes nothing"
    app.control(linked_plaid, "trade", silent=True)
    noon.advance(61)
    told = app.refresh(cookie).json["holdings"]["portfolio_metadata"]["changes"]
    refresh(app, cookie, noon)  # nothing changed
    [kept] = app.request("GET /holdings/changes", cookie).json["changes"]
    assert {name: kept[name] for name in told} == told
    assert (kept["provider"], kept["source_id"]) == ("plaid", linked_plaid.source_id)


def test_newest_twenty_changes_are_listed_first(app: App, cookie: str, noon: StoppedClock) -> None:
    linked = connect(app, cookie, noon, "snaptrade")
    for _ in range(21):
        app.control(linked, "trade", silent=True)
        refresh(app, cookie, noon)
    instants = [one["at"] for one in app.request("GET /holdings/changes", cookie).json["changes"]]
    assert instants == sorted(instants, reverse=True)
    assert len(instants) == 20
    assert instants[0] == app.holdings(cookie)["holdings"]["portfolio_metadata"]["last_updated"]


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
    answered = ask(app, cookie, query)
    assert answered.status == 400
    assert answered.json["detail"]


def test_known_etag_returns_304(app: App, cookie: str, noon: StoppedClock, linked_plaid: LinkedSource) -> None:
    answered = ask(app, cookie)
    assert answered.headers["cache-control"] == "private, no-store"
    again = ask(app, cookie, headers={"if-none-match": answered.headers["etag"]})
    assert (again.status, again.text) == (304, "")
    app.control(linked_plaid, "trade", silent=True)
    refresh(app, cookie, noon)
    assert ask(app, cookie, headers={"if-none-match": answered.headers["etag"]}).status == 200


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
