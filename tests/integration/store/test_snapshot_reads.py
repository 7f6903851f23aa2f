"""Reading snapshots: whole, of the wanted provider, and without what no head names."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.aws.account import table_name
from tests.support.aws.aws_calls import intercept_calls
from tests.support.aws.inserted_rows import KEY, USER, fetched, plant_head, plant_source, read
from tests.support.aws.tables import Tables
from tests.support.drivers.output import Output
from tests.support.fakes.portfolios import account, holding
from tests.support.fakes.virtual_time import virtual_time
from tidings.errors import StoreUnavailable
from tidings.holdings import FetchedHoldings, Snapshot
from tidings.model import ItemKey
from tidings.store import snapshot_codec, snapshots
from tidings.store.sources import SourceKey

BEGAN = 1_790_000_000_000
PLAID = SourceKey.of_item(USER, ItemKey("plaid", "a#b"))
MINUTE_MS = 60_000


def store(key: SourceKey = KEY, content: FetchedHoldings | None = None, began_at: int = BEGAN) -> Snapshot:
    source = read(source_id=key.source_id, institution="As listed")
    snapshot = snapshots.save_content(key, source, content or fetched(), began_at)
    assert snapshots.commit(key, source, snapshot) is None
    return snapshot


@pytest.fixture
def linked(tables: Tables) -> Tables:
    """The tables, with a source of each provider."""
    plant_source(tables)
    plant_source(tables, entry="source#plaid#a#b", item="plaid#a#b")
    return tables


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a small portfolio have several parts."""
    monkeypatch.setattr(snapshot_codec, "_SLICE_BYTES", 100)


def delete_part(tables: Tables, entry: str) -> None:
    key = {"user_id": {"S": USER}, "entry": {"S": entry}}
    tables.dynamodb.delete_item(TableName=table_name("HoldingsTable"), Key=key)


def test_stored_snapshot_is_read_as_it_was_saved(linked: Tables, small_parts: None) -> None:
    rows = tuple(holding(ticker, quantity="1.50") for ticker in ("AAPL", "MSFT", "NVDA"))
    content = FetchedHoldings(rows, (account("a", mask="1234"),), "Broker", "stamp")
    saved = store(content=content)
    assert saved.parts > 2
    assert saved == Snapshot(
        provider="snaptrade",
        source_id="c1",
        link_id="l1",
        generation=2,
        fetch_began_at=BEGAN,
        fetch_id=saved.fetch_id,
        parts=saved.parts,
        digest=snapshot_codec.digest(rows),
        holdings=rows,
        accounts=content.accounts,
        institution="Broker",
        provider_stamp="stamp",
    )
    assert snapshots.read_snapshots(USER, None, BEGAN).snapshots == {("snaptrade", "c1"): saved}


def test_snapshot_has_name_of_source_if_fetch_names_none(linked: Tables) -> None:
    store(content=FetchedHoldings((), (), None, None))
    [snapshot] = snapshots.read_snapshots(USER, None, BEGAN).snapshots.values()
    assert (snapshot.institution, snapshot.provider_stamp) == ("As listed", None)


def test_each_fetch_has_an_id_of_its_own(linked: Tables) -> None:
    one, other = (snapshots.save_content(KEY, read(), fetched(), BEGAN) for _ in range(2))
    assert one.fetch_id != other.fetch_id
    parts = [row["entry"] for row in linked.rows("HoldingsTable")]
    assert sorted(parts) == sorted(f"snaptrade#c1#{fetch.fetch_id}#000" for fetch in (one, other))


@pytest.mark.parametrize(("provider", "found"), [("plaid", {"a#b"}), ("snaptrade", {"c1"}), (None, {"a#b", "c1"})])
def test_snapshots_of_one_provider_are_read(linked: Tables, provider: Any, found: set[str]) -> None:  # noqa: ANN401
    for key in (KEY, PLAID):
        store(key)
    stored = snapshots.read_snapshots(USER, provider, BEGAN)
    assert {source_id for _, source_id in stored.snapshots} == found
    assert stored.orphaned_parts == ()
    assert snapshots.read_snapshots("bob", provider, BEGAN) == ({}, ())


