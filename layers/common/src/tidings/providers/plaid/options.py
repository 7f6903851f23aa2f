"""Read a Plaid option: its terms, and whether its quantity counts shares or contracts.

Plaid documents shares ("typically the number of contracts multiplied by 100"); some institutions send contracts.
The institution's value divided by its price is the number of shares. Without both, only the account's total can tell.
"""

from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from tidings import holdings
from tidings.currencies import HUNDREDTH
from tidings.decimals import product, ratio, whole_quotient
from tidings.providers import occ_symbol
from tidings.providers.plaid.schemas import OptionContract
from tidings.providers.readings import Reading, Row, plain_row

_OPTION_TYPES = frozenset({"derivative", "other"})
"""Types of securities whose ticker may be an option's symbol, although Plaid sends no contract."""
_STANDARD = Decimal(100)
_SMALLEST = Decimal(10)
"""The fewest shares of a contract (a mini option's)."""
_LARGEST = Decimal(1000)
_CLOSE = (Decimal("0.8"), Decimal("1.25"))
"""A price may be older than the value beside it."""
_SHARES = "The quantity that the broker states counts shares."
_CONTRACTS = "The quantity that the broker states counts contracts of 100 shares."


class _Count(NamedTuple):
    """The signed shares, contracts and multiplier, as far as they are known, and the price per share."""

    shares: Decimal | None
    contracts: Decimal | None
    multiplier: Decimal | None
    price: Decimal | None


def read_option(row: holdings.Holding, contract: OptionContract | None) -> Row | None:
    """Return the row as an option's, or None if its terms are unknown."""
    if row.type not in _OPTION_TYPES and contract is None:
        return None
    terms = _terms(contract, row.ticker)
    if terms is None:
        return None
    if row.quantity is None:
        return plain_row(_option_row(row, terms, _Count(None, None, None, row.price)))
    certain = _count_by_value(row.quantity, row.price, row.value)
    if certain is not None:
        return plain_row(_option_row(row, terms, certain))
    contracts = _as_contracts(row.quantity, _STANDARD, row.price)
    shares = _as_shares(row.quantity, row.price)
    if shares.contracts is None or not row.quantity:
        return plain_row(_option_row(row, terms, contracts))
    if row.value is not None or row.price is None:
        return plain_row(_option_row(row, terms, shares))
    return Row("options", (_reading("shares", row, terms, shares), _reading("contracts", row, terms, contracts)))


def _reading(name: str, row: holdings.Holding, terms: holdings.Option, count: _Count) -> Reading:
    holding = _option_row(row, terms, count)
    return Reading(name, holding, holding.value, _SHARES if name == "shares" else _CONTRACTS)


def _terms(contract: OptionContract | None, ticker: str | None) -> holdings.Option | None:
    fields = contract or OptionContract.model_construct()
    return occ_symbol.complete_terms(
        ticker,
        kind=fields.contract_type,
        strike=fields.strike_price,
        expiry=fields.expiration_date,
        underlying=fields.underlying_security_ticker,
    )


def _count_by_value(quantity: Decimal, price: Decimal | None, value: Decimal | None) -> _Count | None:
    """Count the shares from value and price; None if one is unknown or 0, or if they fit no way of counting."""
    if not quantity or not price or not value:
        return None
    per_unit = ratio(value, quantity) / price.copy_abs()
    if _is_close(per_unit, _STANDARD):
        return _as_contracts(quantity, _STANDARD, price)
    if _SMALLEST <= per_unit <= _LARGEST and per_unit == per_unit.to_integral_value():
        return _as_contracts(quantity, per_unit.normalize() + 0, price)
    if not _is_close(per_unit, Decimal(1)):
        return None
    if whole_quotient(quantity, _SMALLEST) is None and whole_quotient(quantity, Decimal(1)) is not None:
        return _as_contracts(quantity, _STANDARD, product(price, HUNDREDTH))  # the price was per contract
    return _as_shares(quantity, price)


def _is_close(found: Decimal, expected: Decimal) -> bool:
    low, high = _CLOSE
    return low * expected <= found <= high * expected


def _as_shares(quantity: Decimal, price: Decimal | None) -> _Count:
    """Contracts are whole; other shares than those of whole standard contracts are of contracts that are unknown."""
    contracts = whole_quotient(quantity, _STANDARD)
    return _Count(quantity, contracts, None if contracts is None else _STANDARD, price)


def _as_contracts(quantity: Decimal, multiplier: Decimal, price: Decimal | None) -> _Count:
    return _Count(product(quantity, multiplier), quantity, multiplier, price)


def _option_row(row: holdings.Holding, terms: holdings.Option, count: _Count) -> holdings.Holding:
    option = replace(terms, contracts=count.contracts, multiplier=count.multiplier)
    return replace(
        row,
        ticker=occ_symbol.compact_occ_symbol(row.ticker, option),
        type="option",
        quantity=count.shares,
        price=count.price,
        value=product(count.shares, count.price) if row.value is None else row.value,
        exchange=None,
        option=option,
    )
