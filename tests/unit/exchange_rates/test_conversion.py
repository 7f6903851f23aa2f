"""The converted total can be repeated from what is returned, whatever is missing."""

from datetime import date
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.fakes.exchange_rates import book, check_total, day_rates
from tidings.api.portfolio_types import ConvertedTotal
from tidings.exchange_rates.conversion import DatedAmount, convert
from tidings.exchange_rates.rates import RateBook

BOOK = book(
    d2026_04_01={"USD": "1.0712", "GBP": "0.8533", "JPY": "163.45", "ZAR": "19.54"},
    d2026_04_02={"USD": "1.0823", "GBP": "0.8513", "JPY": "164.10"},
)
DAY = date(2026, 4, 2)
values = st.decimals(min_value=-(10**12), max_value=10**12, allow_nan=False, allow_infinity=False, places=9)
amounts = st.builds(
    DatedAmount,
    st.sampled_from(["EUR", "USD", "GBP", "GBX", "JPY", "ZAR", "HRK", "BTC", "TWD"]),
    st.sampled_from([date(2026, 3, 1), date(2026, 4, 1), DAY, date(2026, 4, 6), date(2026, 4, 9)]),
    values,
)
targets = st.sampled_from(["EUR", "USD", "JPY", "ZAR", "AED"])


