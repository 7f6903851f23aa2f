"""Normalize one of Plaid's holdings, with its security and account, to a row with its possible readings."""

from dataclasses import replace
from decimal import Decimal

from tidings import holdings
from tidings.currencies import HUNDREDTH, major_unit
from tidings.decimals import product
from tidings.model import NO_CURRENCY
from tidings.providers.bonds import read_bond
from tidings.providers.plaid.cash import cash_code, read_cash
from tidings.providers.plaid.options import read_option
from tidings.providers.plaid.schemas import Account, Holding, Security
from tidings.providers.plaid.vesting import split_grant
from tidings.providers.readings import Row, plain_row

_FUND_TYPES = frozenset({"cash", "mutual_fund"})
"""Types of money-market funds. Plaid also calls Dogecoin a cash equivalent."""
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
) -> Row:
    """Normalize one holding, in major units. The value is the institution's own, where it states one."""
    currency, unit = major_unit(_currency_code(holding, security, account))
    row = _row(holding, security, account, currency, unit)
    row = replace(row, institution=institution, source_id=source_id)
    code = cash_code(security, currency)
    if code is not None:
        return plain_row(read_cash(row, code))
    option = read_option(row, security.option_contract)
    if option is not None:
        return option
    if row.value is None and row.type == "fixed_income":
        return read_bond(_valued(row), has_unit_cost=False)
    split = split_grant(_valued(row), holding.vested_quantity, product(holding.vested_value, unit))
    return split._replace(is_fund=bool(security.is_cash_equivalent) and row.type in _FUND_TYPES)


def _row(
    holding: Holding, security: Security, account: Account | None, currency: str, unit: Decimal
) -> holdings.Holding:
    price, as_of = _price(holding, security)
    if _is_priced_in_minor_units(holding, security):
        price = product(price, HUNDREDTH)
    fixed_income = security.fixed_income
    coupon = fixed_income.yield_rate if fixed_income else None
    return holdings.Holding(
        ticker=_ticker(security),
        name=security.name,
        type=_TYPES.get(security.type or "", "other"),
        quantity=holding.quantity,
        price=product(price, unit),
        price_as_of=as_of,
        value=product(holding.institution_value, unit),
        cost_basis=product(holding.cost_basis, unit),
        currency=currency,
        account_id=holding.account_id,
        account_name=None if account is None else account.name or account.official_name,
        institution=None,
        provider="plaid",
        source_id="",
        exchange=security.market_identifier_code,
        isin=security.isin,
        cusip=security.cusip,
        security_id=holding.security_id,
        maturity=fixed_income.maturity_date if fixed_income else None,
        coupon=coupon.percentage if coupon and coupon.type == "coupon" else None,
    )


def _price(holding: Holding, security: Security) -> tuple[Decimal | None, str | None]:
    """Return the institution's price and its date, or the last close where it states neither price nor value."""
    if holding.institution_price is None and holding.institution_value is None:
        return security.close_price, security.close_price_as_of
    return holding.institution_price, holding.institution_price_as_of or holding.institution_price_datetime


def _is_priced_in_minor_units(holding: Holding, security: Security) -> bool:
    """Whether the price is in the security's pence, while the holding's value is in pounds."""
    code, listed = holding.iso_currency_code, security.unofficial_currency_code
    value = product(holding.quantity, holding.institution_price, HUNDREDTH)
    return bool(value) and value == holding.institution_value and listed is not None and major_unit(listed)[0] == code


def _valued(row: holdings.Holding) -> holdings.Holding:
    return row if row.value is not None else replace(row, value=product(row.quantity, row.price))


def _ticker(security: Security) -> str | None:
    """Return the ticker. Plaid writes coins as it writes currencies: CUR:BTC."""
    ticker = security.ticker_symbol
    return ticker.removeprefix("CUR:") if ticker and security.type == "cryptocurrency" else ticker


def _currency_code(holding: Holding, security: Security, account: Account | None) -> str:
    for named in (holding, security, account and account.balances):
        code = named and (named.iso_currency_code or named.unofficial_currency_code)
        if code:
            return code
    return NO_CURRENCY
