"""A public token is exchanged once, and its item is linked; what the token's row says if it is not."""

import pytest

from tests.support.drivers.output import Output, capture_output
from tests.unit.connections.exchange_world import APP, BEGAN_S, KEY, LEASE, NOW, REPEATED, World
from tidings.concurrency import CallTimeout
from tidings.errors import (
    BadRequest,
    NotConfigured,
    ProviderError,
    ProviderLimit,
    ProviderMisconfigured,
    ProviderNotReady,
    ProviderTimeout,
    StoreUnavailable,
    TidingsError,
)
from tidings.store.ended_users import IN_NO_SESSION, MayLink
from tidings.store.token_leases import ExchangeResult, ItemNotStored, Lease, TokenInUse

BUSY = TokenInUse()


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


def of_bank(lease: Lease) -> Lease:
    return lease._replace(institution="Bank")


@pytest.mark.parametrize("may_link", [IN_NO_SESSION, MayLink("ended")])
def test_item_is_linked_with_its_encrypted_token_and_result(world: World, may_link: MayLink) -> None:
    assert world.exchange(may_link=may_link) == ExchangeResult("item", "Bank")
    [link] = world.links
    assert (link.key, link.credential, link.institution) == (KEY, (KEY, "access"), "Bank")
    assert (link.result, link.may_link) == ((of_bank(LEASE), "item", NOW), may_link)
    assert (world.limits, world.writes, world.ended) == ([6.0], [], [])
    assert world.asked == [("lease", "public", "ann", "Bank", NOW), ("exchange", APP, "public", BEGAN_S + 12)]


def test_linked_item_is_counted_and_logged(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    with capture_output(capsys) as output:
        world.exchange()
    assert output.metric_sum("ConnectionAdded", provider="plaid") == 1
    assert [line["provider"] for line in output.lines_with_message("connection added")] == ["plaid"]


def test_name_that_the_session_lacks_is_fetched_and_stored_at_last(world: World) -> None:
    result = ExchangeResult("item", "Platypus")
    assert world.exchange(institution=None) == result
    assert world.asked[-1] == ("name", APP, "access")
    assert world.writes == [("institution", KEY, "Platypus"), ("set_institution", LEASE, result, NOW)]
    assert world.limits == [6.0, 1.5]


def test_name_that_nobody_knows_is_not_stored(world: World) -> None:
    world.name = None
    assert world.exchange(institution=None) == ExchangeResult("item", None)
    assert world.writes == []


@pytest.mark.parametrize("error", [StoreUnavailable(), CallTimeout()])
def test_name_that_cannot_be_stored_is_returned_all_the_same(
    world: World, error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    world.write_error = error
    with capture_output(capsys) as output:
        assert world.exchange(institution=None).institution == "Platypus"
    assert warnings(output) == [("plaid", "institution")]


def warnings(output: Output) -> list[tuple[str, str]]:
    return [(line["provider"], line["what"]) for line in output.lines_with_message("not stored")]


def test_token_that_was_exchanged_before_has_its_result(world: World) -> None:
    known = ExchangeResult("item", "Bank")
    world.leases = [known]
    assert world.exchange() == known
    assert (len(world.asked), world.links) == (1, [])


@pytest.mark.parametrize("app", [{}, {"client_id": "c"}])
def test_deployment_without_keys_takes_no_lease(world: World, app: dict[str, str]) -> None:
    world.app = app
    with pytest.raises(NotConfigured):
        world.exchange()
    assert world.asked == []


def test_token_in_use_is_waited_for(world: World) -> None:
    world.leases = [BUSY, BUSY, LEASE]
    assert world.exchange().item_id == "item"
    assert world.now_s == BEGAN_S + 2 * 0.25


@pytest.mark.parametrize(("deadline_s", "waited_s"), [(12.0, 6.5), (3.0, 3.0)])
def test_wait_for_token_in_use_ends_in_time(world: World, deadline_s: float, waited_s: float) -> None:
    world.leases = [BUSY]
    with pytest.raises(TokenInUse):
        world.exchange(deadline=BEGAN_S + deadline_s)
    assert world.now_s == BEGAN_S + waited_s + 0.25


def test_exchange_begins_with_five_seconds_left_and_not_with_less(world: World) -> None:
    assert world.exchange(deadline=BEGAN_S + 5).item_id == "item"
    with pytest.raises(ProviderTimeout):
        world.exchange(deadline=BEGAN_S + 4.75)
    assert (len(world.links), world.writes) == (1, [("release", of_bank(LEASE))])


@pytest.mark.parametrize("error", [ProviderLimit(), ProviderMisconfigured(), ProviderNotReady(), ProviderTimeout()])
@pytest.mark.parametrize(
    ("lease", "write"),
    [(LEASE, ("release", of_bank(LEASE))), (REPEATED, ("keep_attempt", of_bank(REPEATED), NOW))],
    ids=["fresh", "repeated"],
)
def test_token_that_was_not_used_is_released_unless_an_earlier_attempt_may_have_used_it(
    world: World, error: TidingsError, lease: Lease, write: tuple[object, ...]
) -> None:
    world.leases, world.exchanged = [lease], error
    late = isinstance(error, ProviderTimeout)
    with pytest.raises(type(error)):
        world.exchange(deadline=BEGAN_S + (4 if late else 12))
    assert (world.writes, world.limits, world.links) == ([write], [1.5], [])


@pytest.mark.parametrize("error", [ProviderTimeout(), ProviderError(), RuntimeError()])
def test_attempt_whose_answer_is_unknown_is_remembered(world: World, error: Exception) -> None:
    world.exchanged = error
    with pytest.raises(type(error)):
        world.exchange()
    assert (world.writes, world.limits) == ([("keep_attempt", of_bank(LEASE), NOW)], [1.5])


@pytest.mark.parametrize(
    ("error", "lease", "what"),
    [
        (ProviderError(), LEASE, "attempt"),
        (ProviderLimit(), LEASE, "lease"),
        (ProviderLimit(), REPEATED, "lease"),
        (BadRequest(), LEASE, "lease"),
    ],
)
@pytest.mark.parametrize("failure", [StoreUnavailable(), CallTimeout()])
def test_lease_that_cannot_be_ended_hides_no_error(
    world: World,
    error: TidingsError,
    lease: Lease,
    what: str,
    failure: Exception,
    capsys: pytest.CaptureFixture[str],
) -> None:
    world.leases, world.exchanged, world.write_error = [lease], error, failure
    with capture_output(capsys) as output, pytest.raises(type(error)):
        world.exchange()
    assert warnings(output) == [("plaid", what)]


def test_unknown_token_is_released(world: World) -> None:
    world.exchanged = BadRequest()
    with pytest.raises(BadRequest):
        world.exchange()
    assert (world.writes, world.limits) == ([("release", of_bank(LEASE))], [1.5])


@pytest.mark.parametrize("is_given_up", [True, False])
def test_token_that_an_earlier_attempt_used_up_is_reported_lost_once(world: World, is_given_up: bool) -> None:
    world.leases, world.exchanged, world.given_up = [REPEATED], BadRequest(), is_given_up
    with pytest.raises(ItemNotStored):
        world.exchange()
    given_up, reported = ("give_up", of_bank(REPEATED), "lost", True), ("lost", of_bank(REPEATED))
    assert world.writes == ([given_up, reported] if is_given_up else [given_up])
