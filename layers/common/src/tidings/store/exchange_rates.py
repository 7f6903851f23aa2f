"""Store exchange rates: one row for each day, source and revision. Rows are only added, and never expire.

All rows share one partition, so that one Query reads any days with all their revisions.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from tidings import settings
from tidings.store.conditional_writes import ConditionLost, translate_read_errors, write
from tidings.store.tables import Row

_BASE = "EUR"


class ExchangeRate(Row):
    """The rates of one day. `base`: the currency of which 1 buys `rates`, a JSON object of verbatim decimal texts.

    `entry`: `<day>#<source>#<revision>`, the revision in four digits from 0001.
    """

    class Meta:
        table_name = settings.table("EXCHANGE_RATES")

    base = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)
    rates = UnicodeAttribute()
    stored_at = NumberAttribute()


class StoredRates(NamedTuple):
    """The newest revision of a day's rates of one source."""

    day: date
    source: str
    revision: int
    rates: Mapping[str, str]


def read_days(first: date, last: date) -> list[StoredRates]:
    """Read the newest revisions of these days, eventually consistent. Raises StoreUnavailable."""
    newest: dict[tuple[str, str], tuple[int, str]] = {}
    with translate_read_errors():
        for row in ExchangeRate.query(_BASE, ExchangeRate.entry.between(first.isoformat(), f"{last.isoformat()}$")):
            day, source, revision = row.entry.split("#")
            newest[day, source] = (int(revision), row.rates)  # rows come in the order of their entries
    return [
        StoredRates(date.fromisoformat(day), source, revision, json.loads(rates))
        for (day, source), (revision, rates) in newest.items()
    ]


def insert_days(days: Iterable[StoredRates], now_ms: int) -> int:
    """Insert rows; return how many. One that exists is left as it is. Raises StoreUnavailable."""
    return sum(_insert(rates, now_ms) for rates in days)


def _insert(rates: StoredRates, now_ms: int) -> bool:
    row = ExchangeRate(
        _BASE,
        f"{rates.day.isoformat()}#{rates.source}#{rates.revision:04d}",
        rates=json.dumps(dict(rates.rates), separators=(",", ":")),
        stored_at=now_ms,
    )
    try:
        write(lambda: row.save(ExchangeRate.entry.does_not_exist()))
    except ConditionLost:
        return False  # another run stored it at the same time
    return True
