"""Compare each limit with the load of the largest size: how many users reach it, and what moves it."""

from dataclasses import dataclass

from benchmarks.scale.day import Day
from benchmarks.scale.parameters import AFTER, BEFORE, Behaviour, Limits, Times
from benchmarks.scale.results import Days
from benchmarks.scale.units import Units

_MINUTES_OF_A_RUN = 15
_ITEMS_A_USER = 2


@dataclass(frozen=True)
class Wall:
    """A limit. `peak`: the load of `users`, in the limit's unit."""

    name: str
    limit: float
    peak: float
    users: int
    moves: str

    @property
    def reached_at(self) -> float:
        """Return how many users reach the limit, since the load grows with them."""
        return self.users * self.limit / self.peak


def walls(days: Days, units: Units, users: int) -> list[Wall]:
    """List every limit, the one that is reached first before the others."""
    day, before, limits = days["after", users], days["before", users], Limits()
    found = [
        Wall(
            "SnapTrade: calls a minute for refreshes",
            limits.user_share * limits.snaptrade_per_minute,
            day.peaks["snaptrade_wanted_per_minute"],
            users,
            "a higher limit by SnapTrade's contract, and `CALLS_PER_MINUTE` with it; until then users wait",
        ),
        Wall(
            "Plaid: calls a minute for refreshes",
            limits.user_share * limits.plaid_per_minute,
            day.peaks["plaid_wanted_per_minute"],
            users,
            "a higher limit by Plaid's contract, and `CALLS_PER_MINUTE` with it",
        ),
        _route("poll", "GET /pending-updates: requests a second", day, limits, users),
        _route("refresh", "POST /holdings/refresh: requests a second", day, limits, users),
        Wall(
            "reconciler before: checks in 15 minutes",
            _checks_a_run(BEFORE, units),
            float(_ITEMS_A_USER * users),
            users,
            "checking only what is due",
        ),
        Wall(
            "reconciler before: sending in 15 minutes",
            60.0 * _MINUTES_OF_A_RUN,
            before.checks.paging_s,
            users,
            "checking only what is due",
        ),
        Wall(
            "reconciler after: checks in 15 minutes",
            _checks_a_run(AFTER, units),
            day.counts["check"] / 96,
            users,
            "`BackgroundConcurrency`",
        ),
        Wall(
            "Lambda: the account's concurrent executions",
            float(limits.concurrency),
            day.peaks["concurrency"],
            users,
            "a quota request (Lambda, concurrent executions)",
        ),
        Wall(
            "DynamoDB: write units a second of a new table",
            limits.table_write_units,
            day.peaks["write_units_per_s"],
            users,
            "by itself, as traffic grows; warm throughput sets it ahead",
        ),
        Wall(
            "DynamoDB: read units a second of a new table",
            limits.table_read_units,
            day.peaks["read_units_per_s"],
            users,
            "by itself, as traffic grows; warm throughput sets it ahead",
        ),
        Wall(
            "DynamoDB: writes a second to a provider's counter of calls, one row",
            limits.partition_write_units,
            day.peaks["refresh_per_s"],
            users,
            "several counter rows per minute",
        ),
    ]
    return sorted(found, key=lambda wall: wall.reached_at)


def _route(name: str, title: str, day: Day, limits: Limits, users: int) -> Wall:
    moves = "`ApiRequestsPerSecond` and `ApiBurst`, up to the account's 10,000 a second"
    return Wall(title, limits.route_rate, day.peaks[f"{name}_per_s"], users, moves)


def _checks_a_run(behaviour: Behaviour, units: Units) -> float:
    """Return how many checks the reconciler's functions work through between two runs."""
    unit, times = units.flows["check"], Times()
    share = behaviour.memory_mb / behaviour.whole_cpu_mb
    service_s = unit.cpu_ms / 1000 / share + unit.calls * times.call_s
    return 60.0 * _MINUTES_OF_A_RUN * behaviour.background_concurrency / service_s
