"""The marker of a user who ended everything, and what may be linked in spite of it."""

import pytest
from pynamodb.transactions import TransactWrite

from tests.support.aws.inserted_rows import KEY, USER, plant, row
from tests.support.aws.tables import Row, Tables
from tidings.errors import Conflict
from tidings.store import ended_users, item_links, token_leases, user_state
from tidings.store.conditional_writes import ConditionLost, transact
from tidings.store.ended_users import IN_NO_SESSION, MayLink
from tidings.store.item_links import TokenChanged, UserEnded
from tidings.store.user_state import EndedUser

NOW = 1_790_000_000_000


def marker(tables: Tables) -> Row:
    [found] = tables.rows("UpdateStateTable")
    return found


def plant_marker(tables: Tables, **more: object) -> None:
    plant(tables, "UpdateStateTable", user_id=USER, entry="ended", **more)


def test_end_is_recorded_without_expiry(tables: Tables) -> None:
    ended_users.record_end(USER)
    first = marker(tables)
    assert set(first) == {"user_id", "entry", "ended_id"}
    plant_marker(tables, ended_id=first["ended_id"], reopened_at=5, expires_at=6)
    ended_users.record_end(USER)
    assert set(marker(tables)) == {"user_id", "entry", "ended_id"}
    assert marker(tables)["ended_id"] != first["ended_id"]


def test_user_who_ended_nothing_is_not_reopened(tables: Tables) -> None:
    assert ended_users.reopen(USER, None, NOW) is None
    assert tables.rows("UpdateStateTable") == []


def test_reopened_user_keeps_marker_as_long_as_older_sessions_live(tables: Tables) -> None:
    plant_marker(tables, ended_id="e")
    assert ended_users.reopen(USER, EndedUser("e", is_reopened=False), NOW) == "e"
    assert marker(tables) == {
        "user_id": USER,
        "entry": "ended",
        "ended_id": "e",
        "reopened_at": NOW,
        "expires_at": NOW // 1000 + 5 * 3600,
    }
    assert user_state.read_user_state(USER).ended == EndedUser("e", is_reopened=True)


def test_user_is_reopened_once(tables: Tables) -> None:
    plant_marker(tables, ended_id="e", reopened_at=5)
    before = marker(tables)
    assert ended_users.reopen(USER, EndedUser("e", is_reopened=True), NOW) == "e"
    assert marker(tables) == before


def test_user_who_ends_everything_meanwhile_is_not_reopened(tables: Tables) -> None:
    plant_marker(tables, ended_id="later")
    before = marker(tables)
    with pytest.raises(Conflict):
        ended_users.reopen(USER, EndedUser("e", is_reopened=False), NOW)
    assert marker(tables) == before


@pytest.mark.parametrize(
    ("stood", "may_link", "allowed"),
    [
        (None, MayLink(None), True),
        (None, MayLink("e"), True),
        ({"ended_id": "e"}, MayLink(None), False),
        ({"ended_id": "e"}, MayLink("e"), True),
        ({"ended_id": "later"}, MayLink("e"), False),
        ({"ended_id": "e", "reopened_at": 5}, MayLink(None), False),
        ({"ended_id": "later", "reopened_at": 5}, MayLink("e"), False),
        ({"ended_id": "e", "reopened_at": 5}, IN_NO_SESSION, True),
        ({"ended_id": "e"}, IN_NO_SESSION, False),
    ],
)
def test_link_is_allowed_by_the_marker_that_its_session_knows(
    tables: Tables, stood: dict[str, object] | None, may_link: MayLink, allowed: bool
) -> None:
    if stood is not None:
        plant_marker(tables, **stood)

    def build(transaction: TransactWrite) -> None:
        may_link.add_check(transaction, USER)

    if allowed:
        transact(build)
    else:
        with pytest.raises(ConditionLost):
            transact(build)


@pytest.mark.parametrize("with_token", [False, True])
def test_link_of_session_from_before_the_end_links_nothing(tables: Tables, with_token: bool) -> None:
    plant_marker(tables, ended_id="e")
    result = token_leases.result_of_link_token("link", USER, "u", NOW) if with_token else None
    before = tables.contents()
    with pytest.raises(UserEnded):
        item_links.link_item(KEY, b"sealed", result=result, may_link=MayLink(None))
    assert tables.contents() == before
    item_links.link_item(KEY, b"sealed", result=result, may_link=MayLink("e"))
    assert row(tables)["generation"] == 1
    if with_token:
        with pytest.raises(TokenChanged):
            item_links.link_item(KEY, b"sealed", result=result, may_link=MayLink("e"))
    assert row(tables)["generation"] == 1
