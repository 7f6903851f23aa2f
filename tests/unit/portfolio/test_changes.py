"""The changes that a refresh reports."""

import json
import zlib
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.fakes.portfolios import holding, snapshot
from tidings.holdings import Holding, Option, Snapshot
from tidings.portfolio import changes
from tidings.store import snapshot_codec

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


def test_listed_change_names_its_row_as_it_is_now() -> None:
    renamed = replace(holding(ticker="AAPL", quantity="3"), name="Apple Inc.", isin="US0378331005")
    [row] = changes.diff_snapshots([(BEFORE, replace(BEFORE, holdings=(renamed, BEFORE.holdings[1])))])["rows"]
    assert row == {
        "change": "quantity_changed",
        "provider": "plaid",
        "source_id": "item",
        "account_id": "account",
        "ticker": "AAPL",
        "name": "Apple Inc.",
        "currency": "USD",
        "quantity_before": Decimal(2),
        "quantity_after": Decimal(3),
    }


def test_rows_are_in_order_of_account_and_security_within_each_source() -> None:
    def taken(source_id: str, *rows: tuple[str, str]) -> Snapshot:
        held = [replace(holding(ticker, account_id=one), source_id=source_id) for one, ticker in rows]
        return snapshot("plaid", source_id, holdings=held)

    rows = [("b", "A"), ("a", "Z"), ("a", "B")]
    for order in (rows, rows[::-1]):
        pairs = [(taken("two"), taken("two", *order)), (taken("one", *order), taken("one"))]
        listed = changes.diff_snapshots(pairs)["rows"]
        assert [(row["source_id"], row["change"], row["account_id"], row["ticker"]) for row in listed] == [
            (source, change, account_id, ticker)
            for source, change in (("two", "added"), ("one", "removed"))
            for account_id, ticker in (("a", "B"), ("a", "Z"), ("b", "A"))
        ]


def test_rows_that_an_earlier_version_split_are_joined() -> None:
    """Its rows had no terms, so that two lots of a bond could have two identities."""
    lots = tuple(replace(holding("T", quantity=quantity), name="Bond", type="fixed_income") for quantity in ("1", "2"))
    now = replace(lots[0], quantity=Decimal(3), security_id="s")
    assert changes.diff_snapshots([(replace(BEFORE, holdings=lots), replace(BEFORE, holdings=(now,)))])["rows"] == []
    sold = replace(now, quantity=Decimal(2))
    [row] = changes.diff_snapshots([(replace(BEFORE, holdings=lots), replace(BEFORE, holdings=(sold,)))])["rows"]
    assert (row["quantity_before"], row["quantity_after"]) == (Decimal(3), Decimal(2))


def test_row_with_id_is_not_paired_by_its_description() -> None:
    known = replace(holding(), ticker=None, name="Pool", security_id="s1")
    found = changes.diff_snapshots(
        [(replace(BEFORE, holdings=(known,)), replace(BEFORE, holdings=(replace(known, security_id="s2"),)))]
    )
    assert (found["added"], found["removed"]) == (1, 1)


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


def stored_earlier(holdings: tuple[Holding, ...]) -> tuple[Holding, ...]:
    """Load rows from content that has only the columns of the version before."""
    later = {
        "security_id", "raw_symbol", "maturity", "coupon", "multiplier", "unvested_quantity", "unvested_value",
        "valuation",
    }  # fmt: skip
    content = json.loads(zlib.decompress(b"".join(snapshot_codec.encode(holdings, []))))
    [columns, options, accounts] = content["columns"]
    kept = [column for column, name in enumerate(columns) if name not in later]
    content["columns"] = [[columns[column] for column in kept], options[:6], accounts]
    content["holdings"] = [[row[column] for column in kept] for row in content["holdings"]]
    for row in content["holdings"]:
        if row[-1] is not None:
            del row[-1][6:]
    return snapshot_codec.decode([zlib.compress(json.dumps(content).encode())])[0]


PLAN_FUND = replace(holding(), ticker=None, name="Large Cap Pool", security_id="s1")
DESCRIBED = (
    replace(holding("SHOP.TO", currency="CAD"), raw_symbol="SHOP", security_id="s2", exchange="XTSE"),
    PLAN_FUND,
    replace(PLAN_FUND, name="Bond Pool", security_id="s3"),
    replace(holding("T"), type="fixed_income", maturity="2033-11-15", coupon=Decimal("4.5"), security_id="s4"),
    replace(holding("BTC"), type="crypto", security_id="s5"),
    replace(
        holding("SPXW261218C06000000"),
        type="option",
        security_id="s6",
        option=Option("SPX", "call", Decimal(6000), "2026-12-18", Decimal(1), Decimal(100), root="SPXW"),
    ),
    replace(holding("ESZ6"), type="derivative", maturity="2026-12-18", multiplier=Decimal(50), security_id="s7"),
)


