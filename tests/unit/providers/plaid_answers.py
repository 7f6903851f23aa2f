"""Plaid's answers by path: the status of an item, and holdings whose parts a test changes."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tidings.holdings import FetchedHoldings
from tidings.model import Access, DiscoveredSource
from tidings.providers.plaid import holdings, status

ITEM_GET, HOLDINGS_GET = "/item/get", "/investments/holdings/get"
STAMP = "2026-02-19T14:30:00Z"
ITEM: dict[str, Any] = {"item_id": "item-1", "institution_name": "Platypus", "error": None}
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


class Plaid:
    """Answers by path: JSON, or an error to raise. `counted`: the calls that were counted, before each call."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Mapping[str, Any], float]] = []
        self.counted: list[int] = []
        self.access = Access({"client_id": "c", "secret": "s"}, "item-1", "access-token", self.counted.append)
        self.answers: dict[str, Any] = {
            ITEM_GET: {"item": ITEM, "status": {"investments": {"last_successful_update": STAMP}}},
            HOLDINGS_GET: {"accounts": [ACCOUNT], "holdings": [HOLDING], "securities": [SECURITY], "item": ITEM},
        }

    def post(self, _: object, path: str, fields: Mapping[str, Any], deadline: float) -> Any:  # noqa: ANN401 - JSON
        self.calls.append((path, fields, deadline))
        if isinstance(self.answers[path], Exception):
            raise self.answers[path]
        return self.answers[path]

    def fetch(self, deadline: float = 0.0, **changes: object) -> FetchedHoldings:
        self.answers[HOLDINGS_GET] |= changes
        return holdings.fetch(self.access, "item-1", deadline)

    def check(self, **changes: object) -> DiscoveredSource:
        self.answers[ITEM_GET] |= changes
        [found] = status.read_status(self.access, ["item-1"], 7.0)
        return found
