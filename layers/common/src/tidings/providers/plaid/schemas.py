"""Model Plaid's /investments/holdings/get response, as far as it is used.

Source: https://plaid.com/docs/api/products/investments/.
"""

from collections.abc import Mapping
from typing import Any

from tidings.providers.schema_types import Amount, IsoDate, Payload, Text


class Balances(Payload):
    current: Amount = None
    iso_currency_code: Text = None
    unofficial_currency_code: Text = None


class Account(Payload):
    account_id: str
    name: Text = None
    official_name: Text = None
    mask: Text = None
    type: Text = None
    subtype: Text = None
    balances: Balances | None = None


class Holding(Payload):
    """A holding. `cost_basis` is the total; an option's `quantity` is typically contracts x 100."""

    account_id: str
    security_id: str
    quantity: Amount = None
    institution_price: Amount = None
    institution_price_as_of: IsoDate = None
    institution_price_datetime: IsoDate = None
    institution_value: Amount = None
    cost_basis: Amount = None
    iso_currency_code: Text = None
    unofficial_currency_code: Text = None


class OptionContract(Payload):
    contract_type: Text = None
    expiration_date: IsoDate = None
    strike_price: Amount = None
    underlying_security_ticker: Text = None


class Security(Payload):
    security_id: str | None = None
    name: Text = None
    ticker_symbol: Text = None
    type: Text = None
    isin: Text = None
    cusip: Text = None
    market_identifier_code: Text = None
    iso_currency_code: Text = None
    unofficial_currency_code: Text = None
    option_contract: OptionContract | None = None


class Item(Payload):
    item_id: Text = None
    institution_name: Text = None
    error: Mapping[str, Any] | None = None


class HoldingsResponse(Payload):
    accounts: list[Account]
    holdings: list[Holding]
    securities: list[Security]
    item: Item
