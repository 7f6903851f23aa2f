"""Recognize Plaid's cash, and the currency that it is in."""

import re
from dataclasses import replace
from decimal import Decimal

from tidings import holdings
from tidings.currencies import ONE, asset_type, is_currency, major_unit
from tidings.decimals import product
from tidings.providers.plaid.schemas import Security

_CODE = re.compile(r"(?:CUR:)?([A-Za-z]{3,5})")


def cash_code(security: Security, currency: str) -> str | None:
    """Return the code that the security is cash of. `is_cash_equivalent` can't tell: Plaid sets it for Dogecoin."""
    ticker = security.ticker_symbol or ""
    named = _CODE.fullmatch(ticker)
    if security.type == "cash" and (not ticker or (named and major_unit(named[1])[0] == currency)):
        return named[1] if named else currency
    return named[1] if named and ticker.startswith("CUR:") and security.type != "cryptocurrency" else None


def read_cash(row: holdings.Holding, code: str) -> holdings.Holding:
    """Return the row of an amount of money. A code of no currency names an asset, which is no cash."""
    currency, unit = major_unit(code)
    plain = replace(row, cost_basis=None, exchange=None, isin=None, cusip=None)
    if not is_currency(currency):
        return replace(plain, ticker=currency, type=asset_type(currency))
    cash = replace(plain, ticker=f"CUR:{currency}", type="cash", is_cash=True)
    if currency != row.currency and _is_valued_in(row):
        return replace(cash, quantity=product(row.quantity, unit), price=_price(row, unit))
    amount = product(row.quantity, unit) if currency != row.currency or row.value is None else row.value
    return replace(cash, quantity=amount, price=ONE, value=amount, currency=currency)


def _is_valued_in(row: holdings.Holding) -> bool:
    """Whether foreign cash has a value in the row's currency. A price of 1 only repeats the amount."""
    return row.value is not None and row.value != row.quantity


def _price(row: holdings.Holding, unit: Decimal) -> Decimal | None:
    return row.price if unit == ONE else None
