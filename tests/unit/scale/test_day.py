"""One simulated day: what it counts, what its limits refuse, and that a seed gives the same day."""

from dataclasses import asdict, replace
from functools import cache

import numpy as np
import pytest

from benchmarks.scale import users
from benchmarks.scale.checks import play_checks
from benchmarks.scale.costs import monthly_lines
from benchmarks.scale.day import Day, Simulation
from benchmarks.scale.parameters import AFTER, BEFORE, RAISED, Behaviour, Limits, Times, Workload
from benchmarks.scale.units import FLOWS, Unit, Units

UNIT = Unit(2, 2, 1, 1, 1, 1, 0, 1, 5, 500, 300)
UNITS = Units({}, dict.fromkeys(FLOWS, UNIT), 5000, 800, dict.fromkeys(FLOWS, 200.0))


@cache
def played(users_count: int = 200, behaviour: Behaviour = AFTER, limits: Limits = RAISED) -> Day:
    return Simulation(Workload(users_count), behaviour, limits, UNITS).play()


def test_seed_gives_the_same_day() -> None:
    again = Simulation(Workload(200), AFTER, RAISED, UNITS).play()
    assert asdict(again) == asdict(played())


def test_day_counts_each_users_webhooks_and_polls() -> None:
    day = played()
    assert day.counts["webhook_plaid"] == day.counts["webhook_snaptrade"] == 200
    hidden = 10 * round(22 * 3600 / AFTER.hidden_poll_s)
    assert day.counts["poll"] == 200 * 24 + hidden
    assert day.counts["holdings"] == 400
    assert 200 <= day.counts["refresh"] <= 400


def test_hidden_tabs_and_schedule_cost_more_before() -> None:
    before, after = played(behaviour=BEFORE), played()
    assert before.counts["poll"] - after.counts["poll"] == 10 * (264 - 44)
    assert before.counts["check"] == 96 * 400
    assert after.counts["check"] <= 3 * 400


def test_banner_of_an_open_page_appears_within_a_poll_interval() -> None:
    day = played()
    assert 0 < day.banner_open.p50 < day.banner_open.longest <= 1.1 * 300 + 1


def test_provider_limit_makes_users_wait() -> None:
    generous, scarce = played(1000), played(1000, limits=replace(RAISED, snaptrade_per_minute=25))
    assert generous.waits["snaptrade"].users == 0
    assert scarce.waits["snaptrade"].users > 0
    assert scarce.counts["refresh_refused"] > 0
    assert scarce.peaks["snaptrade_served_per_minute"] <= 20
    assert scarce.waits["plaid"].users == 0


def test_throttled_polls_are_refused_and_delay_the_banner() -> None:
    free, throttled = played(1000), played(1000, limits=replace(RAISED, route_rate=2.0, route_burst=2.0))
    assert throttled.throttled["poll"] > 0
    assert throttled.counts["poll"] == throttled.counts["poll_requests"] - throttled.throttled["poll"]
    assert throttled.open_share <= free.open_share


def test_first_update_of_two_is_fetched_together_with_a_later_one_before_the_click() -> None:
    workload = Workload(1, think_s=1e-9)
    polls = np.array([[100.0, 400.0, 700.0]])
    generator = np.random.default_rng(1)
    both = users.show_banners(workload, np.array([[50.0], [60.0]]), polls, generator)
    assert np.isfinite(both.clicks).sum() == 1
    apart = users.show_banners(workload, np.array([[500.0], [60.0]]), polls, generator)
    assert apart.shown_at.ravel().tolist() == [700.0, 100.0]
    assert np.isfinite(apart.clicks).sum() == 2


def test_update_after_the_last_poll_is_seen_at_the_next_days_first() -> None:
    polls = np.array([[100.0, 400.0]])
    shown = users.show_banners(Workload(1), np.array([[500.0], [401.0]]), polls, np.random.default_rng(1)).shown_at
    assert shown.ravel().tolist() == [100.0 + 86_400] * 2


def test_reconciler_that_sends_everything_overtakes_itself() -> None:
    checks = play_checks(Workload(1_000_000, runs=1, day_s=900), BEFORE, Limits(), Times(), 0.02)
    assert checks.messages == 2_000_000
    assert checks.unfinished > 0
    assert checks.paging_s > 900


def test_every_line_grows_with_the_users_and_cost_per_user_falls() -> None:
    small, large = (monthly_lines(played(count), UNITS, AFTER) for count in (200, 1000))
    fixed = {"our own metrics in use", "traces"}
    for one, other in zip(small, large, strict=True):
        assert one.what in fixed or 0 < one.count < other.count or one.count == other.count == 0, one.what
    assert sum(line.dollars for line in large) / 1000 < sum(line.dollars for line in small) / 200


@pytest.mark.parametrize(("calls", "price"), [(1000.0, 1.0), (20_000_000.0, 0.95)])
def test_api_price_falls_beyond_three_hundred_million_a_month(calls: float, price: float) -> None:
    counts = {"poll": calls, "holdings": 0, "refresh": 0, "refresh_refused": 0}
    day = replace(played(), counts=played().counts | counts)
    line = next(line for line in monthly_lines(day, UNITS, AFTER) if line.what == "requests to the API")
    assert line.price == pytest.approx(price)
