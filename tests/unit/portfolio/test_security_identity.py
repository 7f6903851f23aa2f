"""What identifies a row, and the public keys of its instrument."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.unit.portfolio.security_rows import BY_TICKER, FULL
from tidings.holdings import Holding, Option
from tidings.portfolio.securities import SecurityMatcher, public_keys

NAMELESS = replace(FULL, ticker=None, isin=None, cusip=None, exchange=None)
CONTRACT = Option("AAPL", "call", Decimal("300.0"), "2028-01-21", Decimal(1), Decimal(100))


@pytest.mark.parametrize(
    ("row", "identity"),
    [
        (replace(FULL, ticker="CUR:CAD", is_cash=True), ("cash", "CUR:CAD", "USD")),
        (replace(FULL, option=CONTRACT), ("option", "AAPL", "call", "3E+2", "2028-01-21", "1E+2", "USD")),
        (replace(FULL, type="crypto", ticker="btc-USD"), ("crypto", "BTC", "USD")),
        (replace(FULL, type="crypto", ticker="BTC/USD"), ("crypto", "BTC", "USD")),
        (replace(FULL, type="crypto", ticker=None, security_id="s"), ("id", "plaid", "crypto", "s", "USD")),
        (
            replace(FULL, type="derivative", ticker="ES", maturity="2026-12-18", multiplier=Decimal(50)),
            ("contract", "ES", "US", "2026-12-18", "5E+1", "USD"),
        ),
        (replace(FULL, type="derivative", ticker="ES", exchange=None), ("contract", "ES", "", "", "", "USD")),
        (replace(FULL, type="option", ticker=None, security_id="s"), ("id", "plaid", "derivative", "s", "USD")),
        (FULL, ("isin", "US0378331005", "USD")),
        (replace(FULL, type="fixed_income"), ("isin", "US0378331005", "USD")),
        (replace(FULL, isin=None), ("cusip", "037833100", "USD")),
        (BY_TICKER, ("ticker", "AAPL", "US", "USD")),
        (replace(BY_TICKER, exchange=None), ("ticker", "AAPL", "", "USD")),
        (
            replace(BY_TICKER, type="fixed_income", maturity="2033-11-15", coupon=Decimal("4.50")),
            ("bond", "AAPL", "2033-11-15", "4.5", "USD"),
        ),
        (
            replace(BY_TICKER, type="fixed_income", maturity="2033-11-15", security_id="s"),
            ("id", "snaptrade", "bond", "s", "USD"),
        ),
        (
            replace(BY_TICKER, type="fixed_income", coupon=Decimal("4.5"), security_id="s"),
            ("id", "snaptrade", "bond", "s", "USD"),
        ),
        (replace(NAMELESS, security_id="s"), ("id", "plaid", "security", "s", "USD")),
        (NAMELESS, ("row", "plaid", "i", "a", "Apple Inc.", "USD")),
        (replace(NAMELESS, name=None), ("row", "plaid", "i", "a", "", "USD")),
    ],
)
def test_identity_says_by_what_row_was_identified(row: Holding, identity: tuple[str, ...]) -> None:
    assert SecurityMatcher([]).identity(row) == identity


@pytest.mark.parametrize(
    ("row", "keys"),
    [
        (replace(FULL, option=CONTRACT), ["AAPL call 3E+2 2028-01-21"]),
        (replace(FULL, type="crypto", ticker="BTC-USD"), ["crypto BTC"]),
        (replace(FULL, type="crypto", ticker=None), []),
        (replace(FULL, type="derivative", ticker="ES", maturity="2026-12-18"), ["contract ES US 2026-12-18  USD"]),
        (replace(FULL, type="derivative", ticker=None), []),
        (FULL, ["isin US0378331005", "cusip 037833100", "ticker AAPL"]),
        (replace(FULL, cusip=None), ["isin US0378331005", "cusip 037833100", "ticker AAPL"]),
        (replace(FULL, cusip="123456789"), ["isin US0378331005", "cusip 123456789", "ticker AAPL"]),
        (replace(FULL, cusip=None, isin="CA0378331005"), ["isin CA0378331005", "cusip 037833100", "ticker AAPL"]),
        (replace(FULL, cusip=None, isin="DE0007164600"), ["isin DE0007164600", "ticker AAPL"]),
        (BY_TICKER, ["ticker AAPL"]),
        (NAMELESS, []),
    ],
)
def test_public_keys_are_all_that_names_the_instrument(row: Holding, keys: list[str]) -> None:
    assert public_keys(row) == keys
