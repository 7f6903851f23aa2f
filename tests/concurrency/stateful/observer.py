"""Builds the model's worlds from the real tables, and keeps what only an observer knows."""

from collections.abc import Iterable, Mapping
from typing import Any

from tests.support.drivers.app import LinkedSource
from tests.support.drivers.user_driver import UserDriver
from tidings import clock
from tidings.store import snapshots
from verification.model_checker.worlds import WILDCARD, Event, Head, Item, Place, Row, Table, Truth, World

TICKER = "TIDE"
"""What is traded, one share each time: how many are held says how many of the provider's changes are seen."""

_COOLDOWN_MS = 60_000
_STATUS = {"reconnect_required": "broken"}


class Observer:
    def __init__(self, user_driver: UserDriver, others: Iterable[UserDriver] = ()) -> None:
        self.user_driver = user_driver
        self.truth = Truth(clocks_agree=False)
        self._users = [user_driver, *others]
        self._links: dict[Place, str] = {}
        self._cooldowns: dict[str, tuple[str, int]] = {}
        self._items: dict[str, LinkedSource] = {}

    def connected(self, linked: LinkedSource) -> None:
        """Add a source at the provider."""
        self._items[_item(linked)] = linked
        truth = self.truth
        version = truth.version.with_entry(linked.source_id, 0)
        self.truth = truth._replace(alive=truth.alive | {linked.source_id}, version=version)

    def happens(self, event: Event, *changed: str) -> None:
        version = self.truth.version
        for source in changed:
            version = version.with_entry(source, version[source] + 1)
        about = changed if event.source == WILDCARD else (event.source,)
        happened = self.truth.happened.with_entry(
            event.name, Table({one: version[one] for one in about if one in version})
        )
        events = self.truth.events.with_entry(event.name, event)
        self.truth = self.truth._replace(version=version, happened=happened, events=events)

    def happened_at(self, event: Event) -> None:
        """Set the event time, which is known once the event was sent."""
        self.truth = self.truth._replace(events=self.truth.events.with_entry(event.name, event))

    def hears(self, source: str, health: str) -> None:
        self.truth = self.truth._replace(health=self.truth.health.with_entry(source, health))

    def ends(self, source: str) -> None:
        """End a source at the provider; its earlier events no longer matter."""
        settled = [name for name, event in self.truth.events.items() if event.source == source]
        world = World(truth=self.truth).with_settled(settled)
        self.truth = world.truth._replace(alive=world.truth.alive - {source})

    def answers(self, event: Event, *, accepted: bool) -> None:
        """`accepted` with 200, else noted as stale."""
        if event.name in self.truth.void or not event.has_update:
            return
        if accepted:
            self.truth = self.truth._replace(answered=self.truth.answered | {event.name})
        elif (self.user_driver.user_id, event.source) in self._links:
            self.truth = self.truth._replace(noted=self.truth.noted | {event.name})

    def counts(self, source: str, times: int) -> None:
        """Count updates without an event: of linking, or found by the reconciler."""
        place = (self.user_driver.user_id, source)
        self.truth = self.truth._replace(
            linked=self.truth.linked.with_entry(place, self.truth.linked.get(place, 0) + times)
        )

    def world(self) -> World:
        """Read the current tables."""
        rows: dict[Place, Row] = {}
        heads: dict[Place, Head] = {}
        for user in self._users:
            state = user.state()
            self._note_cooldowns(state)
            rows |= {
                (user.user_id, name.split("#", 2)[2]): _row(one) for name, one in state.items() if _is_source(name)
            }
            heads |= _heads(user)
        self._note_ends({place: str(row.link_id) for place, row in rows.items() if row.link_id is not None})
        items = {name: _owner(self.user_driver.item(linked)) for name, linked in self._items.items()}
        return World(items=Table(items), rows=Table(rows), heads=Table(heads), truth=self.truth)

    def _note_cooldowns(self, state: Mapping[str, Mapping[str, Any]]) -> None:
        """I3: a cooldown begins after the previous one has expired, by its owner's clock."""
        for entry in (entry for entry in state if entry.startswith("claim#")):
            taken, held = (str(state[entry]["claim_id"]), int(state[entry]["retry_at"])), self._cooldowns.get(entry)
            if held and held[0] != taken[0] and taken[1] and taken[1] - _COOLDOWN_MS < held[1]:
                self.truth = self.truth._replace(broken="I3: two refreshes within one cooldown")
            self._cooldowns[entry] = taken

    def _note_ends(self, links: dict[Place, str]) -> None:
        for place, link in self._links.items():
            if links.get(place) != link:
                settled = [name for name, event in self.truth.events.items() if event.source == place[1]]
                world = World(truth=self.truth).with_settled(settled)
                removed_links, linked = world.truth.removed_links | {link}, world.truth.linked.without_entry(place)
                self.truth = world.truth._replace(removed_links=removed_links, linked=linked)
        self._links = links


def _item(linked: LinkedSource) -> str:
    return f"{linked.provider}#{linked.item_id}"


def _is_source(entry: str) -> bool:
    return entry.startswith("source#")


def _row(row: Mapping[str, Any]) -> Row:
    status = str(row.get("status", "ok"))
    return Row(
        row.get("link_id"),
        str(row.get("item", "")),
        int(row.get("generation", 0)),
        _int(row.get("seen_generation")),
        _int(row.get("check_due")),
        _STATUS.get(status, status),
        _int(row.get("status_at")),
        int(row.get("status_version", 0)),
        _int(row.get("last_fetched_at")),
        "last_error" in row,
    )


def _int(value: Any) -> int | None:  # noqa: ANN401 - a number of boto3's
    return None if value is None else int(value)


def _owner(row: Mapping[str, Any] | None) -> Item:
    return Item(row.get("user_id"), int(row.get("orphan_generation", 0))) if row else Item()


def _heads(user: UserDriver) -> dict[Place, Head]:
    """By the product's own reading: a head whose content is missing could not be read."""
    stored = snapshots.read_snapshots(user.user_id, None, clock.now_ms()).snapshots
    return {
        (user.user_id, one.source_id): Head(
            one.link_id,
            one.generation,
            one.fetch_began_at,
            sum(int(holding.quantity or 0) for holding in one.holdings if holding.ticker == TICKER),
            not one.holdings,
        )
        for one in stored.values()
    }
