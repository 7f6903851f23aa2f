"""A merged row sums its shares, and describes the instrument by the newest of them that knows it."""

from dataclasses import replace
from decimal import Decimal
from itertools import permutations

import pytest

from tests.support.fakes.portfolios import snapshot
from tests.unit.portfolio.merged_portfolio import APPLE, NEWER_PRICE, OLDER_PRICE, merge_snapshots, plaid
from tidings.holdings import Holding, Option, Valuation


def test_single_row_shows_whole_holding() -> None:
    contract = Option("SPX", "put", Decimal(6000), "2026-12-18", Decimal(2), Decimal(100), "SPXW")
    full = Holding(
        ticker="SPX 261218P06000000",
        name="SPX put",
        type="option",
        quantity=Decimal(2),
        price=Decimal(5),
        price_as_of="2026-09-22",
        value=Decimal(1000),
        cost_basis=Decimal(900),
        currency="CAD",
        account_id="account",
        account_name="Joint",
        institution="Fidelity",
        provider="snaptrade",
        source_id="connection",
        exchange="XCBO",
        isin="US0378331005",
        cusip="037833100",
        is_cash=True,
        option=contract,
        raw_symbol="SPXW  261218P06000000",
        maturity="2026-12-18",
        coupon=Decimal("0.05"),
        multiplier=Decimal(100),
        unvested_quantity=Decimal(7),
        unvested_value=Decimal(70),
        valuation=Valuation("per unit", "total", "Decided."),
    )
    [row] = merge_snapshots(snapshot("snaptrade", "connection", holdings=[full]))["holdings"]
    part = {
        "provider": "snaptrade",
        "source_id": "connection",
        "account_id": "account",
        "account_name": "Joint",
        "institution": "Fidelity",
        "quantity": Decimal(2),
        "value": Decimal(1000),
        "cost_basis": Decimal(900),
        "as_of": "2026-02-19T11:20:00.000Z",
    }
    unshown = {"security_id"}
    described = {name: getattr(full, name) for name in full.__slots__ if name not in unshown}
    described["option"] = {
        "underlying": "SPX",
        "kind": "put",
        "strike": Decimal(6000),
        "expiry": "2026-12-18",
        "contracts": Decimal(2),
        "multiplier": Decimal(100),
        "root": "SPXW",
    }
    described["valuation"] = {"reading": "per unit", "by": "total", "detail": "Decided."}
    assert row == {**described, "sources": [part]}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ticker", "AAPL"),
        ("name", "Apple"),
        ("exchange", "XNAS"),
        ("isin", "US0378331005"),
        ("cusip", "037833100"),
        ("raw_symbol", "AAPL US"),
        ("maturity", "2030-06-30"),
        ("coupon", Decimal("0.05")),
        ("multiplier", Decimal(100)),
    ],
)
def test_merged_row_is_completed_by_older_share(name: str, value: object) -> None:
    newest = replace(NEWER_PRICE, **{name: None})  # type: ignore[arg-type]
    other = replace(OLDER_PRICE, **{name: value})  # type: ignore[arg-type]
    for held in ([newest, other], [other, newest]):
        [row] = merge_snapshots(plaid(held))["holdings"]
        assert (row["price_as_of"], row[name]) == (NEWER_PRICE.price_as_of, value)  # type: ignore[literal-required]


def test_merged_row_keeps_description_of_newest_share() -> None:
    newest = replace(NEWER_PRICE, name="New", type="etf", valuation=Valuation("new", "total", "New."))
    older = replace(OLDER_PRICE, name="Old", type="equity", valuation=Valuation("old", "total", "Old."))
    for held in ([newest, older], [older, newest]):
        [row] = merge_snapshots(plaid(held))["holdings"]
        assert (row["name"], row["type"]) == ("New", "etf")
        assert row["valuation"] == {"reading": "new", "by": "total", "detail": "New."}