def by_currency(dated: list[DatedAmount]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for currency, _, amount in dated:
        sums[currency] = sums.get(currency, Decimal(0)) + amount
    return sums


def convert_one(currency: str, amount: str, to: str = "EUR", rates: RateBook = BOOK) -> ConvertedTotal:
    return convert([DatedAmount(currency, DAY, Decimal(amount))], to, rates)


@given(st.lists(amounts, max_size=12), targets)
def test_total_can_be_repeated_and_loses_nothing(dated: list[DatedAmount], to: str) -> None:
    check_total(convert(dated, to, BOOK), by_currency(dated))


@given(st.lists(amounts, max_size=12), targets, st.integers(0, 1000))
def test_order_of_amounts_does_not_matter(dated: list[DatedAmount], to: str, seed: int) -> None:
    shuffled = list(dated)
    Random(seed).shuffle(shuffled)
    assert convert(shuffled, to, BOOK) == convert(dated, to, BOOK)


@given(st.lists(amounts, max_size=6), st.lists(amounts, max_size=6), targets)
def test_parts_add_up_but_for_rounding(one: list[DatedAmount], other: list[DatedAmount], to: str) -> None:
    whole, *parts = (convert(dated, to, BOOK)["value"] for dated in (one + other, one, other))
    if whole is not None and None not in parts:
        unit = Decimal(1) if to == "JPY" else Decimal("0.01")
        assert abs(whole - sum(part for part in parts if part is not None)) <= unit


@given(st.lists(amounts, max_size=8), targets, st.sampled_from(["1.2", "0.5"]))
def test_total_can_be_repeated_after_a_revision(dated: list[DatedAmount], to: str, revised: str) -> None:
    later = RateBook([day_rates("2026-04-01", USD="1.0712"), day_rates("2026-04-02", USD=revised, GBP="0.8513")])
    check_total(convert(dated, to, later), by_currency(dated))


def test_revised_rate_changes_the_total_and_its_evidence() -> None:
    before, after = (convert_one("USD", "100", rates=book(d2026_04_02={"USD": rate})) for rate in ("1.25", "2"))
    assert (before["value"], after["value"]) == (Decimal("80.00"), Decimal("50.00"))
    assert [one["rates"][0]["legs"][0]["per_euro"] for one in (before, after)] == [Decimal("1.25"), Decimal(2)]


def test_entry_has_the_whole_evidence() -> None:
    assert convert_one("USD", "1000", "GBP") == {
        "currency": "GBP",
        "value": Decimal("786.57"),
        "rates": [
            {
                "from": "USD",
                "to": "GBP",
                "amount": Decimal(1000),
                "rate": Decimal("0.786565647233"),
                "date": "2026-04-02",
                "source": "ecb",
                "legs": [
                    {"currency": "USD", "per_euro": Decimal("1.0823"), "source": "ecb"},
                    {"currency": "GBP", "per_euro": Decimal("0.8513"), "source": "ecb"},
                ],
            }
        ],
        "unconverted": {},
        "stale": False,
        "partial": False,
        "reason": None,
    }


def test_amounts_of_two_days_have_a_rate_each() -> None:
    total = convert([DatedAmount("USD", day, Decimal(100)) for day in (DAY, date(2026, 4, 1), DAY)], "EUR", BOOK)
    assert [one["date"] for one in total["rates"]] == ["2026-04-01", "2026-04-02"]
    assert [one["amount"] for one in total["rates"]] == [Decimal(100), Decimal(200)]


def test_sum_is_rounded_once() -> None:
    """Two halves of a cent make a cent; each rounded by itself would make none."""
    halves = [DatedAmount("EUR", DAY, Decimal("0.005")), DatedAmount("HRK", DAY, Decimal("0.03767250"))]
    assert convert(halves, "EUR", BOOK)["value"] == Decimal("0.01")


@pytest.mark.parametrize(("amount", "value"), [("0.125", "0.12"), ("0.135", "0.14"), ("-0.125", "-0.12")])
def test_tie_rounds_to_even(amount: str, value: str) -> None:
    assert convert_one("EUR", amount)["value"] == Decimal(value)


@pytest.mark.parametrize(("to", "value"), [("JPY", "1516"), ("USD", "10.00"), ("KWD", "10.000")])
def test_total_has_the_decimals_of_its_currency(to: str, value: str) -> None:
    currency = to if to == "KWD" else "USD"
    assert str(convert_one(currency, "10", to)["value"]) == value


def test_amount_without_rate_stays_and_makes_the_total_partial() -> None:
    total = convert([DatedAmount("BTC", DAY, Decimal("0.5")), DatedAmount("EUR", DAY, Decimal(10))], "EUR", BOOK)
    assert (total["value"], total["unconverted"]) == (Decimal("10.00"), {"BTC": Decimal("0.5")})
    assert (total["partial"], total["reason"]) == (True, None)


def test_old_rate_makes_the_total_stale() -> None:
    ages = [convert([DatedAmount("USD", date(2026, 4, day), Decimal(1))], "EUR", BOOK)["stale"] for day in (7, 8)]
    assert ages == [False, True]


def test_one_old_rate_of_several_makes_the_total_stale() -> None:
    old, new = DatedAmount("USD", date(2026, 4, 8), Decimal(1)), DatedAmount("USD", DAY, Decimal(1))
    assert convert([old, new], "EUR", BOOK)["stale"] is convert([new, old], "EUR", BOOK)["stale"] is True


def test_unconverted_amounts_are_summed_in_order_of_their_codes() -> None:
    left = [DatedAmount(code, DAY, Decimal(amount)) for code, amount in (("TWD", 2), ("BTC", 0), ("TWD", 3))]
    for order in (left, left[::-1]):
        total = convert(order, "EUR", BOOK)
        assert list(total["unconverted"].items()) == [("BTC", Decimal(0)), ("TWD", Decimal(5))]
        assert (total["partial"], total["reason"]) == (True, "no_rates")


def test_nothing_of_a_currency_without_rate_needs_no_rate() -> None:
    for rates in (BOOK, RateBook([], "rates_off")):
        total = convert_one("TWD", "0", rates=rates)
        assert (total["value"], total["unconverted"]) == (Decimal(0), {"TWD": Decimal(0)})
        assert (total["partial"], total["reason"]) == (False, None)


def test_largest_total_is_exact_to_its_last_decimal() -> None:
    amounts = [DatedAmount("EUR", DAY, Decimal("9.9e30")), DatedAmount("EUR", DAY, Decimal("0.01"))]
    assert convert(amounts, "EUR", BOOK)["value"] == Decimal("9900000000000000000000000000000.01")


@pytest.mark.parametrize(
    ("to", "rates", "reason"),
    [
        ("AED", BOOK, "currency_without_rates"),
        ("EUR", RateBook([]), "no_rates"),
        ("EUR", RateBook([], "rates_off"), "rates_off"),
        ("EUR", RateBook([], "rates_unavailable"), "rates_unavailable"),
    ],
)
def test_no_total_has_a_reason(to: str, rates: RateBook, reason: str) -> None:
    total = convert_one("USD", "10", to, rates)
    assert (total["value"], total["reason"]) == (None, reason)
    assert total["unconverted"] == {"USD": Decimal(10)}
    assert total["rates"] == []


def test_missing_rates_leave_no_part_of_a_total() -> None:
    """A part that needs no conversion is not shown as the total while the rates can't be read."""
    both = [DatedAmount("EUR", DAY, Decimal(5)), DatedAmount("USD", DAY, Decimal(10))]
    assert convert(both, "EUR", RateBook([], "rates_unavailable"))["value"] is None


@pytest.mark.parametrize("reason", [None, "rates_off", "rates_unavailable"])
@pytest.mark.parametrize("currency", ["EUR", "AED"])
def test_amounts_in_the_wanted_currency_need_no_rates(currency: str, reason: str | None) -> None:
    total = convert_one(currency, "10", currency, RateBook([], reason))
    assert (total["value"], total["partial"], total["reason"]) == (Decimal("10.00"), False, None)
    [entry] = total["rates"]
    assert (entry["rate"], entry["date"], entry["source"]) == (Decimal(1), None, None)
    assert entry["legs"] == []


def test_nothing_held_is_zero() -> None:
    assert convert([], "EUR", BOOK)["value"] == 0
