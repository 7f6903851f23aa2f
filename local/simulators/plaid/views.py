"""Render items and holdings in Plaid's wire format, with decimals as JSON numbers."""

from decimal import Decimal
from typing import Any

from local.simulators.plaid.errors import login_required_error, render_webhook_error
from local.simulators.plaid.fixtures import INSTITUTIONS
from local.simulators.plaid.state import Account, Item, Position


def render_item(item: Item) -> dict[str, Any]:
    return {
        "item_id": item["item_id"],
        "institution_id": item["institution_id"],
        "institution_name": INSTITUTIONS.get(item["institution_id"], "Simulated Bank"),
        "webhook": item["webhook"],
        "auth_method": None,
        "error": render_webhook_error(login_required_error()) if item["login_required"] else None,
        "available_products": ["balance"],
        "billed_products": item["products"],
        "products": item["products"],
        "consented_products": item["products"],
        "consent_expiration_time": None,
        "update_type": "background",
    }


def render_status(item: Item) -> dict[str, Any]:
    return {
        "investments": {"last_successful_update": item["updated_at"], "last_failed_update": None},
        "last_webhook": item["last_webhook"],
    }


def render_holdings(item: Item, account_ids: list[str] | None) -> dict[str, Any]:
    accounts = [held for held in item["accounts"] if account_ids is None or held["account_id"] in account_ids]
    shown = {account["account_id"] for account in accounts}
    positions = [held for held in item["positions"] if held["account_id"] in shown]
    securities = {held["security_id"]: held for held in positions}
    return {
        "accounts": [_render_account(account, item) for account in accounts],
        "holdings": [_render_holding(held, item) for held in positions],
        "securities": [_render_security(item, held) for held in securities.values()],
        "item": render_item(item) | {"error": None},
        "is_investments_fallback_item": False,
    }


def _render_account(account: Account, item: Item) -> dict[str, Any]:
    held = [
        Decimal(position["quantity"]) * Decimal(position["price"])
        for position in item["positions"]
        if position["account_id"] == account["account_id"] and position["currency"] == "USD"
    ]
    loan = account.get("margin_loan")
    balances = {
        "available": None,
        "current": _number((sum(held, Decimal(0)) - Decimal(loan or 0)).quantize(Decimal("0.01"))),
        "limit": None,
        "margin_loan_amount": None if loan is None else _number(Decimal(loan)),
        "iso_currency_code": "USD",
        "unofficial_currency_code": None,
    }
    shown = {name: value for name, value in account.items() if name != "margin_loan"}
    return {**shown, "type": "investment", "balances": balances}


def _render_holding(position: Position, item: Item) -> dict[str, Any]:
    cost, vested = position["cost_basis"], position.get("vested")
    return {
        "account_id": position["account_id"],
        "security_id": position["security_id"],
        "quantity": _number(Decimal(position["quantity"])),
        "institution_price": _number(Decimal(position["price"])),
        "institution_price_as_of": item["updated_at"][:10],
        "institution_price_datetime": item["updated_at"],
        "institution_value": _number(Decimal(position["quantity"]) * Decimal(position["price"])),
        "cost_basis": None if cost is None else _number(Decimal(cost)),
        "iso_currency_code": position["currency"],
        "unofficial_currency_code": None,
        "vested_quantity": None if vested is None else _number(Decimal(vested)),
        "vested_value": None if vested is None else _number(Decimal(vested) * Decimal(position["price"])),
    }


def _render_security(item: Item, position: Position) -> dict[str, Any]:
    prices = {"close_price": _number(Decimal(position["price"])), "close_price_as_of": item["updated_at"][:10]}
    return {**item["securities"][position["security_id"]], **prices}


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)
