"""Evaluate EventBridge cron expressions, which are in UTC: minutes, hours, day of month, month, day of week, year."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from local.errors import LocalCloudError

_DAYS = {name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), 1)}
_MONTHS = {
    name: number
    for number, name in enumerate("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(), 1)  # noqa: SIM905
}
_FIELDS: Sequence[tuple[str, range, Mapping[str, int]]] = (
    ("minutes", range(60), {}),
    ("hours", range(24), {}),
    ("day of month", range(1, 32), {}),
    ("month", range(1, 13), _MONTHS),
    ("day of week", range(1, 8), _DAYS),
    ("year", range(1970, 2200), {}),
)
_PART = re.compile(r"(?P<first>\*|\?|\w+)(-(?P<last>\w+))?(/(?P<step>\d+))?")
_SEARCHED_DAYS = 1500
"""More than four years, so that a 29th of February is found."""


@dataclass(frozen=True)
class Cron:
    """A parsed expression: the values that each field allows. The days of the week count from Sunday, which is 1."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    years: frozenset[int]

    @classmethod
    def parse(cls, expression: str) -> "Cron":
        """Parse `cron(…)`. Raises LocalCloudError if the expression is malformed or uses L, W or #."""
        inner = re.fullmatch(r"cron\((.*)\)", expression)
        fields = inner[1].split() if inner else []
        if len(fields) != len(_FIELDS):
            raise LocalCloudError(f"{expression} is no cron expression of six fields")
        return cls(*(_values(text, *field) for text, field in zip(fields, _FIELDS, strict=True)))

    def next_after(self, now: datetime) -> datetime | None:
        """Return the first matching minute after an instant; None if there is none within four years."""
        start = now.astimezone(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
        for number in range(_SEARCHED_DAYS):
            day = start.replace(hour=0, minute=0) + timedelta(days=number)
            if not self._has_day(day):
                continue
            for hour in sorted(self.hours):
                for minute in sorted(self.minutes):
                    found = day.replace(hour=hour, minute=minute)
                    if found >= start:
                        return found
        return None

    def _has_day(self, day: datetime) -> bool:
        weekday = day.isoweekday() % 7 + 1
        return day.day in self.days and day.month in self.months and weekday in self.weekdays and day.year in self.years


def _values(text: str, name: str, allowed: range, names: Mapping[str, int]) -> frozenset[int]:
    return frozenset(value for part in text.split(",") for value in _part_values(part, name, allowed, names))


def _part_values(part: str, name: str, allowed: range, names: Mapping[str, int]) -> range:
    parsed = _PART.fullmatch(part)
    if parsed is None:
        raise LocalCloudError(f"the {name} {part!r} of a cron expression is not supported locally")
    step = int(parsed["step"] or 1)
    if parsed["first"] in {"*", "?"}:
        return allowed[::step]
    first = _number(parsed["first"], name, allowed, names)
    if parsed["last"]:
        return range(first, _number(parsed["last"], name, allowed, names) + 1, step)
    return range(first, allowed.stop, step) if parsed["step"] else range(first, first + 1)


def _number(text: str, name: str, allowed: range, names: Mapping[str, int]) -> int:
    number = names.get(text, int(text) if text.isdecimal() else -1)
    if number not in allowed:
        raise LocalCloudError(f"the {name} {text!r} of a cron expression is not supported locally")
    return number
