"""Collect the published exchange rates on a schedule: fetch a source's file, and store what is new in it."""

import time
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from tidings import clock, observability, settings
from tidings.concurrency import limit_time, remaining_s
from tidings.errors import ProviderError, TidingsError
from tidings.exchange_rates.protocol import RateSource
from tidings.exchange_rates.rates import DayRates
from tidings.exchange_rates.sources import SOURCES
from tidings.observability import emit_count, log_info, log_warning
from tidings.store import exchange_rates
from tidings.store.exchange_rates import StoredRates

TIME_LIMIT_S = 57.0
"""For one run. The function is killed after 60 s."""

_COMPARED_DAYS = 100
"""More than the sources' files have, so that a day is only new if it is not stored."""

_Stored = Mapping[date, StoredRates]


def handle(_event: object, context: Any) -> None:  # noqa: ANN401 - the runtime's own class
    """Handle the schedule's event."""
    with observability.invocation(context), limit_time(TIME_LIMIT_S):
        if not settings.exchange_rates():
            return
        try:
            _collect_all(clock.utc_date(clock.now_ms()))
        except Exception as error:
            if not isinstance(error, TidingsError):
                observability.log_exception(error)
            raise  # Lambda repeats the run, and counts it as failed


def _collect_all(today: date) -> None:
    stored = exchange_rates.read_days(today - timedelta(days=_COMPARED_DAYS), today)
    for source in SOURCES:
        own = {rates.day: rates for rates in stored if rates.source == source.NAME}
        newest = today if today in own else _collect(source, own)
        emit_count("ExchangeRatesAge", _age(newest, today), source=source.NAME)


def _collect(source: RateSource, stored: _Stored) -> date | None:
    """Store what the source's file has and the table has not. Returns the newest day that is then stored."""
    try:
        fetched = source.fetch_days(time.monotonic() + remaining_s())
    except ProviderError as error:
        log_warning("exchange rates not fetched", source=source.NAME, problem=error.slug)  # the next run fetches again
        emit_count("ExchangeRatesFailed", source=source.NAME)
        return max(stored, default=None)
    added = exchange_rates.insert_days(_new_rows(fetched, stored), clock.now_ms())
    log_info("exchange rates fetched", source=source.NAME, days=len(fetched), added=added)
    return max([*stored, *(rates.day for rates in fetched)])


def _new_rows(fetched: Iterable[DayRates], stored: _Stored) -> Iterable[StoredRates]:
    """Return a row for each new day, and a further one for each day that the source has revised."""
    for rates in fetched:
        known = stored.get(rates.day)
        if known is None:
            yield StoredRates(rates.day, rates.source, 1, rates.per_euro)
        elif known.rates != rates.per_euro:
            log_info("exchange rates revised", source=rates.source, day=rates.day.isoformat())
            yield StoredRates(rates.day, rates.source, known.revision + 1, rates.per_euro)


def _age(newest: date | None, today: date) -> int:
    return (today - newest).days if newest else _COMPARED_DAYS
