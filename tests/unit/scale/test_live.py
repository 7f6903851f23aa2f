"""What live updates change about a day: fewer polls, tickets and connections, and a bill of their own."""

from dataclasses import replace

import pytest

from benchmarks.scale.day import Day
from benchmarks.scale.live import LiveDay, LiveTimes, monthly_dollars
from benchmarks.scale.parameters import AFTER, Workload
from benchmarks.scale.units import FLOWS, Unit, Units

FREE = Unit(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
UNITS = Units({}, dict.fromkeys(FLOWS, FREE), 0, 0, dict.fromkeys(FLOWS, 0.0))
DAY = Day(100, "after", counts={"refresh": 120.0}, open_share=0.1, environments=6.0, cold={"poll": 9, "refresh": 1})


def live_day(session_s: float = 3600.0, **times: float) -> LiveDay:
    return LiveDay.from_day(DAY, Workload(100, session_s=session_s), LiveTimes(**times))


def test_open_page_polls_at_its_beginnings_its_interval_and_for_each_nudge() -> None:
    day = live_day()
    nudges = 0.1 * 200 + 2 * 120  # webhooks that find the page open, and both sources of each refresh
    assert (day.delivered, day.changes) == (nudges, 200 + 2 * 120)
    assert day.polls == 200 * (1 + 2 + 1) + nudges
    assert (day.polls_before, day.polls_after) == (12.0, day.polls / 200)


def test_short_visit_connects_once() -> None:
    assert live_day(session_s=1800.0).connections == 200
    assert live_day(session_s=3600.0).connections == 400
    assert live_day(session_s=3600.0, renew_s=4000.0).connections == 200


def test_live_function_has_as_many_environments_as_the_average_function_and_at_least_one() -> None:
    assert live_day().environments == 3.0
    assert LiveDay.from_day(replace(DAY, environments=1.5), Workload(100)).environments == 1.0


def test_each_line_costs_its_count_times_the_list_price() -> None:
    live = {"announce": FREE, "live_ticket": replace(FREE, write_units=1.0), "live_authorizer": FREE}
    lines = monthly_dollars(live_day(), UNITS, live, replace(AFTER, access_log_bytes=0))  # type: ignore[arg-type]
    per_ticket = 1.0 + 0.2 + 0.625
    assert lines["tickets"] == pytest.approx(30 * 400 * per_ticket / 1e6)
    assert lines["connections: authorizer and AppSync"] == pytest.approx(30 * 400 * (2 * 0.2 + 2 * 1.0) / 1e6)
    assert lines["minutes of connections"] == pytest.approx(30 * 60 * 200 * 0.08 / 1e6)
    publishing = 0.2 + 13.3334 * 0.005 * 0.5 + 1.0
    assert lines["announcing changes"] == pytest.approx(30 * 440 * publishing / 1e6)
    assert lines["delivering nudges"] == pytest.approx(30 * 260 / 1e6)
    assert lines["calls of Secrets Manager"] == pytest.approx(30 * 4 * 3 * 288 * 5.0 / 1e6), "four secrets in all"
    assert lines["polls"] < 0
