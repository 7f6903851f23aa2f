"""Arithmetic that rounds nothing, and what is let in from the wire."""

from decimal import Decimal, Inexact
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidings.decimals import (
    difference,
    exact_quotient,
    is_bounded,
    product,
    ratio,
    sum_if_all_known,
    sum_if_any_known,
    sum_known,
    whole_quotient,
)
from tidings.errors import UnusableResponse
from tidings.providers import schema_types
from tidings.providers.schema_types import Amount, Flag, IsoDate, Payload, Text

DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=12)


class Example(Payload):
    amount: Amount = None
    text: Text = None
    flag: Flag = None
    day: IsoDate = None


@given(DECIMALS, DECIMALS, DECIMALS)
def test_decimal_products_and_differences_are_exact(a: Decimal, b: Decimal, c: Decimal) -> None:
    multiplied = product(a, b, c)
    assert multiplied is not None
    assert Fraction(multiplied) == Fraction(a) * Fraction(b) * Fraction(c)
    assert Fraction(difference(a, b)) == Fraction(a) - Fraction(b)


def test_inexact_product_is_error() -> None:
    with pytest.raises(Inexact):
        product(*[Decimal("1." + "3" * 59)] * 10)


def test_unknown_factor_makes_product_unknown() -> None:
    assert product(Decimal(2), None) is None


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        (None, None),
        (3, Decimal(3)),
        ("10.50", Decimal("10.50")),
        (Decimal("1e-7"), Decimal("1e-7")),
        ("-0", Decimal(0)),
    ],
)
def test_amount_is_parsed_exactly(written: object, amount: Decimal | None) -> None:
    assert schema_types.parse_payload(Example, {"amount": written}).amount == amount


@pytest.mark.parametrize(
    "written", [True, 1.5, "", "ten", "NaN", "Infinity", "1e31", "1e-31", "1" * 61, "0e99999", [], {}, "1,5"]
)
def test_invalid_amount_fails_response_without_quoting(written: object) -> None:
    with pytest.raises(UnusableResponse) as failure:
        schema_types.parse_payload(Example, {"amount": written})
    assert failure.value.detail == "The provider's response has invalid fields: amount"


@pytest.mark.parametrize(
    "bounded",
    ["1e30", "-9.9e30", "1e-30", "9" * 31, "9" * 30 + "." + "9" * 30, "1." + "0" * 59, "0e60", "0e-60", "0", "-0"],
)
def test_amount_within_bounds_is_accepted(bounded: str) -> None:
    assert is_bounded(Decimal(bounded))


@pytest.mark.parametrize(
    "unbounded",
    ["1e31", "-1e31", "9.9e-31", "1." + "0" * 60, "0e61", "0e-61", "NaN", "sNaN", "Infinity", "-Infinity"],
)
def test_amount_beyond_bounds_is_refused(unbounded: str) -> None:
    assert not is_bounded(Decimal(unbounded))


def test_sum_of_products_of_four_bounded_amounts_is_exact() -> None:
    large, small = Decimal("1e29"), Decimal("1." + "0" * 29 + "1e-30")
    assert is_bounded(large)
    assert is_bounded(small)
    total = sum_known([product(large, large, large, large), product(small, small, small, small)])
    assert Fraction(total) == Fraction(large) ** 4 + Fraction(small) ** 4


def test_sum_of_nothing_is_zero() -> None:
    assert sum_known([]) == sum_known([None]) == sum_if_all_known([]) == Decimal(0)
    assert str(sum_known([Decimal("0.00")])) == "0"
    assert sum_if_any_known([]) is sum_if_any_known([None]) is None
    assert sum_if_any_known([None, Decimal(0)]) == Decimal(0)
    assert sum_if_all_known([Decimal(1), None]) is None


@pytest.mark.parametrize(("dividend", "divisor", "quotient"), [("1", "8", "0.125"), ("-6", "3", "-2"), ("0", "7", "0")])
def test_quotient_with_end_is_exact(dividend: str, divisor: str, quotient: str) -> None:
    assert exact_quotient(Decimal(dividend), Decimal(divisor)) == Decimal(quotient)


@pytest.mark.parametrize(
    ("dividend", "divisor", "quotient"), [("200", "100", 2), ("0", "100", 0), ("150", "100", None), ("1", "0", None)]
)
def test_whole_quotient_is_known_only_if_whole(dividend: str, divisor: str, quotient: int | None) -> None:
    assert whole_quotient(Decimal(dividend), Decimal(divisor)) == quotient


def test_ratio_has_no_sign_and_many_digits() -> None:
    assert abs(ratio(Decimal(-2), Decimal(3)) - Decimal(2) / 3) < Decimal("1e-15")


@pytest.mark.parametrize(
    ("text", "flag", "day"),
    [(5, "true", "tomorrow"), ([], 1, 20260101), ("  ", {}, "2026-02-30"), ("", None, None)],
)
def test_malformed_optional_field_is_dropped(text: object, flag: object, day: object) -> None:
    assert schema_types.parse_payload(Example, {"text": text, "flag": flag, "day": day, "unknown": 1}) == Example()


def test_parsed_text_is_writable() -> None:
    read = schema_types.parse_payload(Example, {"text": " \ud800é ", "flag": False, "day": "2026-09-22T10:00:00Z"})
    assert (read.text, read.flag, read.day) == ("?é", False, "2026-09-22")


@pytest.mark.parametrize("body", [None, [], "text", 5])
def test_non_object_response_is_unusable(body: object) -> None:
    with pytest.raises(UnusableResponse):
        schema_types.parse_payload(Example, body)


@given(DECIMALS, DECIMALS.filter(bool))
def test_exact_quotient_is_exact_or_unknown(dividend: Decimal, divisor: Decimal) -> None:
    quotient = exact_quotient(dividend, divisor)
    assert quotient is None or Fraction(quotient) == Fraction(dividend) / Fraction(divisor)
    whole = whole_quotient(dividend, divisor)
    assert whole is None or Fraction(whole).denominator == 1
    assert float(ratio(dividend, divisor)) == pytest.approx(abs(float(Fraction(dividend) / Fraction(divisor))))


@pytest.mark.parametrize(("dividend", "divisor"), [("1", "3"), ("1", "0"), ("0", "0")])
def test_quotient_without_exact_result_is_unknown(dividend: str, divisor: str) -> None:
    assert exact_quotient(Decimal(dividend), Decimal(divisor)) is None
