"""Draw the history from observations alone: no point is interpolated, and none is valued anew.

A day's point is what the stored holdings said at its end: what was fetched that day, and each other source's last
observation with its own date. A day without a fetch has no point.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from tidings.clock import DAY_MS, utc_date
from tidings.decimals import ZERO, add, exactly
from tidings.exchange_rates.conversion import DatedAmount
from tidings.store.history import Removal, StoredHistory
from tidings.store.observations import DayObservation, ObservedAccount, SourceId, plain_values


class Point(NamedTuple):
    """The portfolio at the end of a day. `observed`: the newest observation of each source, in the sources' order.

    `amounts`: the sums by currency and date of their data.
    """

    day: date
    observed: Sequence[DayObservation]
    amounts: Sequence[DatedAmount]


def totals_by_currency(amounts: Iterable[DatedAmount]) -> dict[str, Decimal]:
    """Return the sums by currency, sorted."""
    totals: dict[str, Decimal] = {}
    for currency, _, amount in amounts:
        totals[currency] = add(totals[currency], amount) if currency in totals else amount
    return {currency: totals[currency] for currency in sorted(totals)}


_day = attrgetter("day")
_Found = tuple[DayObservation, ObservedAccount]
_Link = tuple[SourceId, int | None]


class SourceEvent(NamedTuple):
    """A source that was added or removed, at an instant in ms. It is no gain and no loss."""

    is_addition: bool
    source: SourceId
    at: int


def draw_points(history: StoredHistory, first: date) -> list[Point]:
    """Draw a point for each day from the first on that has an observation."""
    with exactly():
        return [
            Point(day, observed, _amounts(observed))
            for day, observed in _latest_by_day(history)
            if day >= first and any(one.day == day for one in observed)
        ]


def _latest_by_day(history: StoredHistory) -> Iterator[tuple[date, list[DayObservation]]]:
    """Yield what was known of each source at the end of each day."""
    latest: dict[SourceId, DayObservation] = {}
    order = sorted({one.source for one in history.days})
    ended = _ended_links(history.removals)
    for day, observations in groupby(sorted(history.days, key=_day), key=_day):
        latest.update([(one.source, one) for one in observations])
        if ended:
            latest = {source: one for source, one in latest.items() if not _has_ended(one, ended, day)}
        yield day, [latest[source] for source in order if source in latest]


def _amounts(observed: Sequence[DayObservation]) -> list[DatedAmount]:
    """Add by date and currency. The caller makes it exact (`exactly`)."""
    parts: Mapping[int, Mapping[str, Iterable[Decimal | str]]] = plain_values(observed) or _counted_values(observed)
    return [
        DatedAmount(currency, on, sum(map(Decimal, values), ZERO))
        for on, by_currency in [(utc_date(day * DAY_MS), parts[day]) for day in parts]
        for currency, values in by_currency.items()
    ]


def _counted_values(observed: Sequence[DayObservation]) -> dict[int, dict[str, list[Decimal]]]:
    parts: dict[int, dict[str, list[Decimal]]] = {}
    for account in _counted(observed):
        by_currency = parts.setdefault(account.as_of // DAY_MS, {})
        for currency, value in account.values.items():
            by_currency.setdefault(currency, []).append(value)
    return parts


def list_events(history: StoredHistory) -> list[SourceEvent]:
    """List when the sources of points were added and removed, in order."""
    links = {(one.source, one.linked_at) for one in history.days}
    added = [SourceEvent(True, source, at) for source, at in links if at is not None]
    removed = [
        SourceEvent(False, one.source, one.at) for one in history.removals if (one.source, one.linked_at) in links
    ]
    return sorted([*added, *removed], key=lambda event: (event.at, event.source))


def _ended_links(removals: Iterable[Removal]) -> dict[_Link, date]:
    return {(removal.source, removal.linked_at): utc_date(removal.at) for removal in removals}


def _has_ended(observation: DayObservation, ended: Mapping[_Link, date], day: date) -> bool:
    """Whether the link under which this was observed ended by the end of the day. No clocks are compared."""
    ended_on = ended.get((observation.source, observation.linked_at))
    return ended_on is not None and ended_on <= day


def _counted(observed: Sequence[DayObservation]) -> list[ObservedAccount]:
    """Count every real account once: what can be read, then the newest rows, then the first source."""
    found = [(one, account) for one in observed for account in one.load_accounts()]
    if not any(account.same_as for _, account in found):
        return [account for _, account in found]
    return [min(group, key=_precedence)[1] for group in _groups(found)]


def _precedence(found: _Found) -> tuple[bool, int, SourceId]:
    observation, account = found
    return not account.is_readable, -account.as_of, observation.source


def _groups(every: Iterable[_Found]) -> list[list[_Found]]:
    """Group accounts as the newer of their observations says. Two accounts of one source are never the same."""
    newest_first = sorted(every, key=lambda place: (-place[0].began_at, place[0].source))
    found = {account.key: (one, account) for one, account in newest_first}
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
