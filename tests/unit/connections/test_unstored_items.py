"""An item that could not be stored is ended at Plaid, unless it was stored after all or is another user's."""

import pytest

from tests.support.drivers.output import capture_output
from tests.unit.connections.exchange_world import APP, BEGAN_S, LEASE, NOW, World
from tidings.concurrency import CallTimeout
from tidings.errors import Conflict, NotFound, ProviderError, StoreUnavailable
from tidings.model import Access
from tidings.store.item_links import TokenChanged, UserEnded
from tidings.store.token_leases import ExchangeResult

OF_BANK = LEASE._replace(institution="Bank")
GIVEN_UP = ("give_up", OF_BANK, "ending", True)
ENDED = [GIVEN_UP, ("ended", OF_BANK), ("record_failure", OF_BANK, "ended", NOW)]
LOST = [GIVEN_UP, ("lost", OF_BANK), ("record_failure", OF_BANK, "lost", NOW)]
OUTAGES = [StoreUnavailable(), CallTimeout()]
AT_PLAID = [(Access(APP, "item", "access"), "item", BEGAN_S + 4)]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(monkeypatch)
    world.link_error = StoreUnavailable()
    return world


@pytest.mark.parametrize("error", [*OUTAGES, TokenChanged()])
def test_item_that_could_not_be_stored_is_ended(world: World, error: Exception) -> None:
    world.link_error = error
    with pytest.raises(StoreUnavailable, match="Connect again") as failed:
        world.exchange()
    assert failed.value.__cause__ is error
    assert (world.ended, world.writes, world.limits) == (AT_PLAID, ENDED, [6.0, 1.5, 1.5])


def test_item_that_could_not_be_ended_either_is_lost(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.end_error = ProviderError()
    with capture_output(capsys) as output, pytest.raises(StoreUnavailable):
        world.exchange()
    assert world.writes == LOST
    [line] = output.lines_with_message("item not ended")
    assert (line["provider"], line["problem"]) == ("plaid", "provider-outage")


@pytest.mark.parametrize("given_up", [False, *OUTAGES])
def test_item_that_was_stored_after_all_is_linked(
    world: World, given_up: bool | Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    world.given_up, world.linked = given_up, True
    with capture_output(capsys) as output:
        assert world.exchange() == ExchangeResult("item", "Bank")
    assert (world.ended, world.writes, world.limits) == ([], [GIVEN_UP], [6.0, 1.5, 1.5])
    assert output.metric_sum("ConnectionAdded") == 1
    warned = [line["provider"] for line in output.lines_with_message("lease not given up")]
    assert warned == ([] if given_up is False else ["plaid"])


@pytest.mark.parametrize("given_up", [False, *OUTAGES])
@pytest.mark.parametrize("linked", [False, *OUTAGES])
def test_item_that_may_not_be_stored_is_ended(
    world: World, given_up: bool | Exception, linked: bool | Exception
) -> None:
    world.given_up, world.linked = given_up, linked
    with pytest.raises(StoreUnavailable):
        world.exchange()
    assert (world.ended, world.writes) == (AT_PLAID, ENDED)


def test_given_up_lease_needs_no_further_read(world: World) -> None:
    world.linked = True
    with pytest.raises(StoreUnavailable):
        world.exchange()
    assert (world.ended, world.writes) == (AT_PLAID, ENDED)


@pytest.mark.parametrize(("given_up", "linked"), [(True, False), (False, True)])
def test_link_of_user_who_ended_everything_is_refused_without_notice(
    world: World, given_up: bool, linked: bool
) -> None:
    world.link_error, world.given_up, world.linked = UserEnded(), given_up, linked
    with pytest.raises(UserEnded):
        world.exchange()
    assert world.writes[0] == ("give_up", OF_BANK, "ending", False)
    assert world.ended == ([] if linked else AT_PLAID)


def test_item_of_another_user_is_not_ended(world: World) -> None:
    world.link_error = Conflict()
    with pytest.raises(Conflict):
        world.exchange()
    assert (world.ended, world.writes, world.limits) == ([], [("release", OF_BANK)], [6.0, 1.5])


def test_lease_of_item_of_another_user_may_stay(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.link_error, world.write_error = Conflict(), StoreUnavailable()
    with capture_output(capsys) as output, pytest.raises(Conflict):
        world.exchange()
    assert [line["what"] for line in output.lines_with_message("not stored")] == ["lease"]


@pytest.mark.parametrize("error", [NotFound(), RuntimeError()])
def test_item_of_unexpected_failure_is_ended(world: World, error: Exception) -> None:
    world.link_error = error
    with pytest.raises(type(error)):
        world.exchange()
    assert (world.ended, world.writes) == (AT_PLAID, ENDED)


@pytest.mark.parametrize("error", OUTAGES)
def test_outcome_that_cannot_be_stored_is_found_later(
    world: World, error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    world.write_error = error
    with capture_output(capsys) as output, pytest.raises(StoreUnavailable):
        world.exchange()
    assert [(line["provider"], line["what"]) for line in output.lines_with_message("not stored")] == [
        ("plaid", "outcome")
    ]
