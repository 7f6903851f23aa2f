"""Render connections, accounts, positions and balances in SnapTrade's wire format."""

from decimal import Decimal
from typing import Any

from local.simulators.snaptrade.fixtures import BROKERS
from local.simulators.snaptrade.state import Account, Connection, Position, derive_identifier

_CURRENCY_NAMES = {"USD": "US Dollar", "CAD": "Canadian Dollar"}


def brokerage_id(broker: str) -> str:
    return derive_identifier(f"brokerage/{broker}")


def brokerage_name(broker: str) -> str:
    return BROKERS.get(broker, broker.title())


def render_connection(connection: Connection) -> dict[str, Any]:
    name = brokerage_name(connection["broker"])
    return {
        "id": connection["id"],
        "created_date": connection["created_date"],
        "updated_date": connection["created_date"],
        "brokerage": render_brokerage(connection["broker"], name),
        "name": f"{name} connection",
        "type": connection["type"],
        "disabled": connection["disabled"],
        "disabled_date": connection["disabled_date"],
        "meta": {},
        "is_eligible_for_payout": False,
        "data_freshness_mode": {"institution": "realtime", "snaptrade": "delayed"},
    }


def render_brokerage(broker: str, name: str) -> dict[str, Any]:
    return {
        "id": brokerage_id(broker),
        "slug": broker,
        "name": name,
        "display_name": name,
        "description": f"{name} (simulated).",
        "aws_s3_logo_url": f"https://logos.invalid/{broker.lower()}.png",
        "aws_s3_square_logo_url": None,
        "url": "https://brokerage.invalid",
        "enabled": True,
        "maintenance_mode": False,
        "is_degraded": False,
        "allows_trading": True,
        "allows_fractional_units": True,
        "has_reporting": True,
        "is_real_time_connection": True,
        "brokerage_type": {"id": derive_identifier("brokerage-type"), "name": "Traditional Brokerage"},
        "exchanges": [],
        "open_url": None,
    }


def render_account(account: Account, connection: Connection) -> dict[str, Any]:
    return {
        "id": account["id"],
        "brokerage_authorization": connection["id"],
        "name": account["name"],
        "number": account["number"],
        "institution_account_id": account["institution_account_id"],
        "institution_name": brokerage_name(connection["broker"]),
        "created_date": account["created_date"],
        "funding_date": None,
        "opening_date": None,
        "sync_status": _sync_status(account),
        "balance": {"total": {"amount": float(_total(account)), "currency": "USD"}},
        "status": account.get("status", "open"),
        "raw_type": account["raw_type"],
        "account_category": "INVESTMENT",
        "meta": {},
        "cash_restrictions": [],
        "is_paper": account.get("is_paper", False),
    }


def _sync_status(account: Account) -> dict[str, Any]:
    synced = account["last_successful_sync"] if account["initial_sync_completed"] else None
    return {
        "transactions": {
            "initial_sync_completed": account["initial_sync_completed"],
            "last_successful_sync": None if synced is None else synced[:10],
            "first_transaction_date": "2024-01-24",
        },
        "holdings": {
            "initial_sync_completed": account["initial_sync_completed"],
            "last_successful_sync": synced,
            "holdings_unavailable": account["holdings_unavailable"],
        },
    }


def _total(account: Account) -> Decimal:
    """Sum the USD values; the cash already includes cash equivalents."""
    held = (
        _value(position)
        for position in account["positions"]
        if position["currency"] == "USD" and not position["cash_equivalent"]
    )
    return (Decimal(account["cash"].get("USD", "0")) + sum(held, Decimal(0))).quantize(Decimal("0.01"))


def _value(position: Position) -> Decimal:
    """Value a position as its broker does. A bond's price is for 100 of face value, and a future has no value."""
    instrument = position["instrument"]
    amount = Decimal(position["units"] or 0) * Decimal(position["price"])
    match instrument["kind"]:
        case "future":
            return Decimal(0)
        case "bond":
            return amount / 100
    return amount * Decimal(instrument.get("multiplier", "1"))


def render_positions(account: Account) -> dict[str, Any]:
    return {
        "results": [_render_position(position) for position in account["positions"]],
        "data_freshness": {"as_of": account["last_successful_sync"]},
    }


def _render_position(position: Position) -> dict[str, Any]:
    """Render a position; only mutual funds and cash equivalents have the field `cash_equivalent`."""
    view: dict[str, Any] = {**position}
    if not position["cash_equivalent"] and position["instrument"]["kind"] != "mutualfund":
        del view["cash_equivalent"]
    return view


def render_balances(account: Account) -> list[dict[str, Any]]:
    """Render balances as JSON numbers, unlike the decimal strings of positions."""
    return [
        {
            "currency": {
                "id": derive_identifier(f"currency/{code}"),
                "code": code,
                "name": _CURRENCY_NAMES.get(code, code),
            },
            "cash": float(Decimal(cash)),
            "buying_power": float(Decimal(cash)),
        }
        for code, cash in account["cash"].items()
    ]
