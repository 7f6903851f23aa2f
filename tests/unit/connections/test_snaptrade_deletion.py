"""What is deleted at SnapTrade and here when a user ends everything."""

import pytest

from tests.support.drivers.output import capture_output
from tests.unit.connections.snaptrade_world import ANN, APP, World
from tidings.connections import snaptrade as routes
from tidings.errors import (
    Conflict,
    ItemGone,
    ProviderError,
    ReconnectRequired,
)
from tidings.model import ItemKey
from tidings.store.items import ItemRecord


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


def delete(item_id: str = "user") -> None:
    routes.delete_user(ANN, item_id, 7.0)


def test_user_is_deleted_at_snaptrade_then_here(world: World) -> None:
    delete()
    item = ItemKey("snaptrade", "user")
    assert world.done == [("delete", APP, "user", 7.0), ("remove", "ann", item, {"registration": ItemRecord("ann")})]


@pytest.mark.parametrize("record", [ItemRecord("bob"), None])
def test_registration_of_nobody_or_another_is_no_condition_of_the_removal(
    world: World, record: ItemRecord | None
) -> None:
    world.record = record
    delete()
    assert world.said("remove")[0][-1] == {"registration": None}


def test_registration_without_owner_is_the_users_own(world: World) -> None:
    world.record = ItemRecord(None, leased_until=5)
    delete()
    assert world.said("remove")[0][-1] == {"registration": world.record}


def test_removal_during_which_the_user_registers_anew_is_a_conflict(world: World) -> None:
    world.is_removed = False
    with pytest.raises(Conflict, match="try again"):
        delete()
    world.record = ItemRecord("bob")
    delete()


def test_provider_that_is_not_configured_deletes_here_alone(world: World) -> None:
    world.app = {}
    delete()
    assert (world.said("delete"), len(world.said("remove"))) == ([], 1)


@pytest.mark.parametrize(("owner", "is_deleted"), [("ann", True), (None, True), ("bob", False)])
def test_user_who_was_linked_to_another_is_not_deleted(world: World, owner: str | None, is_deleted: bool) -> None:
    world.linked_owner = owner
    delete()
    assert (len(world.said("delete")), len(world.said("remove"))) == (int(is_deleted), 1)


def test_user_of_another_key_stays_at_snaptrade(
    world: World, personal: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with capture_output(capsys) as output:
        delete()
        monkeypatch.setenv("SNAPTRADE_KEY_TYPE", "commercial")
        delete("personal")
    lines = output.lines_with_message("connection not ended at the provider")
    assert [(line["provider"], line["reason"]) for line in lines] == [("snaptrade", "other_key")] * 2
    assert [kind for kind, *_ in world.done] == ["remove", "remove"]


def test_every_connection_of_personal_key_is_ended(world: World, personal: None) -> None:
    world.connections = ["first", "second"]
    delete("personal")
    assert world.said("list") == [("personal", "stored", 7.0)]
    assert world.said("end") == [("stored", "first", 7.0), ("stored", "second", 7.0)]
    assert (world.said("delete"), len(world.said("remove"))) == ([], 1)


def test_connection_that_cannot_be_ended_leaves_the_others(world: World, personal: None) -> None:
    first = ProviderError("first")
    world.connections, world.refusals = ["first", "second", "third"], {"first": first, "second": ProviderError()}
    with pytest.raises(ProviderError) as raised:
        delete("personal")
    assert raised.value is first
    assert ([name for _, name, _ in world.said("end")], world.said("remove")) == (["first", "second", "third"], [])


@pytest.mark.parametrize("error", [ItemGone(), ReconnectRequired("credential_lost")])
def test_personal_key_that_is_refused_has_no_connections(world: World, personal: None, error: Exception) -> None:
    world.connections = error
    delete("personal")
    assert len(world.said("remove")) == 1


def test_personal_key_that_was_never_linked_is_not_called(world: World, personal: None) -> None:
    world.owner = None
    delete("personal")
    assert (world.said("list"), len(world.said("remove"))) == ([], 1)
