"""What a revocation deletes: all of one source, or one account in it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from tests.support.aws.aws_calls import FailingCall, cancelled_transaction, intercept_calls
from tests.support.aws.inserted_rows import KEY, USER, plant_item, plant_source, read
from tests.support.aws.tables import Tables
from tests.support.fakes.portfolios import account, holding
from tidings.errors import StoreUnavailable
from tidings.holdings import FetchedHoldings, Snapshot
from tidings.store import history, revocation, snapshots, user_state
from tidings.store.sources import SourceKey

SECOND = KEY._replace(source_id="c2")


def store(
    holdings: Sequence[str] = ("a", "b"), accounts: Sequence[str] = ("a", "b"), *, key: SourceKey = KEY, at: int = 100
) -> None:
    """Store what a fetch of a source returned of these accounts, and that something changed."""
    held = tuple(holding(account_id=name) for name in holdings)
    fetched = FetchedHoldings(held, tuple(account(name) for name in accounts), "Broker", None)
    source = read(source_id=key.source_id)
    assert snapshots.commit(key, source, snapshots.save_content(key, source, fetched, at)) is None
    history.changes_row(key, f"{at:013d}abcd", {"value": Decimal(1)}).save()


def stored() -> Snapshot:
    [snapshot] = snapshots.read_snapshots(USER, "snaptrade", 0).snapshots.values()
    return snapshot


def test_end_of_access_deletes_content_and_history_of_its_source_alone(tables: Tables) -> None:
    plant_item(tables, credential="sealed")
    for key in (KEY, SECOND):
        plant_source(tables, entry=key.entry, status="revoked", status_version=1)
        store(key=key)
    assert revocation.end_access(KEY)
    assert set(tables.heads(USER)) == {"snaptrade#c2"}
    assert set(snapshots.stored_parts(USER).values()) == {"snaptrade#c2"}
    assert set(history.change_entries(USER).values()) == {"snaptrade#c2"}


def test_access_ends_where_nothing_was_counted_yet(tables: Tables) -> None:
    plant_item(tables, credential="sealed")
    plant_source(tables, status="revoked", generation=None)
    assert revocation.end_access(KEY)
    assert "credential" not in (tables.item("snaptrade", "u") or {})


@pytest.mark.parametrize("status", ["reconnect_required", None])
def test_access_of_source_that_has_not_ended_stays(tables: Tables, status: str | None) -> None:
    plant_item(tables, credential="sealed")
    plant_source(tables, status=status)
    store()
    before = tables.contents()
    assert not revocation.end_access(KEY)
    assert tables.contents() == before


def test_access_of_removed_source_is_not_ended(tables: Tables) -> None:
    plant_item(tables, credential="sealed")
    before = tables.contents()
    assert not revocation.end_access(KEY)
    assert tables.contents() == before


@pytest.mark.parametrize(
    ("holdings", "accounts"), [("ab", "ab"), ("ab", "b"), ("b", "ab")], ids=["both", "holdings", "accounts"]
)
def test_revoked_account_leaves_the_others(tables: Tables, holdings: str, accounts: str) -> None:
    plant_source(tables)
    store(holdings, accounts)
    assert revocation.forget_account(KEY, "a")
    assert [one.account_id for one in stored().holdings] == ["b"]
    assert [one.account_id for one in stored().accounts] == ["b"]
    assert history.change_entries(USER) == {}
    before = tables.contents()
    assert not revocation.forget_account(KEY, "a")
    assert tables.contents() == before


def test_account_of_source_without_content_is_not_found(tables: Tables) -> None:
    plant_source(tables)
    before = tables.contents()
    assert not revocation.forget_account(KEY, "a")
    assert tables.contents() == before


def test_account_of_source_that_was_linked_after_the_read_is_not_found(
    tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant_source(tables)
    store()
    monkeypatch.setattr(user_state, "read_source", lambda _key: None)
    assert not revocation.forget_account(KEY, "a")
    assert [one.account_id for one in stored().holdings] == ["a", "b"]


def test_account_is_forgotten_in_content_that_a_refresh_stored_meanwhile(tables: Tables) -> None:
    plant_source(tables)
    store()
    refreshes = iter([200])

    def refresh_first(model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's
        if model.name == "TransactWriteItems":
            for began_at in refreshes:
                store(at=began_at)

    with intercept_calls(refresh_first):
        assert revocation.forget_account(KEY, "a")
    assert stored().fetch_began_at == 200
    assert [one.account_id for one in stored().holdings] == ["b"]


def test_account_whose_content_changes_at_every_attempt_fails(tables: Tables) -> None:
    plant_source(tables)
    store()
    lost = FailingCall("TransactWriteItems", cancelled_transaction("None", "ConditionalCheckFailed"))
    with intercept_calls(lost), pytest.raises(StoreUnavailable):
        revocation.forget_account(KEY, "a")
    assert [one.account_id for one in stored().holdings] == ["a", "b"]
