"""What warnings say of an account that can't be read, and how they write an account and an amount."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.fakes.portfolios import account, holding, snapshot
from tidings.holdings import Account, Holding
from tidings.portfolio import accounts
from tidings.portfolio.account_warnings import name_account

NAMED = replace(account("a", mask="1234", total="150"), name="Individual")
UNREADABLE = replace(NAMED, readable=False)


def warn(held: Account, *rows: Holding, institution: str | None = "Fidelity") -> list[str]:
    owned = [replace(row, account_id=held.account_id) for row in rows]
    taken = snapshot("plaid", "item", accounts=[held], holdings=owned, institution=institution)
    return accounts.account_warnings(accounts.deduplicate([taken]))


@pytest.mark.parametrize(
    ("known", "institution", "name"),
    [
        ({"name": "IRA", "mask": "12"}, "Fidelity", "IRA ending in 12 at Fidelity"),
        ({"name": "IRA", "mask": None}, None, "IRA"),
        ({"name": None, "mask": "12"}, None, "The account ending in 12"),
        ({"name": "", "mask": ""}, "Fidelity", "The account at Fidelity"),
    ],
)
def test_account_is_named_by_what_is_known(known: dict[str, str | None], institution: str | None, name: str) -> None:
    taken = snapshot("plaid", "item", accounts=[replace(NAMED, **known)], institution=institution)  # type: ignore[arg-type]
    [held] = accounts.deduplicate([taken]).kept
    assert name_account(held) == name


def test_unreadable_account_says_what_is_shown() -> None:
    who = "Individual ending in 1234 at Fidelity"
    assert warn(UNREADABLE) == [f"{who} can't be read at the moment. Only its total is known."]
    kept = replace(UNREADABLE, rows_from=1_700_000_000_000)
    assert warn(kept, holding()) == [f"{who} can't be read at the moment. You see what it held on 2023-11-14."]
    assert warn(replace(kept, status="closed"), holding()) == [f"{who} is closed. You see what it held on 2023-11-14."]
    assert warn(replace(UNREADABLE, status="open")) == warn(UNREADABLE)
    assert warn(replace(UNREADABLE, institution_total=Decimal(0))) == warn(UNREADABLE), "it is not closed"


@pytest.mark.parametrize("total", [Decimal(0), None])
@pytest.mark.parametrize("status", ["closed", "archived"])
def test_closed_and_empty_account_misses_nothing(total: Decimal | None, status: str) -> None:
    ended = replace(UNREADABLE, status=status, institution_total=total)
    assert warn(ended) == []
    assert len(warn(ended, holding())) == 1


def test_readable_account_is_not_said_to_be_unreadable() -> None:
    assert warn(NAMED, holding(value="150")) == []
    assert warn(replace(NAMED, status="closed"), holding(value="150")) == []
    assert warn(replace(UNREADABLE, rows_from=1_700_000_000_000, dropped_rows=1), holding(value="1")) != []


def test_amount_is_rounded_to_cents_in_its_currency() -> None:
    unnamed = replace(NAMED, currency=None, institution_total=Decimal("1234567.896"))
    [warning] = warn(unnamed, replace(holding(value="0.001"), currency="XXX"), institution=None)
    assert warning == (
        "Your broker values Individual ending in 1234 at 1,234,567.90, but its holdings add up to 0.00, "
        "a difference of 1,234,567.90."
    )


@pytest.mark.parametrize(("value", "apart"), [("130", "20.00"), ("170", "20.00")])
def test_difference_is_said_without_sign(value: str, apart: str) -> None:
    [warning] = warn(NAMED, holding(value=value))
    assert warning == (
        "Your broker values Individual ending in 1234 at Fidelity at 150.00 USD, but its holdings add up to "
        f"{value}.00 USD, a difference of {apart} USD."
    )
    [dropped] = warn(replace(NAMED, dropped_rows=1), holding(value=value))
    assert dropped.endswith(f"What is shown differs from its total by {apart} USD.")


def test_each_account_has_its_own_warnings() -> None:
    listed = [replace(UNREADABLE, account_id="1", name="One"), replace(NAMED, account_id="2", name="Two"), UNREADABLE]
    rows = [holding(value="1", account_id="2")]
    taken = snapshot("plaid", "item", accounts=listed, holdings=rows, institution="Fidelity")
    warnings = accounts.account_warnings(accounts.deduplicate([taken]))
    assert [warning.split(" ending")[0] for warning in warnings] == ["One", "Individual", "Your broker values Two"]


def test_nameless_placeholder_is_told_by_its_amount() -> None:
    plan = replace(account("plan", kind="401k"), name="Plan")
    window = replace(account("window", total="10000"), name="Window")
    row = replace(holding(quantity="10000", value="10000", account_id="plan"), ticker=None, name=None, price=Decimal(1))
    held = [row, holding(value="10000", account_id="window")]
    taken = snapshot("plaid", "item", accounts=[plan, window], holdings=held)
    assert accounts.account_warnings(accounts.deduplicate([taken])) == [
        "Plan lists a holding with 10,000.00 USD, which is all that is in Window. It counts once, in that account."
    ]
