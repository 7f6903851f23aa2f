"""Under which id and with which credential a user gets a SnapTrade portal."""

import pytest

from tests.unit.connections.snaptrade_world import ANN, APP, CONNECTION, NOW, PAGE, World
from tidings import clock
from tidings.connections.registration import Registration
from tidings.errors import (
    BadRequest,
    Conflict,
    EmailNotVerified,
    NotConfigured,
    NotFound,
    ReconnectRequired,
)
from tidings.model import Access, ItemKey, Source, User
from tidings.providers.snaptrade.users import user_id_of, user_id_without_email
from tidings.store.sources import SourceKey

LOST = ReconnectRequired("credential_lost")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


def registration(item_id: str = "user") -> Registration:
    return Registration("ann", item_id, APP, 120.0, "marker")


def key(item_id: str) -> SourceKey:
    return SourceKey.wildcard("ann", ItemKey("snaptrade", item_id))


def test_portal_opens_with_the_stored_credential(world: World) -> None:
    assert world.create(broker="ALPACA", redirect_uri=PAGE) == {
        "connection_url": "https://portal",
        "expires_at": clock.iso(NOW + 1000),
    }
    [(access, portal)] = world.said("portal")
    assert access == Access(APP, "user", "stored")
    assert (portal.broker, portal.reconnect, portal.redirect_uri, portal.deadline) == ("ALPACA", None, PAGE, 120.0)
    assert world.said("expect") == [(key("user"), NOW)]
    assert world.said("register") == []


def test_repaired_connection_is_not_expected_as_new(world: World) -> None:
    world.create(reconnect="first")
    assert world.said("portal")[0][1].reconnect == "first"
    assert world.said("expect") == []


@pytest.mark.parametrize("unknown", ["unknown", "item"])
def test_only_own_connections_are_repaired(world: World, unknown: str) -> None:
    with pytest.raises(NotFound):
        world.create(reconnect=unknown)
    assert world.done == []


def test_replacing_and_repairing_exclude_each_other(world: World) -> None:
    with pytest.raises(BadRequest, match="replace"):
        world.create(replace=True, reconnect="first")
    assert world.done == []


def test_address_to_return_to_is_validated(world: World) -> None:
    with pytest.raises(BadRequest):
        world.create(redirect_uri="https://evil.example")


def test_provider_that_is_not_configured_registers_nobody(world: World) -> None:
    world.app, world.owner = {}, None
    with pytest.raises(NotConfigured, match="snaptrade"):
        world.create()
    assert world.done == []


@pytest.mark.parametrize(
    ("user", "item_id"),
    [(ANN, user_id_of("ann@example.com")), (User("ann"), user_id_without_email("ann"))],
)
def test_new_user_is_registered_under_the_derived_id(world: World, user: User, item_id: str) -> None:
    world.rows, world.owner = (), None
    world.create(user)
    assert world.said("register") == [(registration(item_id),)]
    assert world.said("portal")[0][0] == Access(APP, item_id, "register")
    assert world.said("expect") == [(key(item_id), NOW)]


def test_unverified_email_gives_no_id_but_keeps_a_linked_one(world: World) -> None:
    unverified = User("ann", "ann@example.com", unverified=True)
    world.create(unverified)
    assert world.said("portal")[0][0].item_id == "user"
    world.rows = (CONNECTION, Source("snaptrade", "*", "personal", "link"))
    with pytest.raises(EmailNotVerified):
        world.create(unverified)


def test_personal_key_has_one_user(world: World, personal: None) -> None:
    world.create(User("ann", "ann@example.com", unverified=True))
    assert world.said("portal")[0][0].item_id == "personal"


def test_personal_key_of_another_user_is_a_conflict(world: World, personal: None) -> None:
    world.owner = "bob"
    with pytest.raises(Conflict, match="another user"):
        world.create()


def test_id_of_another_user_is_not_found(world: World) -> None:
    world.owner = "bob"
    with pytest.raises(NotFound):
        world.create()
    assert world.done == []


def test_lost_credential_is_recorded_unless_it_is_replaced(world: World) -> None:
    world.refusals = {"stored": LOST}
    with pytest.raises(ReconnectRequired):
        world.create()
    assert (world.said("lost"), world.said("replace"), world.said("expect")) == ([(registration(),)], [], [])
    world.create(replace=True)
    assert (len(world.said("lost")), world.said("replace")) == (1, [(registration(),)])
    assert world.said("portal")[-1][0] == Access(APP, "user", "replace")


def test_working_credential_is_not_replaced(world: World) -> None:
    world.create(replace=True)
    assert world.said("replace") == []


def test_disabled_connection_loses_no_credential(world: World) -> None:
    world.refusals = {"stored": ReconnectRequired("connection_disabled")}
    with pytest.raises(ReconnectRequired):
        world.create(replace=True)
    assert (world.said("lost"), world.said("replace")) == ([], [])


def test_registration_that_fails_is_replaced_too(world: World) -> None:
    world.owner, world.refusals = None, {"register": LOST}
    world.create(replace=True)
    assert len(world.said("replace")) == 1
