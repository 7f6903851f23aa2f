"""A history's text says the same as the objects from which it is written, whatever is missing."""

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import simplejson
from hypothesis import given
from hypothesis import strategies as st

from tests.support.fakes.exchange_rates import book, check_total
from tidings import clock
from tidings.exchange_rates.conversion import Conversion, DatedAmount, convert
from tidings.exchange_rates.rates import RateBook
from tidings.portfolio import timeline
from tidings.portfolio.history_text import PointWriter, history_text
from tidings.portfolio.timeline import Point
from tidings.store.history import StoredHistory
from tidings.store.observations import DayObservation, ObservedAccount, SourceId

DAY = date(2026, 4, 2)
DAY_MS = 86_400_000
MIDNIGHT = 1_775_088_000_000
BOOK = book(d2026_03_26={"USD": "1.07", "ZAR": "19.54"}, d2026_04_02={"USD": "1.0823", "GBP": "0.8513"})
SOURCES: list[SourceId] = [("plaid", 'item "1"'), ("snaptrade", "é")]
values = st.decimals(min_value=-(10**12), max_value=10**12, allow_nan=False, allow_infinity=False)
amounts = st.builds(
    DatedAmount,
    st.sampled_from(["EUR", "USD", "GBP", "GBX", "ZAR", "HRK", "BTC", 'a"b']),
    st.sampled_from([date(2026, 3, 1), date(2026, 4, 1), DAY, date(2026, 4, 9)]),
    values,
)
observations = st.builds(
    lambda source, late, accounts: DayObservation(
        DAY - timedelta(days=late // DAY_MS + 1), source, MIDNIGHT - late - 1, None, accounts
    ),
    st.sampled_from(SOURCES),
    st.integers(0, 3 * DAY_MS),
    st.just(()),
)


def read(text: str) -> Any:  # noqa: ANN401 - JSON
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)


@given(
    st.lists(amounts, max_size=8),
    st.lists(observations, max_size=2, unique_by=lambda one: one.source),
    st.sampled_from(["EUR", "USD", "GBP", "AED"]),
    st.sampled_from([BOOK, RateBook([]), RateBook([], "rates_off")]),
)
def test_point_is_written_as_its_objects(
    dated: list[DatedAmount], observed: list[DayObservation], to: str, rates: RateBook
) -> None:
    writer = PointWriter(SOURCES, Conversion(to, rates))
    text = history_text([], [writer.write(Point(DAY, observed, part)) for part in (dated, [])], [])
    written, empty = read(text)["points"]
    began = {one.source: clock.iso(one.began_at) for one in observed}
    expected = {
        "date": DAY.isoformat(),
        "totals_by_currency": timeline.totals_by_currency(dated),
        "converted_total": convert(dated, to, rates),
        "as_of": [began.get(source) for source in SOURCES],
        "complete": all(one.day == DAY for one in observed),
    }
    assert written == read(simplejson.dumps(expected, use_decimal=True))
    assert list(written) == list(expected)
    check_total(written["converted_total"], written["totals_by_currency"])
    assert empty["converted_total"]["value"] == 0


@given(st.lists(st.dictionaries(st.sampled_from(["EUR", "USD"]), values, max_size=2), min_size=1, max_size=4))
def test_stored_accounts_count_as_loaded_ones(held: list[dict[str, Decimal]]) -> None:
    stored = [{"key": str(number), "values": {code: str(one[code]) for code in one}} for number, one in enumerate(held)]
    loaded = [ObservedAccount(str(number), one, MIDNIGHT) for number, one in enumerate(held)]
    as_stored = DayObservation(DAY, SOURCES[0], MIDNIGHT, None, (), stored)
    as_loaded = DayObservation(DAY, SOURCES[0], MIDNIGHT, None, loaded)
    [one], [other] = (timeline.draw_points(StoredHistory([form], []), DAY) for form in (as_stored, as_loaded))
    assert sorted(one.amounts) == sorted(other.amounts)


def test_stored_account_with_a_date_of_its_own_keeps_it() -> None:
    own_date = {"key": "a", "values": {"USD": "1"}, "as_of": MIDNIGHT - 1}
    plain = {"key": "b", "values": {"USD": "2"}}
    day = DayObservation(DAY, SOURCES[0], MIDNIGHT, None, (), [plain, own_date])
    [point] = timeline.draw_points(StoredHistory([day], []), DAY)
    yesterday = DAY - timedelta(days=1)
    assert sorted(point.amounts) == [DatedAmount("USD", yesterday, Decimal(1)), DatedAmount("USD", DAY, Decimal(2))]


def test_account_that_another_source_stores_too_counts_once() -> None:
    same = {"key": "a", "values": {"USD": "1"}, "same_as": ["b"]}
    plain = {"key": "b", "values": {"USD": "1"}}
    days = [
        DayObservation(DAY, source, MIDNIGHT, None, (), [one])
        for source, one in zip(SOURCES, (same, plain), strict=True)
    ]
    [point] = timeline.draw_points(StoredHistory(days, []), DAY)
    assert [one.amount for one in point.amounts] == [1]


def test_sums_stay_exact_beyond_the_digits_of_plain_decimals() -> None:
    stored = [{"key": str(number), "values": {"USD": text}} for number, text in enumerate(["1E+30", "1E-30"])]
    day = DayObservation(DAY, SOURCES[0], MIDNIGHT, None, (), stored)
    [point] = timeline.draw_points(StoredHistory([day], []), DAY)
    assert point.amounts[0].amount == Decimal("1000000000000000000000000000000.000000000000000000000000000001")


def test_sources_and_events_are_written_without_spaces() -> None:
    text = history_text([{"id": "a", "n": 1}, None], ["{}", "[]"], [{"b": [1, 2]}])
    assert text == '{"sources":[{"id":"a","n":1},null],"points":[{},[]],"events":[{"b":[1,2]}]}'
