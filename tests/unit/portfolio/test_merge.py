"""Properties of the merged view: exact, complete, and the same whatever the order."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tests.support.fakes.portfolios import holding, snapshot
from tidings.api.response_types import PortfolioData
from tidings.model import Holding, Snapshot
from tidings.portfolio import accounts, merge
from tidings.store import snapshot_codec

amounts = st.decimals(min_value=-(10**12), max_value=10**12, allow_nan=False, allow_infinity=False, places=12)
rows = st.builds(
    lambda ticker, currency, isin, quantity, value, cost, account: replace(
        holding(ticker, currency=currency, isin=isin, account_id=account),
        quantity=quantity,
        value=value,
        cost_basis=cost,
    ),
    ticker=st.sampled_from(["AAPL", "VTI", "CUR:USD"]),
    currency=st.sampled_from(["USD", "CAD"]),
    isin=st.sampled_from([None, "US0378331005"]),
    quantity=amounts,
    value=st.none() | amounts,
    cost=st.none() | amounts,
    account=st.sampled_from(["a", "b"]),
)
portfolios = st.lists(rows, max_size=12)


def merge_snapshots(*snapshots: Snapshot) -> PortfolioData:
    return merge.merge_holdings(accounts.deduplicate(snapshots), "USD")


def plaid(held: list[Holding], source_id: str = "item") -> Snapshot:
    return snapshot("plaid", source_id, holdings=[replace(row, source_id=source_id) for row in held])


@given(portfolios)
def test_currency_total_is_sum_of_parts(held: list[Holding]) -> None:
    expected: dict[str, Decimal] = {}
    for row in held:
        expected[row.currency] = expected.get(row.currency, Decimal(0)) + (row.value or 0)
    assert merge_snapshots(plaid(held))["totals_by_currency"] == expected


@given(portfolios)
def test_every_quantity_is_in_one_row(held: list[Holding]) -> None:
    view = merge_snapshots(plaid(held))["holdings"]
    assert sum((row["quantity"] for row in view), Decimal(0)) == sum((row.quantity for row in held), Decimal(0))
    assert sum(len(row["sources"]) for row in view) == len(held)


@given(portfolios, st.randoms(use_true_random=False))
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


@given(portfolios)
def test_missing_part_makes_sum_unknown(held: list[Holding]) -> None:
    for row in merge_snapshots(plaid(held))["holdings"]:
        parts = [share["cost_basis"] for share in row["sources"]]
        assert (row["cost_basis"] is None) == any(part is None for part in parts)


@given(portfolios)
def test_stored_holdings_round_trip(held: list[Holding]) -> None:
    assert snapshot_codec.decode(snapshot_codec.encode(held, []))[0] == tuple(held)


@given(portfolios)
def test_digest_ignores_order_and_detects_change(held: list[Holding]) -> None:
    assert snapshot_codec.digest(held) == snapshot_codec.digest(held[::-1])
    assert snapshot_codec.digest([*held, holding()]) != snapshot_codec.digest(held)


def test_headline_currency_is_main_or_most_common() -> None:
    canadian = [holding("RY", value="10", currency="CAD"), holding("TD", value="5", currency="CAD")]
    euro = holding("SAP", value="900", currency="EUR")
    assert merge_snapshots(plaid([*canadian, euro]))["total_portfolio_value"] == 15
    assert merge_snapshots(plaid([*canadian, euro, holding(value="1")]))["total_portfolio_value"] == 1


def test_merged_price_is_newest() -> None:
    old = plaid([replace(holding(isin="US0378331005"), price=Decimal(1))], "old")
    new = replace(plaid([replace(holding(isin="US0378331005"), price=Decimal(2))], "new"), fetch_began_at=2**42)
    (row,) = merge_snapshots(old, new)["holdings"]
    assert (row["price"], row["source_id"]) == (Decimal(2), "new")
