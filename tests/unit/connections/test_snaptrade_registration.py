"""A user is registered once, and again only if the secret is lost and the user asks for it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.support.drivers.output import capture_output
from tests.unit.connections.registration_world import APP, BEGAN_S, ITEM, KEY, LEASE, NOW, REGISTRATION, World
from tidings.connections import snaptrade_registration
from tidings.errors import NotFound, ProviderError, ProviderNotReady, ReconnectRequired
from tidings.model import Access, Source, StatusChange
from tidings.providers.snaptrade.connections import UserExists
from tidings.store.ended_users import MayLink
from tidings.store.items import EncryptedCredential
from tidings.store.sources import SourceKey

STORED = EncryptedCredential("ann", b"stored", 3)
REFUSED = ReconnectRequired("credential_lost")
DELETION_S = 120
ACQUIRED = [(ITEM, "ann", NOW, NOW + 30_000, 0)]
FIRST, SECOND = (Source("snaptrade", name, "user", f"link-{name}") for name in ("first", "second"))
WILDCARD = Source("snaptrade", "*", "user", "link")
OTHER = Source("snaptrade", "other", "other", "link")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


def refused(call: Callable[[Any], Access]) -> ProviderError:
    with pytest.raises(ProviderError) as raised:
        call(REGISTRATION)
    return raised.value


def test_user_is_registered_under_a_lease(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    with capture_output(capsys) as output:
        assert snaptrade_registration.register(REGISTRATION) == Access(APP, "user", "secret")
    assert (world.said("acquire"), world.said("release")) == (ACQUIRED, [(LEASE,)])
    assert len(output.lines_with_message("snaptrade user registered")) == 1


@pytest.mark.parametrize("is_repeated", [False, True])
def test_user_that_snaptrade_has_already_must_reconnect(
    world: World, is_repeated: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    world.secrets, world.lease = [UserExists()], replace(LEASE, is_repeated=is_repeated)
    with capture_output(capsys) as output:
        error = refused(snaptrade_registration.register)
    assert isinstance(error, ReconnectRequired)
    assert error.reason == "credential_lost"
    [link] = world.links
    assert (link.key, link.credential, link.updates, link.may_link) == (KEY, None, 0, MayLink("marker"))
    assert (len(world.said("release")), output.metric_sum("ItemLost")) == (1, int(is_repeated))


@pytest.mark.parametrize(("since_s", "is_waited_for"), [(DELETION_S, True), (DELETION_S + 0.001, False), (0, True)])
def test_deletion_in_progress_is_waited_for(world: World, since_s: float, is_waited_for: bool) -> None:
    world.secrets, world.lease = [UserExists()], replace(LEASE, ending_since=NOW - round(since_s * 1000))
    error = refused(snaptrade_registration.register)
    assert isinstance(error, ProviderNotReady if is_waited_for else ReconnectRequired)
    assert error.retry_after_s == (10 if is_waited_for else None)
    assert (len(world.links), len(world.said("release"))) == (0 if is_waited_for else 1, 1)


def test_personal_key_is_linked_with_an_update(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SNAPTRADE_KEY_TYPE", "personal")
    with capture_output(capsys) as output:
        assert snaptrade_registration.register(REGISTRATION) == Access(APP, "user", "personal-key")
    [link] = world.links
    assert (link.key, link.credential, link.updates) == (KEY, b"* personal-key", 1)
    assert (link.may_link, world.done) == (MayLink("marker"), [])
    assert len(output.lines_with_message("snaptrade personal key taken")) == 1


def test_registration_of_another_user_is_not_replaced(world: World) -> None:
    world.stored = EncryptedCredential("bob", b"stored", 3)
    with pytest.raises(NotFound):
        snaptrade_registration.replace(REGISTRATION)
    assert world.done == []


def test_credential_that_works_is_kept(world: World) -> None:
    world.stored, world.rows = STORED, (FIRST,)
    assert snaptrade_registration.replace(REGISTRATION) == Access(APP, "user", "* stored")
    assert world.said("acquire") == [(ITEM, "ann", NOW, NOW + 30_000, 3)]
    assert world.said("list") == [("* stored", BEGAN_S + 20)]
    assert (world.said("register"), world.said("remove"), world.said("release")) == ([], [], [(LEASE,)])


def test_credential_that_cannot_be_checked_is_kept(world: World) -> None:
    world.stored, world.list_error = STORED, ProviderError()
    refused(snaptrade_registration.replace)
    assert (world.said("register"), world.said("release")) == ([], [(LEASE,)])


@pytest.mark.parametrize("stored", [None, STORED])
def test_lost_registration_is_made_anew_and_its_connections_removed(
    world: World, stored: EncryptedCredential | None, capsys: pytest.CaptureFixture[str]
) -> None:
    world.stored, world.list_error = stored, REFUSED
    world.rows = (WILDCARD, FIRST, OTHER, SECOND)
    with capture_output(capsys) as output:
        assert snaptrade_registration.replace(REGISTRATION) == Access(APP, "user", "secret")
    keys = [(SourceKey.for_source("ann", row), {"link_id": row.link_id}) for row in (FIRST, SECOND)]
    assert (world.said("remove"), world.said("delete"), world.said("release")) == (keys, [], [(LEASE,)])
    assert [line["ended"] for line in output.lines_with_message("snaptrade user replaced")] == [2]
    assert output.metric_sum("SnapTradeUserReplaced") == 1


def test_user_that_snaptrade_still_has_is_deleted_first(world: World) -> None:
    world.secrets = [UserExists(), "new"]
    assert snaptrade_registration.replace(REGISTRATION).credential == "new"
    assert world.said("acquire") == ACQUIRED
    assert [kind for kind, *_ in world.done] == ["acquire", "register", "deletion", "delete", "register", "release"]
    assert (world.said("deletion"), world.said("delete")) == ([(LEASE, NOW)], [(APP, "user", BEGAN_S + 20)])


def test_user_that_snaptrade_is_still_deleting_is_waited_for(world: World) -> None:
    world.secrets, world.rows = [UserExists(), UserExists()], (FIRST,)
    error = refused(snaptrade_registration.replace)
    assert isinstance(error, ProviderNotReady)
    assert (error.retry_after_s, "deleting" in error.detail) == (10, True)
    assert (world.said("remove"), world.said("release")) == ([], [(LEASE,)])


def test_deletion_is_not_requested_twice(world: World) -> None:
    world.secrets, world.lease = [UserExists()], replace(LEASE, ending_since=NOW - 1000 * DELETION_S)
    assert isinstance(refused(snaptrade_registration.replace), ProviderNotReady)
    assert (world.said("delete"), world.said("deletion")) == ([], [])


def test_lost_credential_marks_every_source_of_the_item(world: World) -> None:
    world.rows = (WILDCARD, FIRST, OTHER)
    snaptrade_registration.record_lost_credential(REGISTRATION)
    change = StatusChange("reconnect_required", "credential_lost")
    assert world.said("status") == [(SourceKey.for_source("ann", row), row, change) for row in (WILDCARD, FIRST)]


def test_registration_shows_no_key(world: World) -> None:
    assert snaptrade_registration.register(REGISTRATION).credential == "secret"
    assert "consumer_key" not in repr(REGISTRATION)
