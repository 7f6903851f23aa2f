"""Which rows a listing of several items creates, updates and removes, and what a failed one leaves."""

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tidings import providers
from tidings.errors import ItemGone, ProviderError, ReconnectRequired, TidingsError
from tidings.model import EVERY_SOURCE, DiscoveredSource, ItemKey, Source, StatusChange
from tidings.provider_access.credentials import Credentials
from tidings.refresh.discovery import Discovery
from tidings.store import removal, sources, user_state
from tidings.store.sources import NotLinked, Removed, SourceKey
from tidings.store.user_state import UserState

BROKEN = StatusChange("reconnect_required", "connection_disabled")


def row(source_id: str, item_id: str = "item", **values: Any) -> Source:  # noqa: ANN401 - a row's values
    return Source("snaptrade", source_id, item_id, f"link-{source_id}", **values)


WILDCARD = row(EVERY_SOURCE)


class World:
    """A provider's lists by item, each of them or the error, and the writes to the user's rows."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lists: dict[str, Sequence[DiscoveredSource] | TidingsError] = {}
        self.listed: list[tuple[str, list[str], float]] = []
        self.removed: list[tuple[str, str | None]] = []
        self.statuses: list[tuple[str, StatusChange]] = []
        self.created: list[tuple[SourceKey, str | None]] = []
        self.refusals: dict[str, Exception] = {}
        self.current: list[Source] = []
        self.reads = 0
        lister = SimpleNamespace(discover=self._discover)
        monkeypatch.setattr(providers, "source_lister", lambda _: lister)
        monkeypatch.setattr(removal, "remove_source", self._remove)
        monkeypatch.setattr(sources, "set_status", self._set_status)
        monkeypatch.setattr(sources, "create_discovered", self._create)
        monkeypatch.setattr(user_state, "read_user_state", self._read)

    def discovery(self, *rows: Source) -> Discovery:
        def call(item_id: str, made: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - what the call returns
            return made(item_id)

        credentials = SimpleNamespace(user_id="ann", provider="snaptrade", call=call)
        return Discovery(cast(Credentials, credentials), rows, deadline=5.0)

    def run(self, *rows: Source) -> Discovery:
        discovery = self.discovery(*rows)
        discovery.run()
        return discovery

    def _discover(self, item_id: str, known: Sequence[str], deadline: float) -> Sequence[DiscoveredSource]:
        self.listed.append((item_id, [*known], deadline))
        found = self.lists[item_id]
        if isinstance(found, TidingsError):
            raise found
        return found

    def _read(self, _: str) -> UserState:
        self.reads += 1
        return UserState(tuple(self.current), retry_at={})

    def _remove(self, key: SourceKey, *, link_id: str | None = None) -> None:
        self.removed.append((key.source_id, link_id))

    def _set_status(self, key: SourceKey, source: Source, change: StatusChange) -> None:
        assert (key.source_id, key.item) == (source.source_id, source.item)
        self.statuses.append((f"{key.item.item_id}/{key.source_id}", change))

    def _create(self, key: SourceKey, institution: str | None) -> None:
        if key.source_id in self.refusals:
            raise self.refusals[key.source_id]
        self.created.append((key, institution))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


def test_item_is_listed_once_with_its_known_sources(world: World) -> None:
    world.lists = {"item": [DiscoveredSource("a"), DiscoveredSource("b")], "other": []}
    world.run(WILDCARD, row("a"), row("b"), row("c", "other"))
    assert world.listed == [("item", ["a", "b"], 5.0), ("other", ["c"], 5.0)]


def test_item_that_is_its_own_source_is_not_listed(world: World) -> None:
    discovery = world.run(row("item"))
    assert (world.listed, discovery.found, world.removed) == ([], {"item": DiscoveredSource("item")}, [])


@pytest.mark.parametrize("order", [1, -1])
def test_missing_source_is_removed_and_the_others_have_their_status(world: World, order: int) -> None:
    world.lists = {"item": [DiscoveredSource("broken", None, BROKEN), DiscoveredSource("unknown")]}
    discovery = world.run(*[row("broken"), row("missing"), row("unknown")][::order])
    assert world.removed == [("missing", "link-missing")]
    assert world.statuses == [("item/broken", BROKEN)]
    assert set(discovery.found) == {"broken", "unknown"}
    assert discovery.failures == {}


@pytest.mark.parametrize("order", [1, -1])
def test_item_that_cannot_be_listed_leaves_the_other_one(world: World, order: int) -> None:
    outage = ProviderError()
    world.lists = {"first": outage, "second": [DiscoveredSource("b")]}
    rows = [row(EVERY_SOURCE, "first"), row("a", "first"), row(EVERY_SOURCE, "second"), row("b", "second")]
    discovery = world.run(*rows[::order])
    assert (discovery.failures, set(discovery.found)) == ({"first": outage}, {"b"})
    assert (world.removed, world.created) == ([], [])
    assert world.statuses == [(f"second/{EVERY_SOURCE}", StatusChange("ok"))]


@pytest.mark.parametrize(
    ("error", "statuses"),
    [
        (ReconnectRequired("lost"), [(f"item/{EVERY_SOURCE}", StatusChange("reconnect_required", "lost"))]),
        (ProviderError(), []),
        (ItemGone(), []),
    ],
)
def test_only_a_lost_login_is_the_status_of_its_item(
    world: World, error: ProviderError, statuses: list[tuple[str, StatusChange]]
) -> None:
    world.lists = {"item": error, "other": error}
    world.run(WILDCARD, row("a"))
    assert world.statuses == statuses


def test_new_source_has_a_row_after_those_that_were_read(world: World) -> None:
    new = DiscoveredSource("new", "Fidelity")
    world.lists = {"item": [DiscoveredSource("old"), new]}
    old, read_again, created = row("old", generation=1), row("old", generation=2), row("new")
    world.current = [created, read_again, Source("plaid", "new", "new", "link"), WILDCARD]
    discovery = world.run(WILDCARD, old)
    assert world.created == [(SourceKey("ann", "snaptrade", "new", ItemKey("snaptrade", "item")), "Fidelity")]
    assert [*discovery.rows] == [WILDCARD, old, created]
    assert (discovery.linked, discovery.wildcards) == ([old, created], [WILDCARD])


def test_rows_stay_as_read_without_a_new_source(world: World) -> None:
    world.lists = {"item": [DiscoveredSource("old")]}
    world.current = [row("elsewhere")]
    old = row("old")
    assert ([*world.run(old).rows], world.reads) == ([old], 0)


def test_items_are_listed_in_the_order_of_their_ids(world: World) -> None:
    ids = [f"item-{number}" for number in range(9)]
    world.lists = {item_id: [] for item_id in ids}
    world.run(*(row(EVERY_SOURCE, item_id) for item_id in reversed(ids)))
    assert [item_id for item_id, *_ in world.listed] == ids


@pytest.mark.parametrize("order", [1, -1])
def test_removed_source_is_not_created_again(world: World, order: int) -> None:
    world.lists = {"item": [DiscoveredSource("removed"), DiscoveredSource("new")][::order]}
    world.refusals = {"removed": Removed()}
    world.run(WILDCARD)
    assert [key.source_id for key, _ in world.created] == ["new"]


def test_item_unlinked_meanwhile_requires_a_new_connection(world: World) -> None:
    world.lists = {"item": [DiscoveredSource("new")]}
    world.refusals = {"new": NotLinked()}
    with pytest.raises(ReconnectRequired) as refused:
        world.run(WILDCARD)
    assert refused.value.reason == "unlinked"


def test_new_connections_alone_are_found_within_cooldown(world: World) -> None:
    world.lists = {"item": [DiscoveredSource("known", None, BROKEN), DiscoveredSource("new")], "other": []}
    world.current = [row("known"), row("new")]
    discovery = world.discovery(WILDCARD, row(EVERY_SOURCE, "other"), row("own", "own"))
    found = discovery.find_new({"known", "missing"})
    assert [one.source_id for one in found] == ["own", "new"]
    assert world.listed == [("item", [], 5.0), ("other", [], 5.0)]
    assert set(discovery.found) == {"known", "new"}
    assert (world.removed, world.statuses) == ([], [])


def test_failed_search_for_new_connections_tells_why(world: World) -> None:
    world.lists = {"item": ReconnectRequired("lost")}
    with pytest.raises(ReconnectRequired):
        world.discovery(WILDCARD).find_new(set())
    assert world.statuses == [(f"item/{EVERY_SOURCE}", StatusChange("reconnect_required", "lost"))]
