"""GET …/holdings: what is shown of what is stored, and whether a registered SnapTrade user is linked."""

import json
from typing import Any

import pytest

from tests.support.drivers.output import capture_output
from tests.support.fakes.portfolios import snapshot
from tidings import clock
from tidings.api.request import Request
from tidings.errors import BadRequest, Conflict
from tidings.holdings import Snapshot
from tidings.model import ItemKey, ProviderName, Source, User
from tidings.portfolio import endpoint, history_endpoint
from tidings.providers.snaptrade.users import user_id_of
from tidings.store import item_links, snapshots, user_state
from tidings.store.ended_users import IN_NO_SESSION
from tidings.store.snapshots import StoredSnapshots
from tidings.store.sources import SourceKey
from tidings.store.user_state import EndedUser, UserState

NOW = 1_790_000_000_000
EMAIL = "ann@example.com"
ROUTES: dict[ProviderName | None, str] = {
    "plaid": "GET /plaid/holdings",
    "snaptrade": "GET /api/snaptrade/holdings",
    None: "GET /holdings",
}


class World:
    """Ann's sources and snapshots, and what was linked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.user = User("ann", EMAIL)
        self.rows: list[Source] = []
        self.stored: list[Snapshot] = []
        self.ended: EndedUser | None = None
        self.readable = True
        self.is_foreign = False
        self.linked: list[tuple[Any, ...]] = []
        monkeypatch.setattr(clock, "now_ms", lambda: NOW)
        monkeypatch.setattr(endpoint, "current_user", lambda _: self.user)
        monkeypatch.setattr(user_state, "user_state_or_none", lambda _: self._state())
        monkeypatch.setattr(snapshots, "read_snapshots", self._read)
        monkeypatch.setattr(item_links, "link_item", self._link)

    def _state(self) -> UserState | None:
        return UserState(tuple(self.rows), {}, self.ended) if self.readable else None

    def _read(self, user_id: str, provider: ProviderName | None, now: int) -> StoredSnapshots:
        assert (user_id, now) == ("ann", NOW)
        wanted = [one for one in self.stored if provider in {None, one.provider}]
        return StoredSnapshots({(one.provider, one.source_id): one for one in wanted}, ())

    def _link(self, *given: object, **more: object) -> None:
        if self.is_foreign:
            raise Conflict
        self.linked.append((*given, more))

    def add(self, provider: ProviderName, source_id: str, **values: Any) -> None:  # noqa: ANN401 - a row's values
        self.rows.append(Source(provider, source_id, "item", "link", **values))
        self.stored.append(snapshot(provider, source_id))

    def get(self, provider: ProviderName | None = None) -> Any:  # noqa: ANN401 - JSON
        sent = endpoint.handle_request(Request(ROUTES[provider], "GET", "/", {}, {}, {}, {}, b""))
        assert sent["statusCode"] == 200
        return json.loads(sent["body"])["holdings"]["portfolio_metadata"]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


@pytest.mark.parametrize("provider", ["plaid", "snaptrade"])
def test_route_of_a_provider_shows_that_one_alone(world: World, provider: ProviderName) -> None:
    world.add("plaid", "a", generation=1)
    world.add("snaptrade", "b", generation=1, seen_generation=1)
    shown = world.get(provider)
    assert list(shown["providers"]) == [provider]
    assert list(shown["providers"][provider]["sources"]) == [{"plaid": "a", "snaptrade": "b"}[provider]]
    assert shown["has_pending_updates"] is (provider == "plaid")
    assert "state_unknown" not in shown


def test_combined_route_shows_all_providers(world: World) -> None:
    world.add("plaid", "a")
    world.add("snaptrade", "b", generation=1)
    shown = world.get()
    assert {name: one["status"] for name, one in shown["providers"].items()} == {
        "plaid": "stored",
        "snaptrade": "stored",
    }
    assert shown["has_pending_updates"] is True


def test_snapshot_of_an_earlier_link_is_not_shown(world: World) -> None:
    world.stored.append(snapshot("plaid", "a"))
    assert world.get()["providers"]["plaid"]["status"] == "not_connected"


def test_unknown_state_shows_all_that_is_stored_and_says_so(world: World) -> None:
    world.readable = False
    world.stored.append(snapshot("snaptrade", "b"))
    shown = world.get("snaptrade")
    assert shown["state_unknown"] is True
    assert shown["providers"]["snaptrade"]["status"] == "stored"
    assert world.linked == []


def test_currency_of_the_total_is_checked(world: World) -> None:
    with pytest.raises(BadRequest):
        endpoint.get_holdings(Request("GET /holdings", "GET", "/", {}, {}, {}, {"currency": "nonsense"}, b""))


@pytest.mark.parametrize("ended", [None, EndedUser("id", is_reopened=True)])
def test_registered_snaptrade_user_is_linked_without_a_credential(
    world: World, ended: EndedUser | None, capsys: pytest.CaptureFixture[str]
) -> None:
    world.ended = ended
    world.add("plaid", "a")
    with capture_output(capsys) as output:
        world.get("snaptrade")
        assert len(output.lines_with_message("snaptrade user adopted")) == 1
        assert output.metric_sum("SnapTradeUserAdopted") == 1
    [(key, credential, more)] = world.linked
    assert key == SourceKey.wildcard("ann", ItemKey("snaptrade", user_id_of(EMAIL)))
    assert (credential, more) == (None, {"updates": 0, "may_link": IN_NO_SESSION})


def test_snaptrade_user_of_another_user_is_left_alone(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.is_foreign = True
    with capture_output(capsys) as output:
        world.get("snaptrade")
        assert output.lines == []


@pytest.mark.parametrize("provider", ["plaid", None])
def test_other_routes_link_nobody(world: World, provider: ProviderName | None) -> None:
    world.get(provider)
    assert world.linked == []


def test_user_without_an_address_is_not_linked(world: World) -> None:
    world.user = User("ann")
    world.get("snaptrade")
    assert world.linked == []


def test_user_with_snaptrade_sources_is_not_linked_again(world: World) -> None:
    world.add("snaptrade", "b")
    world.get("snaptrade")
    assert world.linked == []


def test_personal_key_has_no_users_to_link(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNAPTRADE_KEY_TYPE", "personal")
    world.get("snaptrade")
    assert world.linked == []


def test_user_who_ended_everything_is_not_linked(world: World) -> None:
    world.ended = EndedUser("id", is_reopened=False)
    world.get("snaptrade")
    assert world.linked == []


@pytest.mark.parametrize("route", ["GET /holdings/history", "GET /holdings/changes"])
def test_history_has_routes_of_its_own(route: str, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_endpoint, "handle_request", lambda request: {"route": request.route})
    assert endpoint.handle_request(Request(route, "GET", "/", {}, {}, {}, {}, b"")) == {"route": route}


def test_request_is_answered_before_its_function_is_killed() -> None:
    assert endpoint.TIME_LIMIT_S == 10 - 2
