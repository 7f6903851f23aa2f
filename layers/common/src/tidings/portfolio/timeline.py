"""Draw the history from observations alone: no point is interpolated, and none is valued anew.

A day's point is what the stored holdings said at its end: what was fetched that day, and the last observation of every
other source, each with its own date. A day without a fetch has no point.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from tidings.decimals import sum_known
from tidings.exchange_rates.conversion import DatedAmount
from tidings.store.history import DayObservation, ObservedAccount, Removal, SourceId, StoredHistory, utc_date


class Point(NamedTuple):
    """The portfolio at the end of a day. `observed`: the newest observation of each source; `accounts`: what counts."""

    day: date
    observed: tuple[DayObservation, ...]
    accounts: tuple[ObservedAccount, ...]

    @property
    def totals(self) -> dict[str, Decimal]:
        """Return the sums by currency."""
        values: dict[str, list[Decimal]] = {}
        for account in self.accounts:
            for currency, value in account.values.items():
                values.setdefault(currency, []).append(value)
        return {currency: sum_known(values[currency]) for currency in sorted(values)}

    @property
    def amounts(self) -> list[DatedAmount]:
        """Return the amounts by currency and date of their data."""
        values: dict[tuple[str, date], list[Decimal]] = {}
        for account in self.accounts:
            for currency, value in account.values.items():
                values.setdefault((currency, utc_date(account.as_of)), []).append(value)
        return [DatedAmount(currency, on, sum_known(parts)) for (currency, on), parts in values.items()]


class Event(NamedTuple):
    """A source that was added or removed, at an instant in ms. It is no gain and no loss."""

    is_addition: bool
    source: SourceId
    at: int


def draw_points(history: StoredHistory, first: date) -> Iterator[Point]:
    """Yield a point for each day from the first on that has an observation."""
    current: dict[SourceId, DayObservation] = {}
    removals = sorted(history.removals, key=lambda removal: removal.at)
    for day, observations in groupby(sorted(history.days, key=_order), key=lambda one: one.day):
        current.update((one.source, one) for one in observations)
        current = {source: one for source, one in current.items() if not _is_removed(one, removals, day)}
        if day >= first and any(one.day == day for one in current.values()):
            observed = tuple(current[source] for source in sorted(current))
            yield Point(day, observed, tuple(_counted(observed)))


def list_events(history: StoredHistory) -> list[Event]:
    """List when sources were added and removed, in order. A removal that was repeated counts once."""
    added = {Event(True, one.source, one.linked_at) for one in history.days if one.linked_at is not None}
    removed: list[Event] = []
    for removal in sorted(history.removals, key=lambda removal: removal.at):
        last = max((event.at for event in removed if event.source == removal.source), default=None)
        if any(_is_between(one, last, removal) for one in history.days):
            removed.append(Event(False, removal.source, removal.at))
    return sorted([*added, *removed], key=lambda event: (event.at, event.source))


def _order(observation: DayObservation) -> tuple[date, SourceId]:
    return observation.day, observation.source


def _is_removed(observation: DayObservation, removals: Sequence[Removal], day: date) -> bool:
    """Whether the source was removed after the observation, by the end of the day."""
    return any(
        removal.source == observation.source and removal.at >= observation.began_at and utc_date(removal.at) <= day
        for removal in removals
    )


def _is_between(observation: DayObservation, last: int | None, removal: Removal) -> bool:
    is_before = observation.began_at <= removal.at and (last is None or observation.began_at > last)
    return observation.source == removal.source and is_before


def _counted(observed: Iterable[DayObservation]) -> Iterator[ObservedAccount]:
    """Count every real account once: what can be read, then the newest rows."""
    accounts = {account.key: account for one in observed for account in one.accounts}
    if not any(account.same_as for account in accounts.values()):
        yield from accounts.values()
        return
    for group in _groups(accounts):
        yield min(group, key=lambda account: (not account.is_readable, -account.as_of, account.key))


def _groups(accounts: Mapping[str, ObservedAccount]) -> list[list[ObservedAccount]]:
    groups = {key: [account] for key, account in accounts.items()}
    for key, account in accounts.items():
        for other in account.same_as:
            if other in groups and groups[other] is not groups[key]:
                added = groups[other]
                groups[key] += added
                groups.update((one.key, groups[key]) for one in added)
    return list({id(group): group for group in groups.values()}.values())
