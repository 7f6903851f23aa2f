"""What the model is about: the tables, the provider, and the truth that only an onlooker knows. All of it hashable.

Instants are cooldowns: of two ticks of the clock one refresh may begin in each.
"""

from collections.abc import Hashable, Iterable
from typing import Any, NamedTuple, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

WILDCARD = "*"
"""The source that stands for all of an item's."""

INSTANTS = 10
"""A stale event's instants, within a tick of the clock."""

Place = tuple[str, str]
"""A user and a source."""


class Table(dict[K, V]):
    """A dict that is never changed, so that it can be a part of a state."""

    def __hash__(self) -> int:  # type: ignore[override]
        known: int | None = self.__dict__.get("hash")
        if known is None:
            known = self.__dict__["hash"] = hash(frozenset(self.items()))
        return known

    def with_entry(self, key: K, value: V) -> "Table[K, V]":
        return Table({**self, key: value})

    def without_entry(self, key: K) -> "Table[K, V]":
        return Table({one: value for one, value in self.items() if one != key})


class Row(NamedTuple):
    """A source in the update state. `link_id` None: something was written where no source is."""

    link_id: Hashable | None
    item: str = ""
    generation: int = 0
    seen: int | None = None
    check_due: int | None = None
    status: str = "ok"
    status_at: int | None = None
    status_version: int = 0
    fetched_at: int | None = None
    failed: bool = False

    @property
    def pending(self) -> bool:
        return self.generation > (self.seen or 0)


class Head(NamedTuple):
    """A snapshot. `shows`: how many of the provider's changes are in it."""

    link_id: Hashable
    generation: int
    began_at: int
    changes_shown: int
    empty: bool = False


class Item(NamedTuple):
    """A provider item. `was`: its owner before the last change, which a read may still see."""

    owner: str | None = None
    orphan: int = 0
    previous_owner: str | None = None


class Cooldown(NamedTuple):
    holder: str
    retry_at: int
    follow_up: int | None = None


class Event(NamedTuple):
    """A webhook. `at`: the event's own time, where it has one."""

    name: str
    item: str
    source: str
    has_update: bool = True
    status: str | None = None
    at: int | None = None
    removes: str | None = None
    stale: bool = False


class Truth(NamedTuple):
    """What no machine knows. `happened`: by event, which of the changes of which sources it tells of.

    `void`: events that an end of their source has settled. `dead`: links that were ended. `began`: by user, when a
    refresh last began and by how much its clock was wrong, unless it rightly gave its claim back.
    `broken`: what went wrong in a step, and can't be seen in a state. `paid`: calls made for one paid pull.
    `level`: no clock is wrong and no provider answers with old data, so a newer snapshot never shows less.
    """

    version: Table[str, int] = Table()
    alive: frozenset[str] = frozenset()
    happened: Table[str, Table[str, int]] = Table()
    events: Table[str, Event] = Table()
    answered: frozenset[str] = frozenset()
    noted: frozenset[str] = frozenset()
    void: frozenset[str] = frozenset()
    removed_links: frozenset[Hashable] = frozenset()
    linked: Table[Place, int] = Table()
    began: Table[str, tuple[int, int]] = Table()
    health: Table[str, str] = Table()
    broken: str | None = None
    paid: int = 0
    clocks_agree: bool = True


class World(NamedTuple):
    now: int = 0
    items: Table[str, Item] = Table()
    rows: Table[Place, Row] = Table()
    heads: Table[Place, Head] = Table()
    cooldowns: Table[str, Cooldown] = Table()
    tombstones: frozenset[Place] = frozenset()
    recorded: frozenset[str] = frozenset()
    paid_refreshes: Table[str, str] = Table()
    links: int = 0
    crashes: int = 0
    resends: int = 0
    conflicts: int = 0
    truth: Truth = Truth()

    def with_truth(self, **changes: Any) -> "World":  # noqa: ANN401 - fields of Truth
        return self._replace(truth=self.truth._replace(**changes))

    def with_settled(self, names: Iterable[str]) -> "World":
        """Of these events nobody asks any more; what else is known of them would only make states differ."""
        truth, void = self.truth, frozenset(names)
        happened = Table({name: changes for name, changes in truth.happened.items() if name not in void})
        return self.with_truth(void=truth.void | void, happened=happened, answered=truth.answered - void)

    def with_violation(self, what: str) -> "World":
        return self if self.truth.broken else self.with_truth(broken=what)

    def row(self, user: str, source: str) -> Row:
        """As DynamoDB has it: an absent row is one without attributes."""
        return self.rows.get((user, source), Row(None))

    def with_row(self, user: str, source: str, row: Row) -> "World":
        return self._replace(rows=self.rows.with_entry((user, source), row))

    def sources_of(self, user: str) -> tuple[tuple[str, Row], ...]:
        """The user's sources, in order."""
        return tuple((place[1], row) for place, row in sorted(self.rows.items()) if place[0] == user and row.link_id)
