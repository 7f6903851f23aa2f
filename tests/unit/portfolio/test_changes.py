"""The changes that a refresh reports."""

from dataclasses import replace
from decimal import Decimal

from tests.support.fakes.portfolios import holding, snapshot
from tidings.portfolio import changes

BEFORE = snapshot("plaid", "item", holdings=[holding(ticker="AAPL", quantity="2"), holding(ticker="VTI")])


def test_unchanged_snapshots_have_no_difference() -> None:
    assert changes.diff_snapshots([(BEFORE, BEFORE)]) == {"added": 0, "removed": 0, "quantity_changed": 0, "rows": []}


def test_price_change_alone_changes_no_row() -> None:
    dearer = replace(BEFORE, holdings=tuple(replace(row, price=Decimal(9)) for row in BEFORE.holdings))
    assert changes.diff_snapshots([(BEFORE, dearer)])["rows"] == []


def test_added_removed_and_changed_rows_are_listed() -> None:
    after = replace(BEFORE, holdings=(holding(ticker="AAPL", quantity="3.5"), holding(ticker="MSFT", quantity="1")))
    found = changes.diff_snapshots([(BEFORE, after)])
    assert (found["added"], found["removed"], found["quantity_changed"]) == (1, 1, 1)
    listed = {row["ticker"]: (row["change"], row["quantity_before"], row["quantity_after"]) for row in found["rows"]}
    assert listed == {
        "AAPL": ("quantity_changed", Decimal(2), Decimal("3.5")),
        "MSFT": ("added", None, Decimal(1)),
        "VTI": ("removed", Decimal(1), None),
    }


def test_security_in_two_lots_is_one_row() -> None:
    lots = replace(BEFORE, holdings=(holding(ticker="AAPL"), holding(ticker="AAPL"), holding(ticker="VTI")))
    assert changes.diff_snapshots([(BEFORE, lots)])["rows"] == []


def test_security_in_two_accounts_is_two_rows() -> None:
    after = replace(BEFORE, holdings=(*BEFORE.holdings, holding(ticker="VTI", account_id="other")))
    assert [row["account_id"] for row in changes.diff_snapshots([(BEFORE, after)])["rows"]] == ["other"]


def test_at_most_hundred_changes_are_listed() -> None:
    after = replace(BEFORE, holdings=tuple(holding(ticker=f"T{number}") for number in range(250)))
    found = changes.diff_snapshots([(BEFORE, after)])
    assert (found["added"], len(found["rows"])) == (250, 100)
