"""Create Plaid items, exchange public tokens, trade and change prices."""

import time
from decimal import Decimal

from local.simulators.control_errors import ControlError
from local.simulators.plaid import fixtures
from local.simulators.plaid.errors import PlaidError
from local.simulators.plaid.state import (
    Item,
    Position,
    Simulator,
    format_precise_timestamp,
    format_timestamp,
    new_identifier,
    new_token,
)
from local.simulators.securities import move_price

PUBLIC_TOKEN_S = 30 * 60


def create_item(
    sim: Simulator, webhook: str | None, products: list[str], client_user_id: str, institution_id: str | None
) -> Item:
    accounts = fixtures.default_accounts()
    now = format_timestamp()
    item: Item = {
        "item_id": new_identifier(),
        "access_token": new_token("access"),
        "client_user_id": client_user_id,
        "institution_id": institution_id or fixtures.DEFAULT_INSTITUTION,
        "webhook": webhook,
        "products": products or ["investments"],
        "login_required": False,
        "unannounced": False,
        "created_at": now,
        "updated_at": format_precise_timestamp(),
        "last_webhook": None,
        "accounts": accounts,
        "positions": fixtures.default_positions(accounts),
        "securities": fixtures.default_securities(),
    }
    sim.state["items"][item["item_id"]] = item
    return item


def remove_item(sim: Simulator, item: Item) -> None:
    """Forget an item; calls with its access token are ITEM_NOT_FOUND from then on."""
    del sim.state["items"][item["item_id"]]
    sim.state["removed"].append(item["access_token"])


def issue_public_token(sim: Simulator, item: Item) -> str:
    public_token = new_token("public")
    sim.state["public_tokens"][public_token] = {
        "item_id": item["item_id"],
        "expires_at": time.time() + PUBLIC_TOKEN_S,
    }
    return public_token


def redeem_public_token(sim: Simulator, public_token: str) -> Item:
    """Return the item of a public token. Raises PlaidError if the token is unknown, expired or used."""
    found = sim.state["public_tokens"].pop(public_token, None)
    if found is None or found["expires_at"] <= time.time() or found["item_id"] not in sim.state["items"]:
        raise PlaidError("INVALID_INPUT", "INVALID_PUBLIC_TOKEN", "could not find matching public token")
    return sim.state["items"][found["item_id"]]


def trade(item: Item, ticker: str, quantity: Decimal) -> bool:
    """Buy or sell in the first account with the security, and pay from its cash; return whether the holding is new."""
    wanted = fixtures.derive_security_id(ticker)
    position = next((held for held in item["positions"] if held["security_id"] == wanted), None)
    is_new = position is None
    if position is None:
        position = _open_position(item, ticker)
    position["quantity"] = str(Decimal(position["quantity"]) + quantity)
    cost = quantity * Decimal(position["price"])
    position["cost_basis"] = str(Decimal(position["cost_basis"] or 0) + cost)
    _pay_from_cash(item, position, cost)
    item["updated_at"] = format_precise_timestamp()
    item["unannounced"] = True
    return is_new


def move_prices(item: Item, percent: Decimal, ticker: str | None = None) -> int:
    """Change the prices of one security, or of all except cash equivalents; return the number of positions."""
    wanted = None if ticker is None else fixtures.derive_security_id(ticker)
    moved = [
        held
        for held in item["positions"]
        if wanted in (None, held["security_id"]) and not item["securities"][held["security_id"]]["is_cash_equivalent"]
    ]
    for position in moved:
        position["price"] = move_price(position["price"], percent)
    item["updated_at"] = format_precise_timestamp()
    item["unannounced"] = True
    return len(moved)


def _open_position(item: Item, ticker: str) -> Position:
    if not item["accounts"]:
        raise ControlError(409, "the item has no account to trade in")
    entry = fixtures.build_security(ticker, f"{ticker} Corp", "equity")
    item["securities"][entry["security_id"]] = entry
    position: Position = {
        "account_id": item["accounts"][0]["account_id"],
        "security_id": entry["security_id"],
        "quantity": "0",
        "price": "100",
        "cost_basis": "0",
        "currency": "USD",
    }
    item["positions"].append(position)
    return position


def _pay_from_cash(item: Item, bought: Position, cost: Decimal) -> None:
    cash_id = fixtures.derive_security_id(f"CUR:{bought['currency']}")
    for held in item["positions"]:
        if held["security_id"] == cash_id and held["account_id"] == bought["account_id"]:
            held["quantity"] = str(Decimal(held["quantity"]) - cost)
