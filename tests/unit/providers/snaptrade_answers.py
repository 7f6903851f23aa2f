"""SnapTrade's answers by path, and the accounts, positions and balances in them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tidings.errors import ProviderError
from tidings.holdings import FetchedHoldings, Holding
from tidings.model import Access
from tidings.providers.snaptrade import holdings

ACCOUNTS = "/authorizations/conn-1/accounts"
STOCK: dict[str, Any] = {
    "kind": "stock",
    "symbol": "SHOP.TO",
    "raw_symbol": "SHOP",
    "description": "Shopify Inc.",
    "currency": "CAD",
    "exchange": "XTSE",
}
OPTION: dict[str, Any] = {
    "kind": "option",
    "symbol": "AAPL  280121P00300000",
    "option_type": "PUT",
    "strike_price": "300",
    "expiration_date": "2028-01-21",
    "multiplier": "100",
    "description": "AAPL Jan 21 2028 300 PUT",
    "underlying": {"kind": "stock", "symbol": "AAPL", "raw_symbol": "AAPL"},
}
FUTURE: dict[str, Any] = {
    "kind": "future",
    "symbol": "ESZ6",
    "root_symbol": "ES",
    "expiration_date": "2026-12-18",
    "multiplier": "50",
    "currency": "USD",
    "exchange": "XCME",
}


def position(instrument: Mapping[str, Any] = STOCK, **fields: object) -> dict[str, Any]:
    return {
        "instrument": instrument,
        "units": "10.5",
        "price": "148.75",
        "cost_basis": "92.4",
        "currency": "CAD",
    } | fields


def balance(currency: str, cash: str | None) -> dict[str, Any]:
    return {"currency": {"id": "x", "code": currency}, "cash": None if cash is None else Decimal(cash)}


def account(number: int = 1, **fields: object) -> dict[str, Any]:
    sync = {"initial_sync_completed": True, "last_successful_sync": f"2026-02-1{number} 10:00:00+00:00"}
    return {
        "id": f"acc-{number}",
        "brokerage_authorization": "conn-1",
        "name": "Margin",
        "number": "Q6542138443",
        "institution_name": "Questrade",
        "raw_type": "MARGIN",
        "account_category": "INVESTMENT",
        "balance": {"total": {"amount": Decimal("4911.25"), "currency": "USD"}},
        "sync_status": {"holdings": sync},
    } | fields


class SnapTrade:
    """Answers by path: JSON, or an error to raise. `counted`: the calls that were counted."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.counted: list[int] = []
        self.access = Access({"client_id": "c", "consumer_key": "k"}, "user-1", "user-secret", self.counted.append)
        self.answers: dict[str, Any] = {}
        self.list_accounts(account())

    def list_accounts(self, *listed: Mapping[str, Any], positions: object = (), balances: object = ()) -> None:
        self.answers[ACCOUNTS] = list(listed)
        for one in listed:
            self.hold(one["id"], positions, balances)

    def hold(self, account_id: str, positions: object, balances: object) -> None:
        self.positions(positions, account_id)
        self.balances(balances, account_id)

    def positions(self, results: object, account_id: str = "acc-1") -> None:
        freshness = {"as_of": "2026-02-19T14:30:00Z"}
        self.answers[f"/accounts/{account_id}/positions/all"] = {"results": results, "data_freshness": freshness}

    def balances(self, entries: object, account_id: str = "acc-1") -> None:
        self.answers[f"/accounts/{account_id}/balances"] = entries

    def refuse(self, account_id: str, error: ProviderError) -> None:
        """Refuse an account's calls for good."""
        error.is_final = True
        self.answers[f"/accounts/{account_id}/positions/all"] = error

    def call_user(self, _access: Access, method: str, path: str, _deadline: float) -> Any:  # noqa: ANN401
        assert method == "GET"
        self.calls.append(path)
        found = self.answers[path]
        if isinstance(found, Exception):
            raise found
        return found

    def fetch(self) -> FetchedHoldings:
        return holdings.fetch(self.access, "conn-1", 0.0)

    def rows(self) -> list[Holding]:
        return list(self.fetch().holdings)
