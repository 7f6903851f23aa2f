"""Normalize one of Plaid's holdings, with its security and account, to a Holding."""

import re
from dataclasses import replace
from decimal import Decimal

from tidings import model
from tidings.decimals import is_multiple_of_100, product, quotient_by_100
from tidings.model import NO_CURRENCY
from tidings.providers import occ_symbol
from tidings.providers.plaid.schemas import Account, Holding, OptionContract, Security

_MULTIPLIER = Decimal(100)
_CURRENCY_TICKER = re.compile(r"(?:CUR:)?([A-Z]{3})")
_TYPES = {
    "cash": "cash",
    "cryptocurrency": "crypto",
    "derivative": "derivative",
    "equity": "equity",
    "etf": "etf",
    "fixed income": "fixed_income",
    "loan": "loan",
    "mutual fund": "mutual_fund",
}


def normalize_holdings(
    holding: Holding, security: Security, account: Account | None, source_id: str, institution: str | None
) -> model.Holding:
    """Normalize one holding. The value is the institution's own; an option's quantity is in shares, like its price."""
    base = _base(holding, security, account, source_id, institution)
    cash = _cash_currency(security, base.currency)
    if cash is not None:
        return _cash(base, cash)
    option = _option(security.option_contract, holding)
    return base if option is None else _with_option(base, option, holding)


def _base(
    holding: Holding, security: Security, account: Account | None, source_id: str, institution: str | None
) -> model.Holding:
    value = holding.institution_value
    return model.Holding(
        ticker=security.ticker_symbol,
        name=security.name,
        type=_TYPES.get(security.type or "", "other"),
        quantity=Decimal(0) if holding.quantity is None else holding.quantity,
        price=holding.institution_price,
        price_as_of=holding.institution_price_as_of or holding.institution_price_datetime,
        value=product(holding.quantity, holding.institution_price) if value is None else value,
        cost_basis=holding.cost_basis,
        currency=_currency(holding, security, account),
        account_id=holding.account_id,
        account_name=None if account is None else account.name or account.official_name,
        institution=institution,
        provider="plaid",
        source_id=source_id,
        exchange=security.market_identifier_code,
        isin=security.isin,
        cusip=security.cusip,
    )


def _currency(holding: Holding, security: Security, account: Account | None) -> str:
    for named in (holding, security, account and account.balances):
        code = named and (named.iso_currency_code or named.unofficial_currency_code)
        if code:
            return code
    return NO_CURRENCY


def _cash_currency(security: Security, currency: str) -> str | None:
    """Return the currency if the security is cash. `is_cash_equivalent` can't tell: Plaid sets it for Dogecoin."""
    ticker = security.ticker_symbol or ""
    named = _CURRENCY_TICKER.fullmatch(ticker)
    if security.type == "cash" and (not ticker or (named and named[1] == currency)):
        return currency
    return named[1] if named and ticker.startswith("CUR:") and security.type != "cryptocurrency" else None


def _cash(base: model.Holding, currency: str) -> model.Holding:
    """Set quantity and value to the amount. Plaid values foreign cash in the account's currency: use its quantity."""
    is_in_own_currency = currency == base.currency
    amount = base.value if is_in_own_currency and base.value is not None else base.quantity
    return replace(
        base,
        ticker=f"CUR:{currency}",
        type="cash",
        quantity=amount,
        price=Decimal(1),
        value=amount,
        cost_basis=None,
        currency=currency,
        exchange=None,
        isin=None,
        cusip=None,
        is_cash=True,
    )


def _option(contract: OptionContract | None, holding: Holding) -> model.Option | None:
    if contract is None or holding.quantity is None:
        return None
    kind = (contract.contract_type or "").lower()
    underlying, expiry, strike = contract.underlying_security_ticker, contract.expiration_date, contract.strike_price
    if kind not in {"call", "put"} or underlying is None or expiry is None or strike is None:
        return None
    # Plaid's quantity is "typically" contracts x 100. Contracts are whole, so any other quantity is in contracts.
    contracts = quotient_by_100(holding.quantity) if is_multiple_of_100(holding.quantity) else holding.quantity
    return model.Option(underlying, "call" if kind == "call" else "put", strike, expiry, contracts, _MULTIPLIER)


def _with_option(base: model.Holding, option: model.Option, holding: Holding) -> model.Holding:
    price = base.price
    if price is not None and option.contracts == base.quantity != 0 and base.value == product(base.quantity, price):
        price = quotient_by_100(price)  # the price was per contract
    quantity = product(option.contracts, option.multiplier)
    return replace(
        base,
        ticker=occ_symbol.compact_occ_symbol(base.ticker, option),
        type="option",
        quantity=base.quantity if quantity is None else quantity,
        price=price,
        value=product(quantity, price) if holding.institution_value is None else base.value,
        exchange=None,
        option=option,
    )
