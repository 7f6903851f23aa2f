"""Build the default portfolio of a SnapTrade connection, and generated ones of any size; all data are invented."""

from decimal import Decimal
from typing import Any

from local.simulators.securities import generate_price
from local.simulators.snaptrade.state import (
    Account,
    Connection,
    Position,
    derive_identifier,
    format_timestamp,
    new_identifier,
)

BROKERS = {
    "ALPACA": "Alpaca",
    "FIDELITY": "Fidelity",
    "QUESTRADE": "Questrade",
    "ROBINHOOD": "Robinhood",
    "SANDBOX": "SnapTrade Sandbox",
    "SCHWAB": "Schwab",
}
DEFAULT_BROKER = "QUESTRADE"


def build_instrument(
    kind: str, symbol: str, description: str, exchange: str | None, currency: str = "USD"
) -> dict[str, Any]:
    return {
        "kind": kind,
        "id": derive_identifier(symbol),
        "symbol": symbol,
        "raw_symbol": symbol.split(".")[0],
        "description": description,
        "currency": currency,
        "exchange": exchange,
        "figi_instrument": None,
    }


_APPLE = build_instrument("stock", "AAPL", "Apple Inc.", "XNAS") | {
    "figi_instrument": {"figi_code": "BBG000B9XRY4", "figi_share_class": "BBG001S5N8V8"}
}
_OPTION = {
    "kind": "option",
    "id": derive_identifier("AAPL  280121C00300000"),
    "symbol": "AAPL  280121C00300000",
    "option_type": "CALL",
    "strike_price": "300",
    "expiration_date": "2028-01-21",
    "multiplier": "100",
    "description": "AAPL Jan 21 2028 300 CALL",
    "underlying": _APPLE,
}


def build_position(
    held: dict[str, Any],
    units: str | None,
    price: str,
    cost: str | None,
    currency: str = "USD",
    *,
    is_cash: bool = False,
) -> Position:
    return {
        "instrument": held,
        "units": units,
        "price": price,
        "cost_basis": cost,
        "currency": currency,
        "cash_equivalent": is_cash,
    }


def _margin_positions() -> list[Position]:
    fund = build_instrument("mutualfund", "VMFXX", "Vanguard Federal Money Market Fund", None)
    return [
        build_position(_APPLE, "10.5", "231.40", "118.2"),
        build_position(
            build_instrument("stock", "SHOP.TO", "Shopify Inc.", "XTSE", "CAD"), "15", "148.75", "92.4", "CAD"
        ),
        build_position(_OPTION, "2", "21.35", "18.05"),
        build_position(fund, "1500", "1", "1", is_cash=True),
    ]


def _registered_positions() -> list[Position]:
    canada = build_instrument("etf", "XIC.TO", "iShares Core TSX Composite ETF", "XTSE", "CAD")
    return [
        build_position(build_instrument("stock", "MSFT", "Microsoft Corporation", "XNAS"), "4", "428.15", "310.25"),
        build_position(
            build_instrument("etf", "VTI", "Vanguard Total Stock Market ETF", "ARCX"), "22.125", "289.17", "244.9"
        ),
        build_position(canada, "60", "45.12", "39.8", "CAD"),
    ]


def build_account(owner: str, name: str, raw_type: str, positions: list[Position], cash: dict[str, str]) -> Account:
    """Build an account; the institution's account id survives a new connection, the account id does not."""
    stable = derive_identifier(f"{owner}/{name}")
    return {
        "id": new_identifier(),
        "name": name,
        "number": f"Q{stable[:8].upper()}",
        "institution_account_id": stable[:8],
        "raw_type": raw_type,
        "created_date": format_timestamp(),
        "initial_sync_completed": True,
        "holdings_unavailable": False,
        "last_successful_sync": format_timestamp(),
        "positions": positions,
        "cash": cash,
    }


def build_connection(user_id: str, broker: str, connection_type: str) -> Connection:
    """Build a connection with two accounts; 1,500 of the USD cash is the money-market fund."""
    owner = f"{user_id}/{broker}"
    name = BROKERS.get(broker, broker.title())
    margin = build_account(owner, f"{name} Margin", "Margin", _margin_positions(), {"USD": "2350.25", "CAD": "410.10"})
    registered = build_account(
        owner, f"{name} TFSA", "TFSA", _registered_positions(), {"USD": "125.40", "CAD": "88.02"}
    )
    return {
        "id": new_identifier(),
        "broker": broker,
        "type": connection_type,
        "created_date": format_timestamp(),
        "disabled": False,
        "disabled_date": None,
        "accounts": [margin, registered],
    }


def generate_positions(accounts: list[Account], count: int) -> None:
    """Replace the positions by `count` ones in as many stocks, distributed over the accounts."""
    for account in accounts:
        account["positions"] = []
    for number in range(count):
        ticker = f"SIM{number:05}"
        price = generate_price(number)
        generated = build_position(
            build_instrument("stock", ticker, f"Simulated Holdings {number}", "XNAS"),
            str(number % 97 + 1),
            str(price),
            str(price * Decimal("0.9")),
        )
        accounts[number % len(accounts)]["positions"].append(generated)
