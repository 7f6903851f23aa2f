"""A secret that SnapTrade gave away is stored, or its registration is deleted or counted as lost."""

import pytest

from tests.support.drivers.output import Output, capture_output
from tests.unit.connections.registration_world import APP, BEGAN_S, KEY, LEASE, NOW, REGISTRATION, World
from tidings.concurrency import CallTimeout
from tidings.connections import snaptrade_secret
from tidings.errors import (
    Conflict,
    ProviderError,
    ProviderLimit,
    ProviderMisconfigured,
    ProviderTimeout,
    StoreUnavailable,
)
from tidings.providers.snaptrade.connections import UserExists
from tidings.store.ended_users import MayLink
from tidings.store.item_links import Registered
from tidings.store.items import EncryptedCredential

OUTAGES = [StoreUnavailable(), CallTimeout()]
STORED = EncryptedCredential("ann", b"* secret", 1)
OTHER = EncryptedCredential("ann", b"* another", 1)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


def register() -> str:
    return snaptrade_secret.register(REGISTRATION, LEASE)


def not_stored(output: Output) -> list[tuple[str, str, str]]:
    lines = output.lines_with_message("item not stored")
    return [(line["provider"], line["user_id"], line["outcome"]) for line in lines]


def test_secret_is_stored_under_the_lease_with_the_link(world: World) -> None:
    assert register() == "secret"
    assert world.done == [("register", APP, "user", BEGAN_S + 20 - 6)]
    [link] = world.links
    assert (link.key, link.credential, link.updates) == (KEY, b"* secret", 0)
    assert (link.registered, link.may_link) == (Registered(LEASE.until, NOW), MayLink("marker"))
    assert world.limits == [6.0]


@pytest.mark.parametrize("error", [UserExists(), ProviderLimit(), ProviderMisconfigured()])
def test_answer_without_registration_leaves_lease_to_its_holder(world: World, error: Exception) -> None:
    world.secrets = [error]
    with pytest.raises(type(error)):
        register()
    assert (world.said("keep_attempt"), world.links) == ([], [])


@pytest.mark.parametrize("error", [ProviderTimeout(), ProviderError(), RuntimeError()])
def test_attempt_whose_answer_is_unknown_is_remembered(world: World, error: Exception) -> None:
    world.secrets = [error]
    with pytest.raises(type(error)):
        register()
    assert (world.said("keep_attempt"), world.limits) == ([(LEASE, NOW)], [2.0])


@pytest.mark.parametrize("failure", OUTAGES)
def test_attempt_that_cannot_be_remembered_hides_no_error(
    world: World, failure: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    world.secrets, world.keep_error = [ProviderTimeout()], failure
    with capture_output(capsys) as output, pytest.raises(ProviderTimeout):
        register()
    [line] = output.lines_with_message("not stored")
    assert (line["provider"], line["what"]) == ("snaptrade", "attempt")


@pytest.mark.parametrize("error", OUTAGES)
def test_registration_whose_secret_is_not_stored_is_deleted(
    world: World, error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    world.link_error = error
    with capture_output(capsys) as output, pytest.raises(StoreUnavailable) as raised:
        register()
    assert raised.value.__cause__ is error
    assert (world.said("give_up"), world.said("delete")) == ([(LEASE, NOW)], [(APP, "user", BEGAN_S + 4)])
    assert (not_stored(output), world.limits) == ([("snaptrade", "ann", "ended")], [6.0, 2.0])
    assert [output.metric_sum(name, provider="snaptrade") for name in ("ItemEnded", "ItemLost")] == [1, 0]


def test_registration_that_cannot_be_deleted_is_lost(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.link_error, world.end_error = StoreUnavailable(), ProviderError()
    with capture_output(capsys) as output, pytest.raises(StoreUnavailable):
        register()
    assert not_stored(output) == [("snaptrade", "ann", "lost")]
    assert [output.metric_sum(name, provider="snaptrade") for name in ("ItemEnded", "ItemLost")] == [0, 1]
    [line] = output.lines_with_message("item not ended")
    assert (line["provider"], line["problem"]) == ("snaptrade", "provider-outage")


def test_lost_secret_counts_for_the_stacks_alarm(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "connections")
    with capture_output(capsys) as output:
        snaptrade_secret.report_lost_secret(REGISTRATION)
    assert output.metric_sum("ItemLost", stack="tidings-local") == 1


@pytest.mark.parametrize("error", [*OUTAGES, Conflict()])
def test_secret_that_was_stored_after_all_is_returned(world: World, error: Exception) -> None:
    world.link_error, world.given_up, world.stored = error, False, STORED
    assert register() == "secret"
    assert (world.said("delete"), world.limits) == ([], [6.0, 2.0, 2.0])


@pytest.mark.parametrize("stored", [None, OTHER])
def test_secret_of_another_attempt_is_not_this_one(world: World, stored: EncryptedCredential | None) -> None:
    world.link_error, world.given_up, world.stored = StoreUnavailable(), False, stored
    with pytest.raises(StoreUnavailable):
        register()
    assert world.said("delete") == []


def test_link_that_was_overtaken_is_a_conflict(world: World) -> None:
    world.link_error = Conflict("Changed.")
    with pytest.raises(Conflict, match="Changed"):
        register()
    assert len(world.said("delete")) == 1


@pytest.mark.parametrize("read", [False, True])
@pytest.mark.parametrize("failure", OUTAGES)
def test_registration_that_may_be_stored_is_not_deleted(
    world: World, failure: Exception, read: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    world.link_error, world.given_up = StoreUnavailable(), False if read else failure
    world.reads = [failure] if read else []
    with capture_output(capsys) as output, pytest.raises(StoreUnavailable):
        register()
    assert world.said("delete") == []
    assert [line["provider"] for line in output.lines_with_message("lease not given up")] == ["snaptrade"]


def test_registration_of_unexpected_failure_is_deleted(world: World) -> None:
    world.link_error = RuntimeError()
    with pytest.raises(RuntimeError):
        register()
    assert world.said("delete") == [(APP, "user", BEGAN_S + 4)]
