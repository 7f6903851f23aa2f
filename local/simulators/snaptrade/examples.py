"""Add examples of what a SnapTrade connection can hold beside its default portfolio."""

from collections.abc import Callable
from typing import Any

from local.simulators.control_errors import ControlError
from local.simulators.snaptrade.connections import record_sync
from local.simulators.snaptrade.fixtures import build_account, build_instrument, build_position
from local.simulators.snaptrade.state import Connection, derive_identifier


def add_example(connection: Connection, kind: str) -> None:
    """Add one example to a connection. Raises ControlError if there is no such example."""
    add = _EXAMPLES.get(kind)
    if add is None:
        raise ControlError(400, f"kind must be one of {', '.join(_EXAMPLES)}")
    add(connection)
    record_sync(connection)


def _add_paper_account(connection: Connection) -> None:
    """Add an account that trades with play money."""
    apple = build_instrument("stock", "AAPL", "Apple Inc.", "XNAS")
    account = build_account(
        connection["id"], "Paper Trading", "Margin", [build_position(apple, "1000", "231.40", "200")], {"USD": "100000"}
    )
    account["is_paper"] = True
    connection["accounts"].append(account)


def _add_closed_account(connection: Connection) -> None:
    """Add an account that its broker has closed: it is listed, but its holdings can't be read."""
    account = build_account(connection["id"], "Old Cash Account", "Cash", [], {})
    account["status"] = "closed"
    connection["accounts"].append(account)


def _add_pence(connection: Connection) -> None:
    """Add 120 shares of which the price is stated in pence: 120 x 78.5 pence are 94.20 pounds."""
    vodafone = build_instrument("stock", "VOD.L", "Vodafone Group plc", "XLON", "GBX")
    connection["accounts"][0]["positions"].append(build_position(vodafone, "120", "78.5", "70.1", "GBX"))


def _add_future(connection: Connection) -> None:
    """Add two futures, which have a price, but no value of their own."""
    future: dict[str, Any] = {
        "kind": "future",
        "id": derive_identifier("ESZ7"),
        "symbol": "ESZ7",
        "root_symbol": "ES",
        "expiration_code": "Z7",
        "expiration_date": "2027-12-17",
        "multiplier": "50",
        "currency": "USD",
        "exchange": "XCME",
    }
    connection["accounts"][0]["positions"].append(build_position(future, "2", "6841.25", "6702"))


def _add_bond(connection: Connection) -> None:
    """Add an account with a bond that is priced per 100 of its face value: 10,000 x 98.50 % are 9,850 dollars."""
    bond = build_instrument("bond", "US91282CJJ18", "US Treasury 4.5% 2033", None)
    held = [build_position(bond, "10000", "98.50", "97.20")]
    connection["accounts"].append(build_account(connection["id"], "Bond Account", "Cash", held, {"USD": "150"}))


def _add_unknown_quantity(connection: Connection) -> None:
    """Add a position of which the broker does not state the units."""
    fund = build_instrument("mutualfund", "PRIVX", "Private Credit Fund", None)
    connection["accounts"][0]["positions"].append(build_position(fund, None, "25.10", None))


_EXAMPLES: dict[str, Callable[[Connection], None]] = {
    "paper_account": _add_paper_account,
    "closed_account": _add_closed_account,
    "pence": _add_pence,
    "future": _add_future,
    "bond": _add_bond,
    "unknown_quantity": _add_unknown_quantity,
}
