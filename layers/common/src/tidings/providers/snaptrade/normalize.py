"""Normalize the positions and balances of one SnapTrade account to rows with their possible readings."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from tidings.currencies import ONE, asset_type, is_currency, major_unit
from tidings.decimals import product, sum_known
from tidings.holdings import Holding
from tidings.model import NO_CURRENCY
from tidings.providers.bonds import read_bond
from tidings.providers.readings import Row, plain_row
from tidings.providers.snaptrade.options import read_option
from tidings.providers.snaptrade.schemas import Account, Balance, Position, Underlying
from tidings.providers.sweeps import count_funds_once

_TYPES = {
    "adr": "equity",
    "bond": "fixed_income",
    "cef": "closed_end_fund",
    "cfd": "derivative",
    "crypto": "crypto",
    "etf": "etf",
    "future": "derivative",
    "future_option": "option",
    "mutualfund": "mutual_fund",
    "option": "option",
    "stock": "equity",
    "tokenized": "crypto",
    "tokenized_asset": "crypto",
}
"""A tokenized share has the share's symbol: as a coin it never merges with the share."""
_OPTIONS = frozenset({"option", "future_option"})
_SETTLED_IN_CASH = frozenset({"cfd", "future"})
"""Their gains and losses are in the cash already, so the position itself is worth nothing more."""


def normalize_holdings(
    account: Account, positions: Sequence[Position], balances: Iterable[Balance], as_of: str | None, source_id: str
) -> list[Row]:
    """Normalize the positions, then the cash of each currency, in major units."""
    rows = [_read(account, position, as_of, source_id) for position in positions]
    rows += [plain_row(cash) for cash in _cash_rows(account, balances, as_of, source_id)]
    settled = count_funds_once(rows, included=True)
    return [row for row in settled if not _is_empty(row)]


def _is_empty(row: Row) -> bool:
    """Whether the row is cash of 0 that has no other reading."""
    return row.documented is not None and row.documented.is_cash and not row.documented.value


def _read(account: Account, position: Position, as_of: str | None, source_id: str) -> Row:
    instrument = position.instrument
    underlying = instrument.underlying or Underlying()
    code = position.currency or instrument.currency or underlying.currency
    currency, unit = major_unit(code or NO_CURRENCY)
    position = position.model_copy(
        update={"price": product(position.price, unit), "cost_basis": product(position.cost_basis, unit)}
    )
    row = _holding(account, position, currency, as_of, source_id)
    if instrument.kind in _OPTIONS:
        return read_option(row, position)
    if instrument.kind in _SETTLED_IN_CASH:
        return plain_row(replace(row, value=None, cost_basis=None))
    if instrument.kind == "bond":
        return read_bond(row, has_unit_cost=True)
    return plain_row(row)._replace(is_fund=bool(position.cash_equivalent))


def _holding(account: Account, position: Position, currency: str, as_of: str | None, source_id: str) -> Holding:
    instrument = position.instrument
    is_future = instrument.kind == "future"
    return Holding(
        ticker=instrument.symbol or instrument.raw_symbol,
        name=instrument.description,
        type=_TYPES.get(instrument.kind or "", "other"),
        quantity=position.units,
        price=position.price,
        price_as_of=None if position.price is None else as_of,
        value=product(position.units, position.price),
        cost_basis=product(position.units, position.cost_basis),
        currency=currency,
        account_id=account.id,
        account_name=account.name,
        institution=account.institution_name,
        provider="snaptrade",
        source_id=source_id,
        exchange=instrument.exchange,
        security_id=instrument.id,
        raw_symbol=instrument.raw_symbol,
        maturity=instrument.expiration_date if is_future else None,
        multiplier=instrument.multiplier if is_future else None,
    )


def _cash_rows(account: Account, balances: Iterable[Balance], as_of: str | None, source_id: str) -> Iterable[Holding]:
    """Return one row for each currency. A code of no currency names an asset, valued in itself."""
    amounts: dict[str, list[Decimal | None]] = {}
    for balance in balances:
        currency, unit = major_unit(balance.currency or NO_CURRENCY)
        if balance.cash is not None:
            amounts.setdefault(currency, []).append(product(balance.cash, unit))
    for currency, several in amounts.items():
        amount = sum_known(several)
        if amount or is_currency(currency):
            yield _cash(account, currency, amount, as_of, source_id)


def _cash(account: Account, currency: str, amount: Decimal, as_of: str | None, source_id: str) -> Holding:
    is_money = is_currency(currency) or currency == NO_CURRENCY
    return Holding(
        ticker=f"CUR:{currency}" if is_money else currency,
        name=None,
        type="cash" if is_money else asset_type(currency),
        quantity=amount,
        price=ONE,
        price_as_of=as_of,
        value=amount,
        cost_basis=None,
        currency=currency,
        account_id=account.id,
        account_name=account.name,
        institution=account.institution_name,
        provider="snaptrade",
        source_id=source_id,
        is_cash=is_money,
    )
