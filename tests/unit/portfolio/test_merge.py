"""Properties of the merged view: exact, complete, and the same whatever the order."""

from dataclasses import replace
from decimal import Decimal
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from tests.support.fakes.portfolios import arbitrary_holdings, holding, snapshot
from tests.unit.portfolio.merged_portfolio import APPLE, merge_snapshots, plaid
from tidings.api.portfolio_types import PortfolioData
from tidings.decimals import sum_if_all_known
from tidings.holdings import Holding
from tidings.model import ProviderName


@given(arbitrary_holdings)
def test_currency_total_is_sum_of_parts(held: list[Holding]) -> None:
    expected: dict[str, Decimal] = {}
    for row in held:
        expected[row.currency] = expected.get(row.currency, Decimal(0)) + (row.value or 0)
    assert merge_snapshots(plaid(held))["totals_by_currency"] == expected


@given(arbitrary_holdings)
def test_every_quantity_is_in_one_row(held: list[Holding]) -> None:
    view = merge_snapshots(plaid(held))["holdings"]
    assert sum_if_all_known(row["quantity"] for row in view) == sum_if_all_known(row.quantity for row in held)
    assert sum(len(row["sources"]) for row in view) == len(held)


@given(arbitrary_holdings, st.randoms(use_true_random=False))
def test_order_and_split_do_not_matter(held: list[Holding], random: object) -> None:
    shuffled = list(held)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    middle = len(shuffled) // 2
    together, apart = (
        merge_snapshots(plaid(held)),
        merge_snapshots(plaid(shuffled[:middle], "one"), plaid(shuffled[middle:], "two")),
    )
    assert together["totals_by_currency"] == apart["totals_by_currency"]
    assert list_sums(together) == list_sums(apart)


def list_sums(view: PortfolioData) -> list[tuple[object, ...]]:
    kept = ("currency", "quantity", "value", "cost_basis")
    return sorted((tuple(row[name] for name in kept) for row in view["holdings"]), key=repr)  # type: ignore[literal-required]


@given(arbitrary_holdings)
def test_missing_part_makes_sum_unknown(held: list[Holding]) -> None:
    for row in merge_snapshots(plaid(held))["holdings"]:
        parts = [share["cost_basis"] for share in row["sources"]]
        assert (row["cost_basis"] is None) == any(part is None for part in parts)


def test_rows_that_nobody_identifies_stay_apart() -> None:
    pool = replace(holding(), ticker=None, name="Bond Pool")
    assert len(merge_snapshots(plaid([pool, pool]))["holdings"]) == 2
    identified = replace(pool, security_id="s1")
    assert len(merge_snapshots(plaid([identified, identified]))["holdings"]) == 1


lots = st.builds(
    lambda ticker, name, kind, price, dated, identifier, quantity, account: replace(
        holding(ticker, account_id=account),
        name=name,
        type=kind,
        price=price,
        price_as_of=dated,
        security_id=identifier,
        quantity=quantity,
    ),
    ticker=st.sampled_from(["SHOP", "SHOP.TO", "BTC"]),
    name=st.sampled_from([None, "One", "Two"]),
    kind=st.sampled_from(["equity", "other", "crypto", "fixed_income"]),
    price=st.sampled_from([None, Decimal(1), Decimal(2)]),
    dated=st.sampled_from([None, "2030-01-01", "2030-01-02"]),
    identifier=st.sampled_from([None, "s1", "s2"]),
    quantity=st.sampled_from([None, Decimal(1), Decimal(2)]),
    account=st.sampled_from(["a", "b"]),
)


@given(st.lists(lots, max_size=6), st.lists(lots, max_size=6), st.randoms(use_true_random=False))
def test_order_of_rows_and_sources_changes_no_row(one: list[Holding], other: list[Holding], random: object) -> None:
    held: list[tuple[ProviderName, list[Holding]]] = [("plaid", one), ("snaptrade", other)]
    taken = [
        snapshot(name, name, holdings=[replace(row, provider=name, source_id=name) for row in rows])
        for name, rows in held
    ]
    shuffled = []
    for made in reversed(taken):
        rows = list(made.holdings)
        random.shuffle(rows)  # type: ignore[attr-defined]
        shuffled.append(replace(made, holdings=tuple(rows)))
    expected, found = merge_snapshots(*taken), merge_snapshots(*shuffled)
    assert sorted(map(str, found["holdings"])) == sorted(map(str, expected["holdings"]))
    assert {**found, "holdings": []} == {**expected, "holdings": []}


def test_parts_of_row_are_ordered_by_provider_source_and_account() -> None:
    """Two lots of one account are ordered by their content among them."""

    def lot(account_id: str, value: str) -> Holding:
        return replace(APPLE, account_id=account_id, value=Decimal(value))

    first = plaid([lot("z", "9"), lot("z", "8"), lot("y", "8.5")], "a")
    second = plaid([lot("a", "5")], "b")
    third = snapshot("snaptrade", "a", holdings=[replace(lot("a", "1"), provider="snaptrade", source_id="a")])
    for order in permutations([first, second, third]):
        [row] = merge_snapshots(*order)["holdings"]
        parts = [(part["provider"], part["source_id"], part["account_id"], part["value"]) for part in row["sources"]]
        assert parts == [
            ("plaid", "a", "y", Decimal("8.5")),
            ("plaid", "a", "z", Decimal(8)),
            ("plaid", "a", "z", Decimal(9)),
            ("plaid", "b", "a", Decimal(5)),
            ("snaptrade", "a", "a", Decimal(1)),
        ]
