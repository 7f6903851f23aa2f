"""Each real account is counted once, with its own total beside the sum of our rows."""

from dataclasses import replace
from decimal import Decimal
from itertools import permutations

import pytest

from tests.support.fakes.portfolios import account, holding, snapshot
from tidings.holdings import FetchedHoldings, Snapshot
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


def test_unlisted_account_is_named_as_its_first_row() -> None:
    rows = [replace(holding(account_id="p9"), account_name=name) for name in ("First", "Second")]
    [shown] = accounts.account_totals(accounts.deduplicate([replace(FIDELITY, accounts=(), holdings=tuple(rows))]))
    assert shown["name"] == "First"


def test_accounts_of_two_sources_with_one_id_are_two() -> None:
    other = replace(FIDELITY, source_id="other", institution="Schwab")
    assert len(accounts.deduplicate([FIDELITY, other]).kept) == 2


@pytest.mark.parametrize(("stated", "named"), [("Fidelity", "Fidelity"), (None, "Schwab")])
def test_institution_is_sources_or_first_that_a_row_names(stated: str | None, named: str) -> None:
    rows = [replace(holding(account_id="p1"), institution=name) for name in (None, "Schwab", "Vanguard")]
    [held] = accounts.deduplicate([replace(FIDELITY, institution=stated, holdings=tuple(rows))]).kept
    assert held.institution == named


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


def test_carried_over_rows_keep_date_of_their_own_fetch() -> None:
    listed = {name: account(name) for name in ("older", "newer", "empty", "readable")}
    before = replace(
        FIDELITY,
        accounts=(replace(listed["older"], rows_from=5), listed["newer"], listed["empty"], listed["readable"]),
        holdings=tuple(holding(account_id=name) for name in ("older", "newer", "readable")),
    )
    fetched = tuple(replace(one, readable=name == "readable") for name, one in listed.items())
    sold = holding("VTI", account_id="readable")
    kept = accounts.carry_over_unreadable(FetchedHoldings((sold,), fetched, "Fidelity", "stamp"), before)
    assert [row.account_id for row in kept.holdings] == ["readable", "older", "newer"]
    assert kept.holdings[0] == sold
    assert [one.rows_from for one in kept.accounts] == [5, before.fetch_began_at, None, None]
    assert kept._replace(holdings=(sold,), accounts=fetched) == FetchedHoldings((sold,), fetched, "Fidelity", "stamp")


def test_first_fetch_carries_nothing_over() -> None:
    fetched = FetchedHoldings((), (replace(account("p1"), readable=False),), None, None)
    assert accounts.carry_over_unreadable(fetched, None) == fetched


def test_account_total_has_all_that_is_known() -> None:
    known = replace(account("p1", mask="1234", total="150"), name="Individual", status="open", margin_loan=Decimal(50))
    rows = (replace(holding(account_id="p1"), unvested_value=Decimal(7)),)
    [shown] = accounts.account_totals(
        accounts.deduplicate([replace(FIDELITY, accounts=(known,), holdings=rows, fetch_began_at=1_700_000_000_000)])
    )
    assert shown == {
        "provider": "plaid",
        "source_id": "item",
        "account_id": "p1",
        "name": "Individual",
        "type": "brokerage",
        "mask": "1234",
        "institution": "Fidelity",
        "currency": "USD",
        "institution_total": Decimal(150),
        "residual": Decimal(50),
        "residual_explained_by": "margin_loan",
        "unvested_value": Decimal(7),
        "as_of": "2023-11-14T22:13:20.000Z",
        "status": "open",
        "is_paper": False,
        "counted": True,
    }


def test_accounts_are_in_order_of_their_keys_whichever_source_counts() -> None:
    """The list of accounts does not jump when a fetch makes another source count."""
    names = {"one": ("a", "z"), "two": ("z", "a"), "three": ("k", "b")}

    def seen(source_id: str, counts: str) -> Snapshot:
        digits = zip(names[source_id], ("1234", "5678"), strict=True)
        listed = [account(name, mask=mask) for name, mask in digits]
        paper = replace(account("p"), is_paper=True)
        began = FIDELITY.fetch_began_at + (source_id == counts)
        return replace(FIDELITY, source_id=source_id, accounts=(*listed, paper), fetch_began_at=began)

    for counts in names:
        orders = [accounts.deduplicate([seen(one, counts) for one in order]) for order in permutations(names)]
        counted = orders[0]
        assert all(other == counted for other in orders)
        assert [held.account_key for held in counted.kept] == sorted(("plaid", counts, one) for one in names[counts])
        repeated = [held.account_key for held, _ in counted.repeated]
        assert repeated == sorted(("plaid", name, one) for name in names if name != counts for one in names[name])
        assert all(held.account.mask == kept.account.mask for held, kept in counted.repeated)
        assert {kept.account_key for _, kept in counted.repeated} == {held.account_key for held in counted.kept}
        listed = [(shown["source_id"], shown["account_id"]) for shown in accounts.account_totals(counted)]
        assert listed == sorted((name, one) for name in names for one in (*names[name], "p"))
