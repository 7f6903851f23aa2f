"""Which day's rate counts, and what a cross rate is."""

from datetime import date, timedelta
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.simulators.ecb.target_days import is_target_day
from tests.support.fakes.exchange_rates import book, day_rates
from tidings.exchange_rates.rates import CrossRate, Leg, RateBook

DAY = date(2026, 4, 2)
rates = st.decimals(min_value="0.0001", max_value=100_000, places=4, allow_nan=False, allow_infinity=False)
currencies = st.sampled_from(["EUR", "USD", "JPY", "GBP", "HRK", "BGN"])


def find(rate_book: RateBook, from_code: str, to_code: str, on: str) -> CrossRate:
    found = rate_book.find_rate(from_code, to_code, date.fromisoformat(on))
    assert found is not None
    return found


@given(rates, rates, rates, currencies, currencies)
def test_rates_are_reciprocal(usd: Decimal, jpy: Decimal, gbp: Decimal, one: str, other: str) -> None:
    """Each way is rounded by itself, so the product differs from 1 by one part in 10^11 at most."""
    found = RateBook([day_rates("2026-04-02", USD=str(usd), JPY=str(jpy), GBP=str(gbp))])
    there, back = found.find_rate(one, other, DAY), found.find_rate(other, one, DAY)
    assert there is not None
    assert back is not None
    assert abs(there.rate * back.rate - 1) <= Decimal("1e-11")


@given(rates, rates)
def test_cross_rate_is_quotient_at_twelve_digits(usd: Decimal, jpy: Decimal) -> None:
    found = find(RateBook([day_rates("2026-04-02", USD=str(usd), JPY=str(jpy))]), "USD", "JPY", "2026-04-02")
    assert len(found.rate.as_tuple().digits) <= 12
    assert abs(found.rate * usd / jpy - 1) <= Decimal("5e-12")
    assert found.legs == (Leg("USD", usd, "ecb"), Leg("JPY", jpy, "ecb"))


def test_leg_of_the_euro_is_no_evidence() -> None:
    published = book(d2026_04_02={"USD": "1.25"})
    for one, other, rate in (("EUR", "USD", "1.25"), ("USD", "EUR", "0.8")):
        found = find(published, one, other, "2026-04-02")
        assert (found.rate, found.legs) == (Decimal(rate), (Leg("USD", Decimal("1.25"), "ecb"),))


def test_tie_at_the_thirteenth_digit_rounds_to_even() -> None:
    """1.000000000005 and 1.000000000015 are as far from both neighbours."""
    down = find(book(d2026_04_02={"USD": "1.0000000000050"}), "EUR", "USD", "2026-04-02")
    up = find(book(d2026_04_02={"USD": "1.000000000015"}), "EUR", "USD", "2026-04-02")
    assert (down.rate, up.rate) == (Decimal("1.00000000000"), Decimal("1.00000000002"))


def test_cross_rate_ignores_the_process_context() -> None:
    with localcontext() as context:
        context.prec = 3
        found = find(book(d2026_04_02={"USD": "1.0823", "GBP": "0.8513"}), "USD", "GBP", "2026-04-02")
    assert found.rate == Decimal("0.786565647233")


def test_same_currency_has_rate_one_without_source() -> None:
    assert find(RateBook([]), "USD", "USD", "2026-04-02") == CrossRate(Decimal(1))


@pytest.mark.parametrize(
    ("on", "day", "is_stale"),
    [
        ("2026-04-01", "2026-04-01", False),  # Wednesday
        ("2026-04-02", "2026-04-02", False),  # Thursday before Easter
        ("2026-04-07", "2026-04-02", False),  # the Tuesday after it, before publication: 5 days
        ("2026-04-08", "2026-04-02", True),  # 6 days
        ("2026-04-09", "2026-04-02", True),  # 7 days
        ("2026-04-10", None, False),  # 8 days
        ("2026-03-31", None, False),  # a later rate never counts for the past
    ],
)
def test_rate_is_of_the_day_or_the_last_earlier_one(on: str, day: str | None, is_stale: bool) -> None:
    found = book(d2026_04_02={"USD": "1.08"}, d2026_04_01={"USD": "1.07"}).find_rate(
        "USD", "EUR", date.fromisoformat(on)
    )
    assert (found.day.isoformat() if found and found.day else None) == day
    assert (found is not None and found.is_stale) == is_stale


