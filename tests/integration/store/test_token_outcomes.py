"""What became of a public token, and what its user learns."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any, Literal

import pytest

from tests.support.aws.account import table_name
from tests.support.aws.aws_calls import intercept_calls
from tests.support.aws.inserted_rows import plant
from tests.support.aws.tables import Row, Tables
from tests.support.drivers.output import Output
from tidings.model import ItemKey
from tidings.store import item_links, link_sessions, token_leases
from tidings.store.link_sessions import BoundSession
from tidings.store.sources import SourceKey
from tidings.store.token_leases import ExchangeResult, Lease, TokenInUse, UnfinishedLease

NOW = 1_800_000_000_000
MINUTE_MS = 60_000
KEY = SourceKey.of_item("alice", ItemKey("plaid", "it"))
HASH = sha256(b"public").hexdigest()
UNSTORED = f"unstored-{HASH[:24]}"


def acquire(institution: str | None = "Bank", now: int = NOW, key: str = "public") -> Lease:
    lease = token_leases.acquire_lease(key, "alice", institution, now)
    assert isinstance(lease, Lease)
    return lease


def link(lease: Lease) -> None:
    item_links.link_item(KEY, b"sealed", result=token_leases.result_of_lease(lease, "it", NOW))


def token_row(tables: Tables) -> Row:
    [row] = tables.rows("LinkSessionsTable")
    return row


def notice(tables: Tables) -> Row | None:
    return tables.source("plaid", UNSTORED)


@pytest.mark.parametrize("institution", ["Bank", None])
def test_lease_is_stored_for_a_day(tables: Tables, institution: str | None) -> None:
    lease = acquire(institution)
    assert lease == Lease(f"public#{HASH}", "alice", lease.lease_id, NOW + MINUTE_MS, institution)
    stored = {
        "token": f"public#{HASH}",
        "user_id": "alice",
        "lease_id": lease.lease_id,
        "leased_until": NOW + MINUTE_MS,
        "expires_at": NOW // 1000 + 24 * 3600,
    }
    assert token_row(tables) == (stored | {"leased_institution": institution} if institution else stored)


def test_each_lease_has_an_id_of_its_own(tables: Tables) -> None:
    assert acquire().lease_id != acquire(key="other").lease_id


def test_token_without_result_has_none(tables: Tables) -> None:
    assert token_leases.find_result("public") is None
    lease = acquire()
    assert token_leases.find_result("public") is None
    assert not token_leases.is_linked(lease)
    token_leases.release(lease)
    assert not token_leases.is_linked(lease)


def test_result_replaces_lease(tables: Tables) -> None:
    lease = acquire()
    link(lease)
    row = token_row(tables)
    assert (row["user_id"], row["item_id"], row["institution"]) == ("alice", "it", "Bank")
    assert row["expires_at"] == NOW // 1000 + 24 * 3600
    assert token_leases.is_linked(lease)


def test_result_in_update_mode_is_found_by_its_link_token(tables: Tables) -> None:
    result = token_leases.result_of_link_token("public", "alice", "it", NOW)
    item_links.link_item(KEY, None, result=result)
    assert token_leases.find_result("public") == ExchangeResult("it", None)
    assert token_row(tables)["expires_at"] == NOW // 1000 + 24 * 3600
    assert token_row(tables)["user_id"] == "alice"


def test_institution_learnt_after_link_is_kept(tables: Tables) -> None:
    lease = acquire(None)
    link(lease)
    for other in (lease._replace(lease_id="other"), lease):
        token_leases.set_institution(other, ExchangeResult("it" if other != lease else "other", "Wrong"), NOW)
        assert token_leases.find_result("public") == ExchangeResult("it", None)
    token_leases.set_institution(lease, ExchangeResult("it", "Bank"), NOW)
    assert token_leases.find_result("public") == ExchangeResult("it", "Bank")


def test_institution_of_deleted_token_creates_no_row(tables: Tables) -> None:
    lease = acquire()
    token_leases.release(lease)
    token_leases.set_institution(lease, ExchangeResult("it", "Bank"), NOW)
    assert tables.rows("LinkSessionsTable") == []


def test_released_token_can_be_leased_at_once(tables: Tables) -> None:
    token_leases.release(acquire())
    assert tables.rows("LinkSessionsTable") == []
    assert not acquire().is_repeated


def test_kept_attempt_ends_lease_and_is_remembered(tables: Tables) -> None:
    lease = acquire()
    token_leases.keep_attempt(lease, NOW + 1)
    assert token_row(tables)["leased_until"] == NOW + 1
    assert token_row(tables)["lease_id"] == lease.lease_id
    assert acquire(now=NOW + 1).is_repeated


def test_token_whose_row_is_deleted_meanwhile_is_in_use(tables: Tables) -> None:
    lease = acquire()

    def delete_before_read(model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's
        if model.name == "GetItem":
            token_leases.release(lease)

    with intercept_calls(delete_before_read), pytest.raises(TokenInUse):
        acquire(now=NOW + MINUTE_MS)


@pytest.mark.parametrize(
    "finish",
    [
        link,
        lambda lease: token_leases.give_up(lease, "ending", NOW),
        lambda lease: token_leases.keep_attempt(lease, NOW + 1),
        token_leases.release,
        lambda _: acquire(now=NOW + MINUTE_MS),
    ],
    ids=["linked", "given up", "attempt kept", "released", "taken over"],
)
def test_lease_that_changes_meanwhile_is_not_taken_over(tables: Tables, finish: Callable[[Lease], None]) -> None:
    lease = acquire()
    writes = 0

    def finish_before_take_over(model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's
        nonlocal writes
        if model.name == "PutItem":
            writes += 1
            if writes == 2:
                finish(lease)

    with intercept_calls(finish_before_take_over), pytest.raises(TokenInUse):
        acquire(now=NOW + MINUTE_MS)


@pytest.mark.parametrize("institution", ["Bank", None])
def test_item_that_was_not_stored_is_shown_to_its_user(tables: Tables, institution: str | None) -> None:
    assert token_leases.give_up(acquire(institution), "ending", NOW)
    assert token_row(tables)["failure"] == "ending"
    told = notice(tables) or {}
    link_id = told.pop("link_id")
    assert len(link_id) > 8
    stored = {
        "user_id": "alice",
        "entry": f"source#plaid#{UNSTORED}",
        "item": f"plaid#{UNSTORED}",
        "status": "revoked",
        "status_reason": "not_stored",
        "expires_at": NOW // 1000 + 30 * 24 * 3600,
    }
    assert told == (stored | {"institution": institution} if institution else stored)


def test_notice_is_optional(tables: Tables) -> None:
    assert token_leases.give_up(acquire(), "lost", NOW, notice=False)
    assert token_row(tables)["failure"] == "lost"
    assert notice(tables) is None


def test_user_who_ended_everything_gets_no_notice(tables: Tables) -> None:
    lease = acquire()
    plant(tables, "UpdateStateTable", user_id="alice", entry="ended", ended_id="e")
    assert token_leases.give_up(lease, "ending", NOW)
    assert token_row(tables)["failure"] == "ending"
    assert notice(tables) is None


@pytest.mark.parametrize("told", [True, False])
def test_lease_of_another_request_is_not_given_up(tables: Tables, told: bool) -> None:
    lease = acquire()
    link(acquire(now=NOW + MINUTE_MS))
    before = tables.contents()
    assert not token_leases.give_up(lease, "ending", NOW, notice=told)
    assert tables.contents() == before


def test_lost_item_of_a_lease_is_recorded_once(tables: Tables) -> None:
    lease = acquire()
    assert not token_leases.record_failure(lease._replace(lease_id="other"), "lost", NOW)
    assert token_leases.record_failure(lease, "lost", NOW)
    assert token_row(tables)["failure"] == "lost"
    assert not token_leases.record_failure(lease, "ended", NOW)


@pytest.mark.parametrize(("outcome", "metric", "by_stack"), [("lost", "ItemLost", True), ("ended", "ItemEnded", False)])
def test_item_that_was_not_stored_is_logged_and_counted(
    tables: Tables,
    output: Output,
    outcome: Literal["lost", "ended"],
    metric: str,
    by_stack: bool,
) -> None:
    token_leases.report_not_stored(acquire(), outcome)
    [line] = output.lines_with_message("item not stored")
    told = {name: line[name] for name in ("provider", "user_id", "token", "outcome", "level")}
    assert told == {
        "provider": "plaid",
        "user_id": "alice",
        "token": f"public#{HASH}",
        "outcome": outcome,
        "level": "WARNING",
    }
    assert output.metric_sum(metric, provider="plaid") == 1
    assert output.metric_sum(metric, stack="tidings-local") == int(by_stack)


def test_leases_without_result_are_found_once_no_token_can_be_exchanged(tables: Tables) -> None:
    leases = {token: acquire(key=token) for token in ("open", "ending", "ended", "lost", "linked")}
    for failure in ("ending", "ended", "lost"):
        token_leases.give_up(leases[failure], failure, NOW)
    link(leases["linked"])
    young = acquire(key="young", now=NOW + 1)
    link_sessions.bind_session("link", BoundSession("alice"), NOW)
    stored = {"token": {"S": "public#old"}, "user_id": {"S": "alice"}, "leased_until": {"N": str(NOW)}}
    linked_by_earlier_version = stored | {"token": {"S": "public#e"}, "lease_id": {"S": "l"}, "item_id": {"S": "it"}}
    for row in (stored, linked_by_earlier_version):
        tables.dynamodb.put_item(TableName=table_name("LinkSessionsTable"), Item=row | {"expires_at": {"N": "9"}})
    found = token_leases.unfinished_leases(NOW + 31 * MINUTE_MS)
    expected = [UnfinishedLease(leases["open"], False), UnfinishedLease(leases["ending"], True)]
    assert sorted(found) == sorted(expected)
    assert UnfinishedLease(young, False) in token_leases.unfinished_leases(NOW + 31 * MINUTE_MS + 1)
