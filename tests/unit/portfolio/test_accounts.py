"""Each real account is counted once, with its own total beside the sum of our rows."""

from dataclasses import replace
from decimal import Decimal

from tests.support.fakes.portfolios import account, holding, snapshot
from tidings.holdings import FetchedHoldings
from tidings.portfolio import accounts

FIDELITY = snapshot("plaid", "item", institution="Fidelity", accounts=[account("p1", mask="1234")])
CONNECTED = snapshot(
    "snaptrade", "connection", institution="Fidelity Investments", accounts=[account("s1", mask="001234")]
)
WITH_TOTAL = replace(FIDELITY, accounts=(account("p1", total="150"),))


def test_residual_is_total_minus_rows() -> None:
    held = replace(WITH_TOTAL, holdings=(holding(account_id="p1", value="100.10"),))
    (shown,) = accounts.account_totals(accounts.deduplicate([held]))
    assert (shown["institution_total"], shown["residual"]) == (Decimal(150), Decimal("49.90"))


def test_unknown_value_makes_residual_unknown() -> None:
    held = replace(WITH_TOTAL, holdings=(holding(account_id="p1", value=None),))
    assert accounts.account_totals(accounts.deduplicate([held]))[0]["residual"] is None


def test_rows_in_several_currencies_make_residual_unknown() -> None:
    rows = (holding(account_id="p1", value="150"), holding(account_id="p1", value="70", currency="CAD"))
    (shown,) = accounts.account_totals(accounts.deduplicate([replace(WITH_TOTAL, holdings=rows)]))
    assert shown["residual"] is None


def test_account_of_both_providers_counts_once_with_warning() -> None:
    counted = accounts.deduplicate([FIDELITY, replace(CONNECTED, fetch_began_at=FIDELITY.fetch_began_at + 1)])
    assert [held.account.account_id for held in counted.kept] == ["s1"]
    assert {shown["account_id"]: shown["counted"] for shown in accounts.account_totals(counted)} == {
        "p1": False,
        "s1": True,
    }
    assert accounts.account_warnings(counted) == [
        "The account ending in 1234 at Fidelity is connected twice. It counts once."
    ]


def test_source_order_does_not_matter() -> None:
    assert accounts.deduplicate([FIDELITY, CONNECTED]) == accounts.deduplicate([CONNECTED, FIDELITY])


def test_other_mask_or_institution_is_other_account() -> None:
    other_number = replace(CONNECTED, accounts=(account("s1", mask="9999"),))
    other_house = replace(CONNECTED, institution="Schwab")
    for other in (other_number, other_house):
        assert accounts.deduplicate([FIDELITY, other]).repeated == ()


def test_accounts_of_one_source_are_different() -> None:
    twice = replace(FIDELITY, accounts=(account("p1", mask="1234"), account("p2", mask="1234")))
    assert accounts.deduplicate([twice]).repeated == ()


def test_login_linked_twice_through_one_provider_counts_once() -> None:
    newer = replace(FIDELITY, source_id="again", fetch_began_at=FIDELITY.fetch_began_at + 1)
    counted = accounts.deduplicate([newer, FIDELITY])
    assert [held.source for held in counted.kept] == [("plaid", "again")]
    assert accounts.account_warnings(counted) == [
        "The account ending in 1234 at Fidelity is connected twice. It counts once."
    ]


def test_readable_account_counts_before_newer_unreadable_one() -> None:
    unreadable = replace(CONNECTED, accounts=(replace(CONNECTED.accounts[0], readable=False),))
    newer = replace(unreadable, fetch_began_at=FIDELITY.fetch_began_at + 1)
    assert [held.account.account_id for held in accounts.deduplicate([newer, FIDELITY]).kept] == ["p1"]


def test_date_of_rows_decides_what_is_newer() -> None:
    carried_over = replace(CONNECTED.accounts[0], rows_from=FIDELITY.fetch_began_at - 1)
    newer = replace(CONNECTED, accounts=(carried_over,), fetch_began_at=FIDELITY.fetch_began_at + 1)
    assert [held.account.account_id for held in accounts.deduplicate([newer, FIDELITY]).kept] == ["p1"]


def test_own_id_matches_within_provider() -> None:
    first = replace(CONNECTED, accounts=(account("s1", own_id="54953432"),))
    again = replace(CONNECTED, source_id="again", accounts=(account("s2", own_id="54953432"),))
    assert len(accounts.deduplicate([first, again]).repeated) == 1


def test_account_named_only_by_holdings_is_shown() -> None:
    unlisted = replace(FIDELITY, accounts=(), holdings=(holding(account_id="p9"),))
    assert [shown["account_id"] for shown in accounts.account_totals(accounts.deduplicate([unlisted]))] == ["p9"]


def test_paper_account_is_listed_but_never_counts() -> None:
    paper = replace(account("s1", mask="1234", total="98500.50"), is_paper=True)
    simulated = replace(CONNECTED, accounts=(paper,), holdings=(holding(account_id="s1"),))
    counted = accounts.deduplicate([FIDELITY, simulated])
    assert [held.account.account_id for held in counted.kept] == ["p1"]
    listed = {shown["account_id"]: (shown["is_paper"], shown["counted"]) for shown in accounts.account_totals(counted)}
    assert listed == {"p1": (False, True), "s1": (True, False)}
    assert accounts.account_warnings(counted) == []


def test_status_of_closed_account_is_shown() -> None:
    closed = replace(FIDELITY, accounts=(replace(account("p1"), status="closed"),))
    assert accounts.account_totals(accounts.deduplicate([closed]))[0]["status"] == "closed"


def carry_over(total: str | None) -> tuple[str, ...]:
    before = replace(FIDELITY, holdings=(holding(account_id="p1"),))
    unreadable = replace(account("p1", total=total), readable=False)
    kept = accounts.carry_over_unreadable(FetchedHoldings((), (unreadable,), None, None), before)
    return tuple(row.account_id for row in kept.holdings)


def test_unreadable_account_keeps_last_rows_unless_total_is_zero() -> None:
    assert carry_over("100") == carry_over(None) == ("p1",)
    assert carry_over("0.00") == ()
