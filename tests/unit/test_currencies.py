"""Which codes are currencies, hundredths of one, or assets."""

from decimal import Decimal

import pytest

from tidings.currencies import asset_type, is_currency, major_unit, minor_digits

HUNDREDTH = Decimal("0.01")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("USD", ("USD", 1)),
        ("usd", ("USD", 1)),
        ("GBP", ("GBP", 1)),
        ("gbp", ("GBP", 1)),
        ("GBX", ("GBP", HUNDREDTH)),
        ("GBp", ("GBP", HUNDREDTH)),
        ("ILA", ("ILS", HUNDREDTH)),
        ("ZAC", ("ZAR", HUNDREDTH)),
        ("ZAc", ("ZAR", HUNDREDTH)),
        ("BTC", ("BTC", 1)),
        ("stEth", ("stEth", 1)),
    ],
)
def test_code_has_major_unit(code: str, expected: tuple[str, Decimal]) -> None:
    """A currency is written in capitals. An asset's code stays as it is."""
    assert major_unit(code) == expected


@pytest.mark.parametrize(
    ("code", "known"), [("CAD", True), ("cad", False), ("GBX", False), ("BTC", False), ("XXX", False)]
)
def test_only_iso_codes_are_currencies(code: str, known: bool) -> None:
    assert is_currency(code) is known


@pytest.mark.parametrize(("code", "kind"), [("CNH", "other"), ("JEP", "other"), ("BTC", "crypto"), ("DOGE", "crypto")])
def test_money_without_iso_code_is_no_coin(code: str, kind: str) -> None:
    assert asset_type(code) == kind


@pytest.mark.parametrize(("code", "digits"), [("USD", 2), ("JPY", 0), ("XPF", 0), ("BHD", 3), ("TND", 3), ("CLF", 4)])
def test_currency_has_its_decimals(code: str, digits: int) -> None:
    assert minor_digits(code) == digits