@given(st.dates(date(2024, 1, 1), date(2034, 12, 31)))
def test_every_date_has_a_fresh_rate_while_the_ecb_publishes(on: date) -> None:
    """Christmas and Easter close TARGET for four days at most, so no rate is older than five."""
    days = (on - timedelta(days=age) for age in range(1, 10))
    found = RateBook(day_rates(day.isoformat(), USD="1.08") for day in days if is_target_day(day))
    rate = found.find_rate("USD", "EUR", on)
    assert rate is not None
    assert not rate.is_stale


def test_both_legs_are_of_one_day() -> None:
    """The pound was not published on the second day: a rate of two days would be nobody's."""
    found = find(
        book(d2026_04_01={"USD": "1.07", "GBP": "0.85"}, d2026_04_02={"USD": "1.08"}), "USD", "GBP", "2026-04-02"
    )
    assert found.day == date(2026, 4, 1)
    assert [leg.per_euro for leg in found.legs] == [Decimal("1.07"), Decimal("0.85")]


def test_suspended_currency_has_no_rate_after_a_week() -> None:
    days = book(d2026_04_01={"USD": "1.07", "TRY": "40"}, d2026_04_09={"USD": "1.08"})
    assert days.find_rate("TRY", "USD", date(2026, 4, 9)) is None
    assert days.find_rate("USD", "TRY", date(2026, 4, 9)) is None


@pytest.mark.parametrize("code", ["BTC", "TWD", "XXX", "GBX-", ""])
def test_code_without_rate_has_none(code: str) -> None:
    assert book(d2026_04_02={"USD": "1.08"}).find_rate(code, "EUR", DAY) is None


@pytest.mark.parametrize(
    ("code", "major"), [("GBX", "GBP"), ("GBp", "GBP"), ("ILA", "ILS"), ("ZAC", "ZAR"), ("ZAc", "ZAR")]
)
def test_minor_unit_is_a_hundredth(code: str, major: str) -> None:
    days = book(d2026_04_02={"USD": "1", "GBP": "0.8", "ILS": "4", "ZAR": "20"})
    minor, whole = (find(days, one, "USD", "2026-04-02") for one in (code, major))
    assert minor.rate * 100 == whole.rate
    assert minor.legs == whole.legs, "the source's figures are shown as they are"
    assert find(days, code, major, "2026-04-02") == CrossRate(Decimal("0.01"))


@pytest.mark.parametrize(("code", "per_euro"), [("HRK", "7.53450"), ("BGN", "1.95583")])
def test_replaced_currency_has_its_fixed_rate(code: str, per_euro: str) -> None:
    published = book(d2026_04_02={"USD": "1.08", code: "9"})
    to_euro = find(published, code, "EUR", "2026-04-02")
    assert (to_euro.day, to_euro.source, to_euro.legs) == (None, "fixed", (Leg(code, Decimal(per_euro), "fixed"),))
    to_dollar = find(published, code, "USD", "2026-04-02")
    assert (to_dollar.day, to_dollar.source) == (DAY, "ecb")
    assert [leg.source for leg in to_dollar.legs] == ["fixed", "ecb"]


def test_first_source_of_a_day_is_preferred() -> None:
    preferred, other = day_rates("2026-04-02", USD="1.08"), day_rates("2026-04-02", USD="2", GBP="0.8")
    found = RateBook([preferred, other])
    assert find(found, "USD", "EUR", "2026-04-02").legs == (Leg("USD", Decimal("1.08"), "ecb"),)
    assert find(found, "GBP", "USD", "2026-04-02").rate == Decimal("2.5")