@pytest.mark.parametrize(("complete_at", "is_read"), [(4, True), (5, False)])
def test_read_is_repeated_while_a_part_is_missing(
    linked: Tables, small_parts: None, complete_at: int, is_read: bool
) -> None:
    saved = store()
    [part] = [row for row in linked.rows("HoldingsTable") if row["entry"].endswith("#001")]
    delete_part(linked, part["entry"])
    reads = 0

    def complete(model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's
        nonlocal reads
        if model.name == "Query":
            reads += 1
            if reads == complete_at:
                entry, content = {"S": part["entry"]}, {"B": bytes(part["content"])}
                stored = {"user_id": {"S": USER}, "entry": entry, "content": content}
                linked.dynamodb.put_item(TableName=table_name("HoldingsTable"), Item=stored)

    with intercept_calls(complete):
        if is_read:
            assert snapshots.read_snapshots(USER, "snaptrade", BEGAN).snapshots == {("snaptrade", "c1"): saved}
        else:
            with pytest.raises(StoreUnavailable):
                snapshots.read_snapshots(USER, "snaptrade", BEGAN)


@pytest.mark.parametrize(
    ("age_ms", "is_orphaned"), [(10 * MINUTE_MS, False), (10 * MINUTE_MS + 1, True), (-MINUTE_MS, False)]
)
def test_part_without_head_is_orphaned_after_ten_minutes(linked: Tables, age_ms: int, is_orphaned: bool) -> None:
    store()
    fetch = snapshots.save_content(KEY, read(), fetched(), BEGAN)
    stored = snapshots.read_snapshots(USER, "snaptrade", BEGAN + age_ms)
    assert stored.orphaned_parts == ((f"snaptrade#c1#{fetch.fetch_id}#000",) if is_orphaned else ())
    assert list(stored.snapshots) == [("snaptrade", "c1")]


def test_parts_are_listed_by_their_head(linked: Tables) -> None:
    snaptrade, plaid = store(), store(PLAID)
    orphan = snapshots.save_content(KEY, read(), fetched(), BEGAN)
    of_snaptrade = {f"snaptrade#c1#{fetch.fetch_id}#000": "snaptrade#c1" for fetch in (snaptrade, orphan)}
    of_plaid = {f"plaid#a#b#{plaid.fetch_id}#000": "plaid#a#b"}
    assert snapshots.stored_parts(USER, "snaptrade") == of_snaptrade
    assert snapshots.stored_parts(USER, "plaid") == of_plaid
    assert snapshots.stored_parts(USER) == of_snaptrade | of_plaid
    assert sorted(snapshots.snapshot_entries(USER)) == sorted([*of_snaptrade, *of_plaid, "snaptrade#c1", "plaid#a#b"])


def test_stamps_of_wanted_sources_are_read(linked: Tables) -> None:
    for key in (KEY, PLAID):
        store(key)
    plant_head(linked, entry="snaptrade#c2", link_id="l2")
    assert snapshots.provider_stamps(USER, "snaptrade", ["c1", "c2", "c3"]) == {
        "c1": ("l1", "stamp"),
        "c2": ("l2", None),
    }
    assert snapshots.provider_stamps(USER, "plaid", ["a#b"]) == {"a#b": ("l1", "stamp")}


def test_clean_up_deletes_parts(linked: Tables) -> None:
    fetch = snapshots.save_content(KEY, read(), fetched(), BEGAN)
    snapshots.clean_up(USER, [f"snaptrade#c1#{fetch.fetch_id}#000"])
    assert linked.rows("HoldingsTable") == []


def test_failed_clean_up_is_logged(linked: Tables, output: Output) -> None:
    with linked.without_table("HoldingsTable"):
        snapshots.clean_up(USER, ["snaptrade#c1#0#000"])
    [line] = output.lines_with_message("old content not deleted")
    assert line["aws_error"] == "ResourceNotFoundException"


def test_clean_up_waits_briefly_for_hanging_store(linked: Tables, output: Output) -> None:
    with virtual_time(lambda _number, _text: True) as virtual:
        began_s = virtual.now_s
        snapshots.clean_up(USER, ["snaptrade#c1#0#000"])
        assert virtual.now_s - began_s == pytest.approx(3)
    [line] = output.lines_with_message("old content not deleted")
    assert "aws_error" not in line


def test_forgotten_account_leaves_the_others(linked: Tables, small_parts: None) -> None:
    of_account = [holding(str(31**power), account_id="a") for power in (97, 98, 99)]
    rows = (*of_account, holding(account_id="b"))
    stored = store(content=FetchedHoldings(rows, (account("a"), account("b")), "Broker", "stamp"))
    assert snapshots.forget_account(KEY, read(), stored, "a")
    [after] = snapshots.read_snapshots(USER, "snaptrade", BEGAN).snapshots.values()
    assert after == replace(
        stored,
        holdings=rows[3:],
        accounts=(account("b"),),
        digest=snapshot_codec.digest(rows[3:]),
        fetch_id=after.fetch_id,
        parts=after.parts,
    )
    assert after.fetch_id != stored.fetch_id
    assert after.parts < stored.parts
    assert len(snapshots.stored_parts(USER)) == after.parts