def test_unchanged_holdings_of_earlier_version_have_no_difference() -> None:
    before, after = (replace(BEFORE, holdings=rows) for rows in (stored_earlier(DESCRIBED), DESCRIBED))
    assert all(row.security_id is None for row in before.holdings)
    assert changes.diff_snapshots([(before, after)])["rows"] == []


def test_change_since_earlier_version_is_listed() -> None:
    [*others, _] = DESCRIBED
    bought = (replace(PLAN_FUND, quantity=Decimal(3)), *others)
    before = replace(BEFORE, holdings=stored_earlier(DESCRIBED))
    after = replace(BEFORE, holdings=tuple(row for row in bought if row is not PLAN_FUND))
    listed = {row["name"]: row["change"] for row in changes.diff_snapshots([(before, after)])["rows"]}
    assert listed == {"Large Cap Pool": "quantity_changed", "Esz6": "removed"}


def test_minor_unit_read_anew_is_no_change() -> None:
    pence = replace(BEFORE, holdings=(holding("VOD", currency="GBX"),))
    pounds = replace(BEFORE, holdings=(replace(holding("VOD", currency="GBP"), security_id="s"),))
    assert changes.diff_snapshots([(pence, pounds)])["rows"] == []


def test_other_contract_of_same_terms_is_a_change() -> None:
    [weekly] = [row for row in DESCRIBED if row.option]
    standard = replace(weekly, security_id="s8", option=replace(weekly.option, root="SPX"))  # type: ignore[type-var]
    found = changes.diff_snapshots([(replace(BEFORE, holdings=(weekly,)), replace(BEFORE, holdings=(standard,)))])
    assert (found["added"], found["removed"]) == (1, 1)


def list_changes(before: Sequence[Holding], after: Sequence[Holding]) -> list[tuple[object, ...]]:
    pair = (replace(BEFORE, holdings=tuple(before)), replace(BEFORE, holdings=tuple(after)))
    rows = changes.diff_snapshots([pair])["rows"]
    return [(row["change"], row["currency"], row["quantity_before"], row["quantity_after"]) for row in rows]


def test_identifier_that_the_provider_states_no_longer_or_at_last_is_no_change() -> None:
    identified = holding(isin="US0378331005")
    for rows in ([identified, holding()], [holding(), identified]):
        assert list_changes(rows[:1], rows[1:]) == []


def test_change_is_named_as_its_first_lot() -> None:
    lots = [replace(holding(), name=name) for name in ("First", "Second")]
    empty, held = replace(BEFORE, holdings=()), replace(BEFORE, holdings=tuple(lots))
    for pair in ((empty, held), (held, empty)):
        assert [row["name"] for row in changes.diff_snapshots([pair])["rows"]] == ["First"]


PENCE, POUNDS = holding("VOD", currency="GBX"), holding("VOD", currency="GBP")


def test_only_rows_that_are_gone_and_added_are_paired() -> None:
    more = replace(POUNDS, quantity=Decimal(5))
    assert list_changes([PENCE], [PENCE, more]) == [("added", "GBP", None, 5)]
    assert list_changes([PENCE, more], [replace(more, quantity=Decimal(6))]) == [
        ("quantity_changed", "GBP", 5, 6),
        ("removed", "GBX", 1, None),
    ]


@pytest.mark.parametrize(
    "other",
    [{"account_id": "b"}, {"ticker": "BP"}, {"name": "Other"}, {"isin": "GB00BH4HKS39"}, {"cusip": "92857W308"}],
)
def test_rows_of_another_description_are_not_paired(other: dict[str, str]) -> None:
    found = list_changes([PENCE], [replace(POUNDS, **other)])  # type: ignore[arg-type]
    assert sorted(str(change) for change, *_ in found) == ["added", "removed"]


def test_lots_are_paired_by_their_first_if_none_has_an_id() -> None:
    def lots(row: Holding, *, last_id: str | None = None) -> list[Holding]:
        return [replace(row, name="First"), replace(row, name="Second", security_id=last_id)]

    assert list_changes(lots(PENCE), lots(POUNDS)) == []
    assert list_changes(lots(PENCE, last_id="s"), lots(POUNDS)) == [
        ("added", "GBP", None, 2),
        ("removed", "GBX", 2, None),
    ]
