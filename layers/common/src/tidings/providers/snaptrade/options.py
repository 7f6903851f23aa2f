"""Read a SnapTrade option: its terms, and whether its units count contracts or shares.

SnapTrade documents contracts. Units that are no whole number of contracts' shares can't be shares.
"""

from dataclasses import replace
from decimal import Decimal

from tidings.decimals import product, whole_quotient
from tidings.holdings import Holding, Option
from tidings.providers import occ_symbol
from tidings.providers.readings import Reading, Row, plain_row
from tidings.providers.snaptrade.schemas import Instrument, Position, Underlying

_STANDARD_MULTIPLIER = Decimal(100)
_CONTRACTS = "The units that the broker states count contracts."
_SHARES = "The units that the broker states count shares."


def read_option(row: Holding, position: Position) -> Row:
    """Return the row as an option's, or with its units as they are if the terms are unknown."""
    terms = _terms(position.instrument)
    if terms is None:
        return plain_row(_unknown_option(row, position))
    multiplier = terms.multiplier
    contracts = _option_row(row, replace(terms, contracts=position.units), position)
    if multiplier is None or not position.units or contracts.value is None:
        return plain_row(contracts)
    whole = whole_quotient(position.units, multiplier)
    if whole is None or multiplier == 1:
        return plain_row(contracts)
    shares = _option_row(row, replace(terms, contracts=whole), position)
    return Row(
        "options",
        (
            Reading("contracts", contracts, contracts.value, _CONTRACTS),
            Reading("shares", shares, shares.value, _SHARES),
        ),
    )


def _terms(instrument: Instrument) -> Option | None:
    underlying = instrument.underlying or Underlying()
    return occ_symbol.complete_terms(
        instrument.symbol,
        kind=instrument.option_type,
        strike=instrument.strike_price,
        expiry=instrument.expiration_date,
        underlying=underlying.raw_symbol or underlying.symbol,
        root=instrument.root_symbol,
        multiplier=_multiplier(instrument),
    )


def _multiplier(instrument: Instrument) -> Decimal | None:
    """Only contracts of listed options have a usual multiplier; that of a future's option depends on the future."""
    usual = _STANDARD_MULTIPLIER if instrument.kind == "option" else None
    return instrument.multiplier if instrument.multiplier is not None and instrument.multiplier > 0 else usual


def _option_row(row: Holding, option: Option, position: Position) -> Holding:
    shares = product(option.contracts, option.multiplier)
    is_listed = position.instrument.kind == "option"
    return replace(
        row,
        ticker=occ_symbol.compact_occ_symbol(row.ticker, option) if is_listed else row.ticker,
        quantity=shares,
        value=product(shares, position.price),
        cost_basis=product(shares, position.cost_basis),
        exchange=None if is_listed else row.exchange,
        option=option,
    )


def _unknown_option(row: Holding, position: Position) -> Holding:
    """Value an option without terms by its multiplier. Without a multiplier its worth is unknown."""
    multiplier = _multiplier(position.instrument)
    return replace(
        row,
        multiplier=multiplier,
        value=product(position.units, position.price, multiplier),
        cost_basis=product(position.units, position.cost_basis, multiplier),
    )
