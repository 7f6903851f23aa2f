"""Conditions of a public token's row: one exchange, one result, and no result after the lease was given up."""

from typing import Any

import pytest

from tests.support.aws.tables import Tables
from tidings.errors import NotFound
from tidings.model import ItemKey
from tidings.store import item_links, token_leases
from tidings.store.item_links import TokenChanged
from tidings.store.sources import SourceKey
from tidings.store.tables import LinkSession
from tidings.store.token_leases import ExchangeResult, ItemNotStored, Lease, TokenInUse

NOW = 1_800_000_000_000
KEY = SourceKey.of_item("alice", ItemKey("plaid", "it"))


def acquire(now: int = NOW, user_id: str = "alice") -> Lease:
    lease = token_leases.acquire_lease("public", user_id, "Bank", now)
    assert isinstance(lease, Lease)
    return lease


def link(lease: Lease) -> None:
    item_links.link_item(KEY, b"sealed", "Bank", result=token_leases.result_of_lease(lease, "it", NOW))


def test_lease_excludes_others_until_it_expires(tables: Tables) -> None:
    first = acquire()
    with pytest.raises(TokenInUse):
        acquire(NOW + 59_999)
    second = acquire(NOW + 60_000)
    assert (first.is_repeated, second.is_repeated) == (False, True)
    with pytest.raises(NotFound):
        acquire(NOW + 200_000, "mallory")


def test_lease_write_sent_twice_is_own(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    genuine = LinkSession.save

    def save_twice(row: LinkSession, *conditions: Any) -> Any:  # noqa: ANN401 - what pynamodb takes
        genuine(row, *conditions)
        return genuine(row, *conditions)

    monkeypatch.setattr(LinkSession, "save", save_twice)
    acquire()
    assert acquire(NOW + 60_000).is_repeated


def test_result_is_stored_with_link(tables: Tables) -> None:
    link(acquire())
    assert token_leases.acquire_lease("public", "alice", None, NOW) == ExchangeResult("it", "Bank")
    assert token_leases.find_result("public") == ExchangeResult("it", "Bank")
    assert tables.item("plaid", "it") is not None


def test_link_requires_own_lease(tables: Tables) -> None:
    lease = acquire()
    acquire(NOW + 60_000)
    before = tables.contents()
    with pytest.raises(TokenChanged):
        link(lease)
    assert tables.contents() == before


def test_link_is_refused_after_lease_was_given_up(tables: Tables) -> None:
    lease = acquire()
    assert token_leases.give_up(lease, "ending", NOW)
    with pytest.raises(TokenChanged):
        link(lease)
    assert tables.rows("ProviderItemsTable") == []
    with pytest.raises(ItemNotStored):
        acquire(NOW + 200_000)


def test_lease_of_linked_token_is_not_given_up(tables: Tables) -> None:
    lease = acquire()
    link(lease)
    before = tables.contents()
    assert not token_leases.give_up(lease, "ending", NOW)
    assert token_leases.is_linked(lease)
    assert not token_leases.record_failure(lease, "lost", NOW)
    token_leases.release(lease)
    token_leases.keep_attempt(lease, NOW)
    assert tables.contents() == before


def test_lease_of_another_request_stays(tables: Tables) -> None:
    lease = acquire()
    acquire(NOW + 60_000)
    before = tables.contents()
    assert not token_leases.give_up(lease, "ending", NOW)
    assert not token_leases.record_failure(lease, "lost", NOW)
    token_leases.release(lease)
    token_leases.keep_attempt(lease, NOW)
    assert tables.contents() == before


def test_outcome_of_given_up_item_is_stored_once(tables: Tables) -> None:
    lease = acquire()
    token_leases.give_up(lease, "ending", NOW)
    assert token_leases.record_failure(lease, "ended", NOW)
    assert not token_leases.record_failure(lease, "lost", NOW)
    assert [row["failure"] for row in tables.rows("LinkSessionsTable")] == ["ended"]


def test_lease_that_older_code_wrote_is_taken_over(tables: Tables) -> None:
    lease = acquire()
    [row] = tables.rows("LinkSessionsTable")
    del row["lease_id"]
    tables.dynamodb.put_item(
        TableName="link-sessions",
        Item={
            "token": {"S": row["token"]},
            "user_id": {"S": "alice"},
            "leased_until": {"N": str(NOW)},
            "expires_at": {"N": str(NOW // 1000 + 9)},
        },
    )
    again = acquire(NOW)
    assert again.is_repeated
    with pytest.raises(TokenChanged):
        link(lease)
    link(again)


def test_result_in_update_mode_is_stored_once(tables: Tables) -> None:
    result = token_leases.result_of_link_token("link-token", "alice", "it", NOW)
    item_links.link_item(KEY, None, result=result)
    with pytest.raises(TokenChanged):
        item_links.link_item(KEY, None, result=result)
    assert tables.generation("plaid", "it") == 1