def test_merged_amounts_are_sums() -> None:
    shares = [replace(APPLE, cost_basis=Decimal(cost), value=Decimal(value)) for cost, value in ((10, 15), (20, 40))]
    [row] = merge_snapshots(plaid(shares))["holdings"]
    assert (row["quantity"], row["value"], row["cost_basis"]) == (Decimal(2), Decimal(55), Decimal(30))


def test_unknown_quantity_makes_sum_unknown() -> None:
    unknown = replace(APPLE, quantity=None)
    [row] = merge_snapshots(plaid([APPLE, unknown]))["holdings"]
    assert row["quantity"] is None
    assert [share["quantity"] for share in row["sources"]] in ([1, None], [None, 1])


def test_unvested_parts_are_sums_of_known_ones() -> None:
    granted = replace(APPLE, unvested_quantity=Decimal(3), unvested_value=Decimal(300))
    [row] = merge_snapshots(plaid([APPLE, granted, granted]))["holdings"]
    assert (row["unvested_quantity"], row["unvested_value"]) == (Decimal(6), Decimal(600))
    [row] = merge_snapshots(plaid([APPLE, APPLE]))["holdings"]
    assert row["unvested_quantity"] is row["unvested_value"] is None


def test_merged_row_prefers_known_values() -> None:
    valued = replace(
        APPLE, name="Apple", type="other", price=Decimal(5), valuation=Valuation("per unit", "total", "Decided.")
    )
    priceless = replace(APPLE, exchange="XNAS", raw_symbol="AAPL", price_as_of="2030-01-01", account_name="Other")
    [row] = merge_snapshots(plaid([priceless, valued]))["holdings"]
    assert (row["price"], row["name"], row["exchange"], row["raw_symbol"]) == (Decimal(5), "Apple", "XNAS", "AAPL")
    assert (row["type"], row["account_name"]) == ("equity", None)
    assert row["valuation"] == {"reading": "per unit", "by": "total", "detail": "Decided."}


def test_contracts_of_merged_option_are_summed() -> None:
    contract = Option("SPX", "call", Decimal(6000), "2026-12-18", Decimal(2), Decimal(100))
    [row] = merge_snapshots(
        plaid([replace(APPLE, option=contract), replace(APPLE, option=replace(contract, root="SPX"))])
    )["holdings"]
    assert row["option"] is not None
    assert (row["option"]["contracts"], row["option"]["root"]) == (Decimal(4), "SPX")
    [row] = merge_snapshots(
        plaid([replace(APPLE, option=contract), replace(APPLE, option=replace(contract, contracts=None))])
    )["holdings"]
    assert row["option"] is not None
    assert row["option"]["contracts"] is None


def test_terms_of_merged_option_are_those_of_newest_share_completed_by_older() -> None:
    contract = Option("BRK.B", "call", Decimal(500), "2026-12-18", Decimal(2), Decimal(100))
    newest = replace(NEWER_PRICE, option=contract)
    older = replace(OLDER_PRICE, option=replace(contract, underlying="BRKB", root="BRKB"))
    oldest = replace(OLDER_PRICE, price_as_of="2029-12-31", option=replace(contract, underlying="BRK/B", root="BRK/B"))
    for order in permutations([newest, older, oldest]):
        [row] = merge_snapshots(plaid(list(order)))["holdings"]
        assert row["option"] is not None
        assert (row["option"]["underlying"], row["option"]["root"]) == ("BRK.B", "BRKB")


def test_merged_row_is_valued_as_older_share_if_newest_is_not() -> None:
    valued = replace(OLDER_PRICE, type="other", valuation=Valuation("old", "total", "Old."))
    for held in ([replace(NEWER_PRICE, type="other"), valued], [valued, replace(NEWER_PRICE, type="other")]):
        [row] = merge_snapshots(plaid(held))["holdings"]
        assert row["valuation"] == {"reading": "old", "by": "total", "detail": "Old."}
        assert (row["price"], row["type"]) == (NEWER_PRICE.price, "other")
