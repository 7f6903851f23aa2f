"""Which amounts are converted, each by the date of its own data."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.support.fakes.portfolios import account, holding, snapshot
from tidings.exchange_rates import lookup
from tidings.exchange_rates.conversion import DatedAmount
from tidings.portfolio import accounts
from tidings.portfolio.converted_total import converted_total, dated_amounts
from tidings.store import exchange_rates

ON, EARLIER = date(2026, 2, 19), date(2023, 11, 14)
NEW = snapshot(
    "plaid",
    "new",
    holdings=[
        holding(value="1"),
        holding("VTI", value="2.5"),
        holding("RY", value="4", currency="CAD"),
        holding(value=None),
    ],
)
OLD = snapshot("snaptrade", "old", holdings=[holding(value="8"), holding("TD", value=None, currency="CAD")])
OLD = replace(OLD, fetch_began_at=1_700_000_000_000)


def test_amounts_are_summed_by_currency_and_date() -> None:
    for order in ([NEW, OLD], [OLD, NEW]):
        assert sorted(dated_amounts(accounts.deduplicate(order))) == [
            DatedAmount("CAD", EARLIER, Decimal(0)),
            DatedAmount("CAD", ON, Decimal(4)),
            DatedAmount("USD", EARLIER, Decimal(8)),
            DatedAmount("USD", ON, Decimal("3.5")),
        ]


def test_account_that_does_not_count_is_not_converted() -> None:
    paper = replace(NEW, accounts=(replace(account("account"), is_paper=True),))
    assert dated_amounts(accounts.deduplicate([paper])) == []


def test_total_in_the_only_currency_needs_no_rates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXCHANGE_RATES", "off")
    dollars = accounts.deduplicate([replace(NEW, holdings=NEW.holdings[:2])])
    assert converted_total(dollars, "USD")["value"] == Decimal("3.50")
    assert converted_total(dollars, "CAD")["reason"] == "rates_off"


def test_only_rates_of_amounts_in_another_currency_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[tuple[date, date]] = []

    def read_days(first: date, last: date) -> tuple[()]:
        read.append((first, last))
        return ()

    monkeypatch.setenv("EXCHANGE_RATES", "ecb")
    monkeypatch.setattr(exchange_rates, "read_days", read_days)
    both = accounts.deduplicate([NEW, replace(OLD, holdings=OLD.holdings[:1])])
    for currency, first, last in (("USD", ON, ON), ("CAD", EARLIER, ON)):
        lookup.forget()
        read.clear()
        converted_total(both, currency)
        assert read == [(first - timedelta(days=7), last)]
