"""Properties of the merged view: exact, complete, and the same whatever the order."""

from dataclasses import replace
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.fakes.portfolios import holding, snapshot
from tidings.api.portfolio_types import PortfolioData
from tidings.decimals import sum_if_all_known
from tidings.holdings import Account, Holding, Option, Snapshot, Valuation
from tidings.model import ProviderName
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
    assert sum_if_all_known(row["quantity"] for row in view) == sum_if_all_known(row.quantity for row in held)
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


APPLE = replace(holding(isin="US0378331005"), name=None)
OLDER_PRICE = replace(APPLE, price=Decimal(1), price_as_of="2030-01-01")
NEWER_PRICE = replace(APPLE, price=Decimal(2), price_as_of="2030-01-02")
UNDATED_PRICE = replace(APPLE, price=Decimal(3))
UNKNOWN_PRICE = replace(APPLE, price_as_of="2030-01-03")


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (NEWER_PRICE, OLDER_PRICE),
        (OLDER_PRICE, UNDATED_PRICE),
        (OLDER_PRICE, UNKNOWN_PRICE),
        (UNDATED_PRICE, UNKNOWN_PRICE),
    ],
)
@pytest.mark.parametrize("fetched_later", ["better", "worse"])
def test_price_of_merged_row_is_newest_known_one(better: Holding, worse: Holding, fetched_later: str) -> None:
    """The price's own date decides. When its holding was fetched does not."""
    one, other = plaid([better], "better"), plaid([worse], "worse")
    began = {name: (2**42 if name == fetched_later else 2**41) for name in ("better", "worse")}
    one, other = (replace(each, fetch_began_at=began[each.source_id]) for each in (one, other))
    for order in ([one, other], [other, one]):
        [row] = merge_snapshots(*order)["holdings"]
        assert (row["price"], row["price_as_of"]) == (better.price, better.price_as_of)


def test_price_without_date_is_that_of_later_fetch() -> None:
    earlier = replace(plaid([UNDATED_PRICE], "earlier"), fetch_began_at=2**41)
    later = replace(plaid([replace(UNDATED_PRICE, price=Decimal(4))], "later"), fetch_began_at=2**42)
    for order in ([earlier, later], [later, earlier]):
        assert merge_snapshots(*order)["holdings"][0]["price"] == Decimal(4)


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


def test_portfolio_names_its_parts() -> None:
    merged = merge_snapshots()
    assert merged == {
        "holdings": [],
        "total_portfolio_value": Decimal(0),
        "totals_by_currency": {},
        "accounts": [],
        "statement_date": None,
        "account_type": "investment",
    }


def test_most_common_currency_wins_and_first_name_breaks_tie() -> None:
    canadian, euro = holding("RY", value="10", currency="CAD"), holding("SAP", value="900", currency="EUR")
    for held in ([canadian, euro], [euro, canadian]):
        merged = merge_snapshots(plaid(held))
        assert merged["total_portfolio_value"] == 10
        assert list(merged["totals_by_currency"].items()) == [("CAD", Decimal(10)), ("EUR", Decimal(900))]
    assert merge_snapshots(plaid([canadian, euro, replace(euro, ticker="SIE")]))["total_portfolio_value"] == 1800


def test_statement_dates_from_oldest_account() -> None:
    old = replace(plaid([APPLE], "old"), fetch_began_at=1_700_000_000_000)
    new = plaid([APPLE], "new")
    for order in ([old, new], [new, old]):
        assert merge_snapshots(*order)["statement_date"] == "2023-11-14"


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


def test_rows_that_nobody_identifies_stay_apart() -> None:
    pool = replace(holding(), ticker=None, name="Bond Pool")
    assert len(merge_snapshots(plaid([pool, pool]))["holdings"]) == 2
    identified = replace(pool, security_id="s1")
    assert len(merge_snapshots(plaid([identified, identified]))["holdings"]) == 1


def test_rows_of_unreadable_account_have_their_own_date() -> None:
    unreadable = Account("account", None, None, None, None, None, readable=False, rows_from=1_700_000_000_000)
    merged = merge_snapshots(replace(plaid([APPLE]), accounts=(unreadable,)))
    assert merged["holdings"][0]["sources"][0]["as_of"] == "2023-11-14T22:13:20.000Z"
    assert merged["statement_date"] == "2023-11-14"


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


def test_merged_row_is_valued_as_older_share_if_newest_is_not() -> None:
    valued = replace(OLDER_PRICE, type="other", valuation=Valuation("old", "total", "Old."))
    for held in ([replace(NEWER_PRICE, type="other"), valued], [valued, replace(NEWER_PRICE, type="other")]):
        [row] = merge_snapshots(plaid(held))["holdings"]
        assert row["valuation"] == {"reading": "old", "by": "total", "detail": "Old."}
        assert (row["price"], row["type"]) == (NEWER_PRICE.price, "other")
