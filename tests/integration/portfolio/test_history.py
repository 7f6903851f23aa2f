"""GET /holdings/history: what was observed, on the days on which it was."""

from typing import Any

import pytest

from tests.integration.portfolio.observed_days import (
    DAY_S,
    connect,
    move_prices,
    read_history,
    read_points,
    refresh,
    shown_totals,
    today,
)
from tests.support.drivers.app import App
from tests.support.drivers.second_connection import connect_again
from tests.support.fakes.clock import StoppedClock


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
