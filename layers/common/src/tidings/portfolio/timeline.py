"""Draw the history from observations alone: no point is interpolated, and none is valued anew.

A day's point is what the stored holdings said at its end: what was fetched that day, and each other source's last
observation with its own date. A day without a fetch has no point.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple, TypeVar

from tidings.decimals import add
from tidings.exchange_rates.conversion import DatedAmount
from tidings.store.history import DayObservation, ObservedAccount, Removal, SourceId, StoredHistory, utc_date


class Point(NamedTuple):
    """The portfolio at the end of a day. `observed`: the newest observation of each source; `accounts`: what counts."""

    day: date
    observed: tuple[DayObservation, ...]
    accounts: tuple[ObservedAccount, ...]

    @property
    def amounts(self) -> list[DatedAmount]:
        """Return the sums by currency and date of their data."""
        dated = ((utc_date(account.as_of), account.values) for account in self.accounts)
        sums = _sums(((currency, on), value) for on, values in dated for currency, value in values.items())
        return [DatedAmount(*place, amount) for place, amount in sums.items()]


def totals_by_currency(amounts: Iterable[DatedAmount]) -> dict[str, Decimal]:
    """Return the sums by currency, sorted."""
    totals = _sums((one.currency, one.amount) for one in amounts)
    return {currency: totals[currency] for currency in sorted(totals)}


K = TypeVar("K", bound=Hashable)


def _sums(values: Iterable[tuple[K, Decimal]]) -> dict[K, Decimal]:
    sums: dict[K, Decimal] = {}
    for key, value in values:
        sums[key] = add(sums[key], value) if key in sums else value
    return sums


_Found = tuple[DayObservation, ObservedAccount]
_Link = tuple[SourceId, int | None]


class SourceEvent(NamedTuple):
    """A source that was added or removed, at an instant in ms. It is no gain and no loss."""

    is_addition: bool
    source: SourceId
    at: int


def draw_points(history: StoredHistory, first: date) -> Iterator[Point]:
    """Yield a point for each day from the first on that has an observation."""
    current: dict[SourceId, DayObservation] = {}
    ended = _ended_links(history.removals)
    for day, observations in groupby(sorted(history.days, key=_order), key=attrgetter("day")):
        current.update((one.source, one) for one in observations)
        current = {source: one for source, one in current.items() if not _has_ended(one, ended, day)}
        if day >= first and any(one.day == day for one in current.values()):
            observed = tuple(current[source] for source in sorted(current))
            yield Point(day, observed, tuple(_counted(observed)))


def list_events(history: StoredHistory) -> list[SourceEvent]:
    """List when the sources of points were added and removed, in order."""
    links = {(one.source, one.linked_at) for one in history.days}
    added = [SourceEvent(True, source, at) for source, at in links if at is not None]
    removed = [
        SourceEvent(False, one.source, one.at) for one in history.removals if (one.source, one.linked_at) in links
    ]
    return sorted([*added, *removed], key=lambda event: (event.at, event.source))


def _order(observation: DayObservation) -> tuple[date, SourceId]:
    return observation.day, observation.source


def _ended_links(removals: Iterable[Removal]) -> dict[_Link, date]:
    return {(removal.source, removal.linked_at): utc_date(removal.at) for removal in removals}


def _has_ended(observation: DayObservation, ended: Mapping[_Link, date], day: date) -> bool:
    """Whether the link under which this was observed ended by the end of the day. No clocks are compared."""
    ended_on = ended.get((observation.source, observation.linked_at))
    return ended_on is not None and ended_on <= day


def _counted(observed: Sequence[DayObservation]) -> Iterator[ObservedAccount]:
    """Count every real account once: what can be read, then the newest rows, then the first source."""
    if not any(account.same_as for one in observed for account in one.accounts):
        yield from (account for one in observed for account in one.accounts)
        return
    for group in _groups(observed):
        yield min(group, key=_precedence)[1]


def _precedence(found: _Found) -> tuple[bool, int, SourceId]:
    observation, account = found
    return not account.is_readable, -account.as_of, observation.source


def _groups(observed: Iterable[DayObservation]) -> list[list[_Found]]:
    """Group accounts as the newer of their observations says. Two accounts of one source are never the same."""
    newest_first = sorted(observed, key=lambda one: (-one.began_at, one.source))
    found = {account.key: (one, account) for one in newest_first for account in one.accounts}
    groups = {key: [place] for key, place in found.items()}
    for key, (observation, account) in found.items():
        for other in account.same_as:
            if other in found and found[other][0].began_at <= observation.began_at:
                _unite(groups, key, other)
    return list({id(group): group for group in groups.values()}.values())


def _unite(groups: dict[str, list[_Found]], key: str, other: str) -> None:
    group, added = groups[key], groups[other]
    if {one.source for one, _ in group} & {one.source for one, _ in added}:
        return
    group += added
    groups.update((account.key, group) for _, account in added)
