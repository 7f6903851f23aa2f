"""Normalize the positions and balances of one SnapTrade account to Holdings."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Literal

from tidings.decimals import difference, product
from tidings.model import NO_CURRENCY, Holding, Option
from tidings.providers import occ_symbol
from tidings.providers.snaptrade.schemas import Account, Balance, Instrument, Position, Underlying

_STANDARD_MULTIPLIER = Decimal(100)
_KINDS: dict[str, Literal["call", "put"]] = {"call": "call", "put": "put"}
_TYPES = {
    "adr": "equity",
    "bond": "fixed_income",
    "cef": "closed_end_fund",
    "cfd": "derivative",
    "crypto": "crypto",
    "etf": "etf",
    "future": "derivative",
    "future_option": "derivative",
    "mutualfund": "mutual_fund",
    "option": "option",
    "stock": "equity",
}


def normalize_holdings(
    account: Account, positions: Sequence[Position], balances: Iterable[Balance], as_of: str | None, source_id: str
) -> list[Holding]:
    """Normalize the positions, then the cash that is not among them. An option's quantity is in shares."""
    rows = [_holding(account, position, as_of, source_id) for position in positions]
    held = list(zip(positions, rows, strict=True))
    for balance in balances:
        amount = _cash_without_funds(balance, held)
        if amount:
            rows.append(_cash(account, balance.currency or NO_CURRENCY, amount, as_of, source_id))
    return rows


def _holding(account: Account, position: Position, as_of: str | None, source_id: str) -> Holding:
    instrument = position.instrument
    base = Holding(
        ticker=instrument.symbol or instrument.raw_symbol,
        name=instrument.description,
        type=_TYPES.get(instrument.kind or "", "other"),
        quantity=Decimal(0) if position.units is None else position.units,
        price=position.price,
        price_as_of=None if position.price is None else as_of,
        value=product(position.units, position.price),
        cost_basis=product(position.units, position.cost_basis),
        currency=position.currency or instrument.currency or NO_CURRENCY,
        account_id=account.id,
        account_name=account.name,
        institution=account.institution_name,
        provider="snaptrade",
        source_id=source_id,
        exchange=instrument.exchange,
    )
    option = _option(instrument, position.units)
    return base if option is None else _with_option(base, option, position)


def _option(instrument: Instrument, units: Decimal | None) -> Option | None:
    """Read the option's terms from the instrument's fields, or from its OCC symbol where a field is missing."""
    if instrument.kind != "option" or units is None:
        return None
    occ = occ_symbol.parse_occ_symbol(instrument.symbol)
    underlying = instrument.underlying or Underlying()
    name = underlying.raw_symbol or underlying.symbol or (occ.root if occ else None)
    kind = _KINDS.get((instrument.option_type or "").lower(), occ.kind if occ else None)
    strike = occ.strike if instrument.strike_price is None and occ else instrument.strike_price
    expiry = instrument.expiration_date or (occ.expiry if occ else None)
    if name is None or kind is None or strike is None or expiry is None:
        return None
    return Option(name, kind, strike, expiry, units, instrument.multiplier or _STANDARD_MULTIPLIER)


def _with_option(base: Holding, option: Option, position: Position) -> Holding:
    quantity = product(option.contracts, option.multiplier)
    return replace(
        base,
        ticker=occ_symbol.compact_occ_symbol(base.ticker, option),
        quantity=base.quantity if quantity is None else quantity,
        value=product(quantity, position.price),
        cost_basis=product(quantity, position.cost_basis),
        exchange=None,
        option=option,
    )


def _cash_without_funds(balance: Balance, positions: Iterable[tuple[Position, Holding]]) -> Decimal | None:
    """Subtract the money-market funds that the cash includes: they have rows of their own."""
    amount = balance.cash
    if amount is None:
        return None
    for position, row in positions:
        if position.cash_equivalent and row.value is not None and row.currency == (balance.currency or NO_CURRENCY):
            amount = difference(amount, row.value)
    return amount


def _cash(account: Account, currency: str, amount: Decimal, as_of: str | None, source_id: str) -> Holding:
    return Holding(
        ticker=f"CUR:{currency}",
        name=None,
        type="cash",
        quantity=amount,
        price=Decimal(1),
        price_as_of=as_of,
        value=amount,
        cost_basis=None,
        currency=currency,
        account_id=account.id,
        account_name=account.name,
        institution=account.institution_name,
        provider="snaptrade",
        source_id=source_id,
        is_cash=True,
    )
