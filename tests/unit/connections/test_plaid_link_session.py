"""Each item of a finished Link session is linked by itself; a session that repaired an item clears its status."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.drivers.output import capture_output
from tidings import clock
from tidings.aws import secrets
from tidings.connections import plaid_link_session
from tidings.connections.plaid_link_session import CompletedSession, complete_link_session
from tidings.errors import BadRequest, Conflict, NotFound, ProviderError, StoreUnavailable, TidingsError
from tidings.model import ItemKey
from tidings.providers.plaid import connections as plaid
from tidings.providers.plaid.connections import LinkedItem, LinkResult
from tidings.store import item_links, items, token_leases
from tidings.store.ended_users import MayLink
from tidings.store.item_links import TokenChanged, UserEnded
from tidings.store.link_sessions import BoundSession
from tidings.store.sources import SourceKey
from tidings.store.token_leases import ExchangeResult, ItemNotStored, TokenInUse

NOW = 1_771_500_000_000
APP = {"client_id": "c", "secret": "s"}
NEW = BoundSession("ann", ended_id="ended")
REPAIR = BoundSession("ann", reconnect_item="item", ended_id="ended")
FIRST, SECOND = ExchangeResult("first", "Bank"), ExchangeResult("second", None)
FINAL = [BadRequest(), NotFound(), ItemNotStored(), UserEnded()]
REPEATABLE = [ProviderError(), StoreUnavailable(), Conflict()]


class World:
    """`exchanges`: by public token, the result or an error to raise."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.result = LinkResult(finished=True, succeeded=True, items=())
        self.exchanges: dict[str, ExchangeResult | TidingsError] = {}
        self.owner: str | None = "ann"
        self.link_error: Exception | None = None
        self.known: ExchangeResult | None = None
        self.asked: list[tuple[Any, ...]] = []
        self.exchanged: list[tuple[Any, ...]] = []
        self.links: list[Any] = []
        monkeypatch.setattr(clock, "now_ms", lambda: NOW)
        monkeypatch.setattr(secrets, "app_secret", lambda _: APP)
        monkeypatch.setattr(plaid, "get_link_result", self._get)
        monkeypatch.setattr(plaid_link_session, "exchange_public_token", self._exchange)
        monkeypatch.setattr(items, "find_owner", self._find_owner)
        monkeypatch.setattr(token_leases, "result_of_link_token", lambda *given: given)
        monkeypatch.setattr(token_leases, "find_result", lambda token: self.known if token == "link" else None)
        monkeypatch.setattr(item_links, "link_item", self._link)

    def add(self, result: ExchangeResult | TidingsError) -> None:
        """Let the session have one more item, whose exchange ends so."""
        token = f"public-{len(self.result.items)}"
        item = LinkedItem(token, "Bank" if result is FIRST else None)
        self.result = replace(self.result, items=(*self.result.items, item))
        self.exchanges[token] = result

    def complete(self, bound: BoundSession = NEW) -> CompletedSession:
        return complete_link_session(bound, "link", 7.0)

    def _get(self, *given: object) -> LinkResult:
        self.asked.append(given)
        return self.result

    def _find_owner(self, item: ItemKey, *, consistent: bool = False) -> str | None:
        assert (item, consistent) == (ItemKey("plaid", "item"), True)
        return self.owner

    def _exchange(self, *given: Any) -> ExchangeResult:  # noqa: ANN401 - what the exchange takes
        self.exchanged.append(given)
        found = self.exchanges[given[1]]
        if isinstance(found, TidingsError):
            raise found
        return found

    def _link(self, key: SourceKey, credential: bytes | None, **more: object) -> None:
        self.links.append(SimpleNamespace(key=key, credential=credential, **more))
        if self.link_error:
            raise self.link_error


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


@pytest.mark.parametrize("bound", [NEW, REPAIR])
def test_unfinished_session_is_a_conflict(world: World, bound: BoundSession) -> None:
    world.add(FIRST)
    world.result = replace(world.result, finished=False)
    with pytest.raises(Conflict):
        world.complete(bound)
    assert (world.asked, world.exchanged, world.links) == ([(APP, "link", 7.0)], [], [])


def test_every_item_of_session_is_linked_for_its_user(world: World) -> None:
    world.add(FIRST)
    world.add(SECOND)
    assert world.complete() == CompletedSession((FIRST, SECOND))
    assert world.exchanged == [
        ("ann", "public-0", 7.0, "Bank", MayLink("ended")),
        ("ann", "public-1", 7.0, None, MayLink("ended")),
    ]


def test_item_that_fails_leaves_the_others(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    failed = ProviderError()
    world.add(failed)
    world.add(SECOND)
    with capture_output(capsys) as output:
        assert world.complete() == CompletedSession((SECOND,), (failed,))
    [line] = output.lines_with_message("item not linked")
    assert (line["provider"], line["problem"]) == ("plaid", "provider-outage")


def test_outage_of_the_store_uses_up_no_further_token(world: World) -> None:
    down = StoreUnavailable()
    for result in (FIRST, down, SECOND):
        world.add(result)
    assert world.complete() == CompletedSession((FIRST,), (down,))
    assert len(world.exchanged) == 2


def test_last_linked_item_is_the_sessions() -> None:
    assert CompletedSession((FIRST, SECOND), (BadRequest(),)).last_linked() == SECOND


def test_first_error_is_the_sessions_if_nothing_was_linked() -> None:
    for first in (ProviderError(), Conflict()):
        with pytest.raises(TidingsError) as raised:
            CompletedSession((), (first, BadRequest())).last_linked()
        assert raised.value is first
    with pytest.raises(NotFound):
        CompletedSession(()).last_linked()


@pytest.mark.parametrize("error", REPEATABLE)
def test_error_that_may_pass_makes_session_repeatable(error: TidingsError) -> None:
    with pytest.raises(TidingsError) as raised:
        CompletedSession((FIRST,), (*FINAL, error, ProviderError())).raise_repeatable()
    assert raised.value is error


def test_errors_that_stay_make_no_session_repeatable() -> None:
    CompletedSession((), tuple(FINAL)).raise_repeatable()


def test_repaired_item_is_linked_again_with_an_update(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.add(FIRST)
    with capture_output(capsys) as output:
        assert world.complete(REPAIR) == CompletedSession((ExchangeResult("item", None),))
    [link] = world.links
    assert (link.key, link.credential) == (SourceKey("ann", "plaid", "item", ItemKey("plaid", "item")), None)
    assert (link.result, link.may_link) == (("link", "ann", "item", NOW), MayLink("ended"))
    assert world.exchanged == []
    assert [line["provider"] for line in output.lines_with_message("connection renewed")] == ["plaid"]


@pytest.mark.parametrize("owner", [None, "bob"])
def test_repaired_item_that_is_no_longer_the_users_is_not_found(world: World, owner: str | None) -> None:
    world.owner = owner
    with pytest.raises(NotFound):
        world.complete(REPAIR)
    assert world.links == []


def test_session_that_the_user_left_repairs_nothing(world: World) -> None:
    world.result = replace(world.result, succeeded=False)
    with pytest.raises(NotFound):
        world.complete(REPAIR)
    assert world.links == []


def test_repair_that_another_request_recorded_has_its_result(world: World) -> None:
    world.link_error, world.known = TokenChanged(), SECOND
    assert world.complete(REPAIR) == CompletedSession((SECOND,))


def test_repair_that_another_request_is_recording_is_in_use(world: World) -> None:
    world.link_error = TokenChanged()
    with pytest.raises(TokenInUse):
        world.complete(REPAIR)
