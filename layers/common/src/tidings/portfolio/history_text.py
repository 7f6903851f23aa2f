"""Write a history as JSON: what `json` would write, in less than half the time. Two years have 40,000 values.

Amounts are exact decimals, written as numbers. Each rate's evidence is written once, and copied into each total.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache

from tidings.clock import DAY_MS
from tidings.exchange_rates.conversion import Conversion, Converted, UsedRate
from tidings.portfolio.timeline import Point, totals_by_currency
from tidings.store.observations import SourceId


class PointWriter:
    """Writes points (response_types.HistoryPoint). `sources`: in the order of the response."""

    def __init__(self, sources: Sequence[SourceId], conversion: Conversion) -> None:
        self._sources = sources
        self._conversion = conversion
        self._to = _text(conversion.to)
        self._around_amount: dict[UsedRate, tuple[str, str]] = {}

    def write(self, point: Point) -> str:
        day, observed, amounts = point
        as_of = {source: _instant(on, began_at) for on, source, began_at, *_ in observed}
        is_complete = all(one.day == day for one in observed)
        return (
            f'{{"date":"{day!s}",'
            f'"totals_by_currency":{_amounts(totals_by_currency(amounts))},'
            f'"converted_total":{self._total(self._conversion.convert(amounts))},'
            f'"as_of":[{",".join([as_of.get(source, "null") for source in self._sources])}],'
            f'"complete":{_boolean(is_complete)}}}'
        )

    def _total(self, total: Converted) -> str:
        value, rates, unconverted, is_stale, is_partial, reason = total
        return (
            f'{{"currency":{self._to},'
            f'"value":{"null" if value is None else str(value)},'
            f'"rates":[{",".join([self._entry(rate, amount) for rate, amount in rates])}],'
            f'"unconverted":{_amounts(unconverted)},'
            f'"stale":{_boolean(is_stale)},'
            f'"partial":{_boolean(is_partial)},'
            f'"reason":{_text(reason)}}}'
        )

    def _entry(self, used: UsedRate, amount: Decimal) -> str:
        around = self._around_amount.get(used)
        if around is None:
            around = self._around_amount[used] = self._write_around_amount(used)
        return f"{around[0]}{amount!s}{around[1]}"

    def _write_around_amount(self, used: UsedRate) -> tuple[str, str]:
        """Write the rate's entry (response_types.AppliedRate) as what precedes the amount and what follows it."""
        rate, _, source, legs, _ = used.found
        evidence = [
            f'{{"currency":{_text(currency)},"per_euro":{per_euro!s},"source":{_text(leg_source)}}}'
            for currency, per_euro, leg_source in legs
        ]
        day = f'"{used.day}"' if used.day else "null"
        return (
            f'{{"from":{_text(used.currency)},"to":{self._to},"amount":',
            f',"rate":{rate!s},"date":{day},"source":{_text(source)},"legs":[{",".join(evidence)}]}}',
        )


def history_text(sources: Iterable[object], points: Iterable[str], events: Iterable[object]) -> str:
    """Return the response (response_types.History) of these written points."""
    return f'{{"sources":{_compact([*sources])},"points":[{",".join(points)}],"events":{_compact([*events])}}}'


def _amounts(amounts: Mapping[str, Decimal]) -> str:
    return f"{{{','.join([f'{_text(currency)}:{amount!s}' for currency, amount in amounts.items()])}}}"


@lru_cache(maxsize=256)  # the same currencies and names, thousands of times
def _text(value: str | None) -> str:
    return json.dumps(value)


_MINUTES = [f"T{hour:02d}:{minute:02d}:" for hour in range(24) for minute in range(60)]
_SECONDS = [f"{second:02d}." for second in range(60)]
_MILLISECONDS = [f'{number:03d}Z"' for number in range(1000)]


def _instant(day: date, instant_ms: int) -> str:
    """Write an instant of the day (`clock.iso`). By tables: a history has thousands of different ones."""
    of_day = instant_ms % DAY_MS
    return f'"{day!s}{_MINUTES[of_day // 60_000]}{_SECONDS[of_day // 1000 % 60]}{_MILLISECONDS[of_day % 1000]}'


def _boolean(value: bool) -> str:
    return "true" if value else "false"


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
