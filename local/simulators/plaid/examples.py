"""Add examples of what a Plaid item can hold beside its default portfolio."""

from collections.abc import Callable

from local.simulators.control_errors import ControlError
from local.simulators.plaid.fixtures import build_security
from local.simulators.plaid.state import Account, Item, Position, format_precise_timestamp, new_identifier


def add_example(item: Item, kind: str) -> None:
    """Add one example to an item. Raises ControlError if there is no such example."""
    add = _EXAMPLES.get(kind)
    if add is None:
        raise ControlError(400, f"kind must be one of {', '.join(_EXAMPLES)}")
    add(item)
    item["updated_at"] = format_precise_timestamp()
    item["unannounced"] = True


def _add_grant(item: Item) -> None:
    """Add a stock plan: 40 of 100 shares are vested, and its total includes all of them."""
    account = _add_account(item, "Platypus Stock Plan", "4335", "stock plan")
    _add_shares(item, account, "ACME", "Acme Corporation")["vested"] = "40"


def _add_margin_loan(item: Item) -> None:
    """Add an account that has borrowed 2,500. Its total is net of the loan, which is not among its holdings."""
    account = _add_account(item, "Platypus Margin", "4342", "brokerage")
    account["margin_loan"] = "2500"
    _add_shares(item, account, "WIDG", "Widget Industries")


def _add_account(item: Item, name: str, mask: str, subtype: str) -> Account:
    account: Account = {
        "account_id": new_identifier(),
        "name": name,
        "official_name": name,
        "mask": mask,
        "subtype": subtype,
    }
    item["accounts"].append(account)
    return account


def _add_shares(item: Item, account: Account, ticker: str, name: str) -> Position:
    """Add 100 shares at 100 dollars."""
    security = build_security(ticker, name, "equity", market_identifier_code="XNYS")
    item["securities"][security["security_id"]] = security
    position: Position = {
        "account_id": account["account_id"],
        "security_id": security["security_id"],
        "quantity": "100",
        "price": "100",
        "cost_basis": None,
        "currency": "USD",
    }
    item["positions"].append(position)
    return position


_EXAMPLES: dict[str, Callable[[Item], None]] = {"grant": _add_grant, "margin_loan": _add_margin_loan}
