"""docs/holdings.md shows how the account's total reads each example."""

import time
from decimal import Decimal
from typing import Any

import pytest

from tests.support.aws.account import PLAID
from tests.support.aws.stack import ROOT
from tidings.holdings import Holding
from tidings.model import Access
from tidings.providers.plaid import client
from tidings.providers.plaid import holdings as plaid

PAGE = (ROOT / "docs" / "holdings.md").read_text("utf-8")
ACCESS = Access(PLAID, "item", "token")
OPTION = {"type": "derivative", "ticker_symbol": "AAPL280121C00300000"}
CASH = {"type": "cash", "ticker_symbol": "CUR:USD"}
FUND = {"type": "mutual fund", "ticker_symbol": "SPAXX", "is_cash_equivalent": True}


def held(security: dict[str, Any], quantity: str, price: str, value: str | None = None, **fields: Any) -> Any:  # noqa: ANN401 - JSON
    amounts = {"quantity": Decimal(quantity), "institution_price": Decimal(price)}
    return security, amounts | {"institution_value": None if value is None else Decimal(value)} | fields


EXAMPLES: list[tuple[str, list[Any], list[str | None]]] = [
    ("bond, 10,000 at 94.808", [held({"type": "fixed income"}, "10000", "94.808")], ["9500", None, "20000"]),
    ("option, 100 at 1.50", [held(OPTION, "100", "1.50")], ["15000", "150", None]),
    (
        "cash 2,000 and a money-market fund of 1,500",
        [held(CASH, "2000", "1", "2000"), held(FUND, "1500", "1", "1500")],
        ["2000", "3500", None],
    ),
    (
        "grant, 100 at 100, 40 vested",
        [held({"type": "equity"}, "100", "100", "10000", vested_quantity=Decimal(40))],
        ["10000", "4000"],
    ),
]


def test_readings_table_matches_the_product(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ["| rows, as stated | total | value | reading | by |", "| --- | --- | --- | --- | --- |"]
    for title, rows, totals in EXAMPLES:
        for total in totals:
            monkeypatch.setattr(client, "post", lambda *_, rows=rows, total=total: _answer(rows, total))
            lines.append(_line(title, total, plaid.fetch(ACCESS, "item", time.monotonic() + 1).holdings))
    assert "\n".join(lines) in PAGE


def _answer(rows: list[Any], total: str | None) -> dict[str, Any]:
    securities = [{"security_id": str(number)} | security for number, (security, _) in enumerate(rows)]
    holdings = [
        {"account_id": "a", "security_id": str(number), "iso_currency_code": "USD"} | amounts
        for number, (_, amounts) in enumerate(rows)
    ]
    balances = {"current": None if total is None else Decimal(total), "iso_currency_code": "USD"}
    account = {"account_id": "a", "type": "investment", "balances": balances}
    return {"accounts": [account], "holdings": holdings, "securities": securities, "item": {"item_id": "item"}}


def _line(title: str, total: str | None, holdings: tuple[Holding, ...]) -> str:
    [row] = [row for row in holdings if row.valuation]
    assert row.valuation is not None
    assert row.value is not None
    stated = "unknown" if total is None else f"{Decimal(total):,}"
    return f"| {title} | {stated} | {row.value:,.2f} | {row.valuation.reading} | {row.valuation.by} |"
