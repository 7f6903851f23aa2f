"""Model Plaid's /investments/holdings/get response, as far as it is used.

Source: https://plaid.com/docs/api/products/investments/.
"""

from collections.abc import Mapping
from typing import Any

from tidings.providers.schema_types import Amount, Flag, IsoDate, OptionalAmount, Payload, Text


class Balances(Payload):
    """`margin_loan_amount`: what the account has borrowed; institutions state `current` with or without it."""

    current: OptionalAmount = None
    margin_loan_amount: OptionalAmount = None
    iso_currency_code: Text = None
    unofficial_currency_code: Text = None


class Account(Payload):
    account_id: str
    persistent_account_id: Text = None
    name: Text = None
    official_name: Text = None
    mask: Text = None
    type: Text = None
    subtype: Text = None
    balances: Balances | None = None


class Holding(Payload):
    """A holding. `cost_basis` is the total; an option's `quantity` is typically contracts x 100."""

    account_id: str
    security_id: Text = None
    quantity: Amount = None
    institution_price: Amount = None
    institution_price_as_of: IsoDate = None
    institution_price_datetime: IsoDate = None
    institution_value: Amount = None
    cost_basis: OptionalAmount = None
    vested_quantity: OptionalAmount = None
    vested_value: OptionalAmount = None
    iso_currency_code: Text = None
    unofficial_currency_code: Text = None


class OptionContract(Payload):
    contract_type: Text = None
    expiration_date: IsoDate = None
    strike_price: OptionalAmount = None
    underlying_security_ticker: Text = None


class YieldRate(Payload):
    percentage: OptionalAmount = None
    type: Text = None


class FixedIncome(Payload):
    maturity_date: IsoDate = None
    yield_rate: YieldRate | None = None


class Security(Payload):
    security_id: Text = None
    name: Text = None
    ticker_symbol: Text = None
    type: Text = None
    is_cash_equivalent: Flag = None
    isin: Text = None
    cusip: Text = None
    close_price: OptionalAmount = None
    close_price_as_of: IsoDate = None
    market_identifier_code: Text = None
    iso_currency_code: Text = None
    unofficial_currency_code: Text = None
    option_contract: OptionContract | None = None
    fixed_income: FixedIncome | None = None


class Item(Payload):
    item_id: Text = None
    institution_name: Text = None
    error: Mapping[str, Any] | None = None


class HoldingsResponse(Payload):
    """`holdings` are read one by one: an odd one must not hide the others.

    `is_investments_fallback_item`: the user typed the portfolio in, so its totals are no institution's.
    """

    accounts: list[Account]
    holdings: list[Mapping[str, Any]]
    securities: list[Security]
    item: Item
    is_investments_fallback_item: Flag = None
