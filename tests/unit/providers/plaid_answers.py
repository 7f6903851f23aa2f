"""A holdings response of Plaid's, whose parts a test changes."""

from decimal import Decimal
from typing import Any

from tidings.model import Access

ACCESS = Access({"client_id": "c", "secret": "s"}, "item-1", "access-token")
ACCOUNT: dict[str, Any] = {
    "account_id": "acc-1",
    "name": "IRA",
    "mask": "5555",
    "type": "investment",
    "subtype": "ira",
    "balances": {"current": Decimal("110.01"), "iso_currency_code": "USD"},
}
HOLDING: dict[str, Any] = {
    "account_id": "acc-1",
    "security_id": "sec-1",
    "quantity": Decimal("12.5"),
    "institution_price": Decimal("231.4"),
    "institution_price_as_of": "2026-02-19",
    "institution_value": Decimal("2892.5"),
    "cost_basis": Decimal("1923.75"),
    "iso_currency_code": "USD",
}
SECURITY: dict[str, Any] = {
    "security_id": "sec-1",
    "name": "Apple Inc",
    "ticker_symbol": "AAPL",
    "type": "equity",
    "isin": "US0378331005",
    "cusip": "037833100",
    "market_identifier_code": "XNAS",
    "is_cash_equivalent": False,
}
OPTION = {
    "type": "derivative",
    "ticker_symbol": "AAPL280121C00300000",
    "option_contract": {
        "contract_type": "call",
        "expiration_date": "2028-01-21",
        "strike_price": 300,
        "underlying_security_ticker": "AAPL",
    },
}


def answer(**changes: object) -> dict[str, Any]:
    item = {"item_id": "item-1", "institution_name": "Platypus", "error": None}
    whole: dict[str, Any] = {"accounts": [ACCOUNT], "holdings": [HOLDING], "securities": [SECURITY], "item": item}
    return whole | changes
