"""Each real account is counted once, with its own total beside the sum of our rows."""

from dataclasses import replace
from decimal import Decimal

from tests.support.fakes.portfolios import account, holding, snapshot
from tidings.portfolio import accounts

FIDELITY = snapshot("plaid", "item", institution="Fidelity", accounts=[account("p1", mask="1234", total="150")])
CONNECTED = snapshot(
    "snaptrade", "connection", institution="Fidelity Investments", accounts=[account("s1", mask="001234", total="150")]
)


def test_residual_is_total_minus_rows() -> None:
    held = replace(FIDELITY, holdings=(holding(account_id="p1", value="100.10"),))
    (shown,) = accounts.account_totals(accounts.deduplicate([held]))
    assert (shown["institution_total"], shown["residual"]) == (Decimal(150), Decimal("49.90"))


def test_unknown_value_makes_residual_unknown() -> None:
    held = replace(FIDELITY, holdings=(holding(account_id="p1", value=None),))
    assert accounts.account_totals(accounts.deduplicate([held]))[0]["residual"] is None


def test_rows_in_several_currencies_make_residual_unknown() -> None:
    rows = (holding(account_id="p1", value="150"), holding(account_id="p1", value="70", currency="CAD"))
    (shown,) = accounts.account_totals(accounts.deduplicate([replace(FIDELITY, holdings=rows)]))
    assert shown["residual"] is None


def test_account_of_both_providers_counts_once_with_warning() -> None:
    counted = accounts.deduplicate([FIDELITY, replace(CONNECTED, fetch_began_at=FIDELITY.fetch_began_at + 1)])
    assert [held.account.account_id for held in counted.kept] == ["s1"]
    assert {shown["account_id"]: shown["counted"] for shown in accounts.account_totals(counted)} == {
        "p1": False,
        "s1": True,
    }
    assert accounts.account_warnings(counted) == [
        "The account ending in 1234 at Fidelity is linked through Plaid and SnapTrade: counted once, from SnapTrade."
    ]


def test_source_order_does_not_matter() -> None:
    assert accounts.deduplicate([FIDELITY, CONNECTED]) == accounts.deduplicate([CONNECTED, FIDELITY])


def test_other_mask_or_institution_is_other_account() -> None:
    other_number = replace(CONNECTED, accounts=(account("s1", mask="9999"),))
    other_house = replace(CONNECTED, institution="Schwab")
    for other in (other_number, other_house):
        assert accounts.deduplicate([FIDELITY, other]).repeated == ()


def test_same_mask_within_provider_keeps_both_accounts() -> None:
    twice = replace(FIDELITY, accounts=(account("p1", mask="1234"), account("p2", mask="1234")))
    other_item = replace(FIDELITY, source_id="other")
    assert accounts.deduplicate([twice]).repeated == ()
    assert accounts.deduplicate([FIDELITY, other_item]).repeated == ()


def test_own_id_matches_within_provider() -> None:
    first = replace(CONNECTED, accounts=(account("s1", own_id="54953432"),))
    again = replace(CONNECTED, source_id="again", accounts=(account("s2", own_id="54953432"),))
    assert len(accounts.deduplicate([first, again]).repeated) == 1


def test_account_named_only_by_holdings_is_shown() -> None:
    unlisted = replace(FIDELITY, accounts=(), holdings=(holding(account_id="p9"),))
    assert [shown["account_id"] for shown in accounts.account_totals(accounts.deduplicate([unlisted]))] == ["p9"]
