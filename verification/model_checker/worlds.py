"""Hold the state of the model: the tables, the provider, and the truth that only an observer knows. All is hashable.

Time is counted in ticks. A cooldown lasts two ticks.
"""

from collections.abc import Hashable, Iterable
from typing import Any, NamedTuple, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

WILDCARD = "*"
"""The source of the wildcard row, for events that name only the user."""

DAY = 3
"""Ticks in a day."""

INSTANTS = 10
"""Times of stale events within one tick."""

ENDED = "ended"
"""The status of a source that the provider no longer serves."""

Place = tuple[str, str]
"""A user and a source."""


class Table(dict[K, V]):
    """A dict that is never changed, so that a state can contain it."""

    __slots__ = ("_hash",)
    _hash: int

    def __hash__(self) -> int:  # type: ignore[override]
        try:
            return self._hash
        except AttributeError:
            self._hash = hash(frozenset(self.items()))
            return self._hash

    def with_entry(self, key: K, value: V) -> "Table[K, V]":
        return Table({**self, key: value})

    def without_entry(self, key: K) -> "Table[K, V]":
        return Table({one: value for one, value in self.items() if one != key})


class Mark(NamedTuple):
    """The mark of a source's first fetch: who fetches it, within whose cooldown, and since when."""

    holder: str
    fetcher: str
    at: int


class Row(NamedTuple):
    """A source in the update-state table. `link_id` is None if a write created the row of a removed source.

    `linked_at` is None if the source was linked before the scenario began. `returns`: how often its first fetch was
    given back.
    """

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
    end_reported: int | None = None
    linked_at: int | None = None
    first_fetch: Mark | None = None
    returns: int = 0

    @property
    def has_update(self) -> bool:
        return self.generation > (self.seen or 0)

    @property
    def has_ended(self) -> bool:
        return self.status == ENDED

    @property
    def pending(self) -> bool:
        return self.has_update and not self.has_ended


class Head(NamedTuple):
    """A snapshot. `changes_shown`: number of the provider's changes that it contains."""

    link_id: Hashable
    generation: int
    began_at: int
    changes_shown: int
    empty: bool = False


class Item(NamedTuple):
    """A provider item. `previous_owner`: its owner before the last change, which a read may still return.

    `registration`: how often it was registered. A removal keeps the number, so that registrations never compare equal.
    """

    owner: str | None = None
    orphan: int = 0
    previous_owner: str | None = None
    registration: int = 0


class Cooldown(NamedTuple):
    """A user's cooldown. `follow_up`: until then a paid refresh permits one refresh.

    `acquired` is None if the provider demanded this wait. `first_fetched`: when the newest first fetches began.
    """

    holder: str
    retry_at: int
    follow_up: int | None = None
    acquired: int | None = None
    first_fetched: tuple[int, ...] = ()


class Expected(NamedTuple):
    """A connection that the user may be making. `listings`: made for it; `listed_at`: the newest."""

    until: int
    listings: int = 0
    listed_at: int | None = None


class Event(NamedTuple):
    """A provider event. `at`: the event's own time, if it has one; for an item's removal, the registration that ended.

    `removes`: `source` or `item`, if the event says that it has ended.
    """

    name: str
    item: str
    source: str
    has_update: bool = True
    status: str | None = None
    at: int | None = None
    removes: str | None = None
    stale: bool = False


class TokenRow(NamedTuple):
    """The row of a public token. `holder`: who holds or held its lease. `failure`: why its item was not stored."""

    holder: str
    is_expired: bool = False
    is_linked: bool = False
    failure: str | None = None


class Exchange(NamedTuple):
    """The exchange of one public token, and what an observer knows of it.

    `delayed`: the holder whose link transaction takes effect later, if its conditions then hold. `outages`: calls that
    may still fail. `told`: what the responses said. `excused`: a single failure that nothing can repair happened.
    `is_undecided`: the item was ended although its link may take effect. `marker`: that the user ended everything
    (`ended`), and connects again since (`reopened`). `has_ended`: the user's request to end everything was answered.
    """

    row: TokenRow | None = None
    is_used: bool = False
    is_ended: bool = False
    is_counted: bool = False
    delayed: str | None = None
    outages: int = 0
    told: frozenset[str] = frozenset()
    excused: bool = False
    is_undecided: bool = False
    marker: str | None = None
    has_ended: bool = False


class Schedule(NamedTuple):
    """When an item is checked. `due`: stored on its row; `messages`: its checks in the queue, of all `sent`.

    `has_reason`: its sources have a reason for a check. `is_asked`: the flow that created the reason requested one.
    """

    due: int | None = None
    is_backed_off: bool = False
    messages: frozenset[int] = frozenset()
    sent: int = 0
    has_reason: bool = False
    is_asked: bool = False


class History(NamedTuple):
    """What the history holds. `points`: by user, source and day, what the last commit stored. `removals`: of links."""

    points: Table[tuple[str, str, int], Head] = Table()
    removals: frozenset[tuple[str, str, Hashable]] = frozenset()


class Truth(NamedTuple):
    """What only an observer knows.

    `happened`: by event, which changes of which sources it announced.
    `answered`, `noted`: events that were answered 200, or noted as stale. `void`: events settled by a removal.
    `removed_links`: link_ids of removed sources. `linked`: updates that come from linking or from status checks.
    `began`: by user, when the last refresh began and its clock skew. A justified release deletes the entry.
    `end_reports`: by source, when the provider first reported its end since the last successful fetch.
    `broken`: a violation that a step caused and a state does not show. `paid`: calls made for one paid refresh.
    `fetched`: by link_id of a new link, in whose cooldown it was last fetched. `waits`: by user, until when the
    provider demands no call. `first_fetches`, `listings`: when they began, within cooldowns. `returns`: by link_id.
    `revoked_links`: link_ids under which access was revoked. `erased`: users whose history was deleted for good.
    `removals`: what the history has to record of them.
    `clocks_agree`: no clock is wrong and no provider returns old data, so a newer snapshot never shows less.
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
    end_reports: Table[str, int] = Table()
    broken: str | None = None
    paid: int = 0
    clocks_agree: bool = True
    fetched: Table[Hashable, str] = Table()
    waits: Table[str, int] = Table()
    first_fetches: tuple[int, ...] = ()
    listings: tuple[int, ...] = ()
    returns: Table[Hashable, int] = Table()
    revoked_links: frozenset[Hashable] = frozenset()
    erased: frozenset[str] = frozenset()
    removals: frozenset[tuple[str, str, Hashable]] = frozenset()


class World(NamedTuple):
    """The tables. `history` is None in scenarios that do not need it, which keeps them small."""

    now: int = 0
    items: Table[str, Item] = Table()
    rows: Table[Place, Row] = Table()
    heads: Table[Place, Head] = Table()
    cooldowns: Table[str, Cooldown] = Table()
    tombstones: frozenset[Place] = frozenset()
    recorded: frozenset[str] = frozenset()
    paid_refreshes: Table[str, str] = Table()
    expected: Table[str, Expected] = Table()
    links: int = 0
    crashes: int = 0
    resends: int = 0
    conflicts: int = 0
    exchange: Exchange | None = None
    schedule: Schedule | None = None
    history: History | None = None
    truth: Truth = Truth()

    def with_truth(self, **changes: Any) -> "World":  # noqa: ANN401 - fields of Truth
        return self._replace(truth=self.truth._replace(**changes))

    def with_settled(self, names: Iterable[str]) -> "World":
        """Forget events that a removal settled, so that equal states compare equal."""
        truth, void = self.truth, frozenset(names)
        happened = Table({name: changes for name, changes in truth.happened.items() if name not in void})
        return self.with_truth(void=truth.void | void, happened=happened, answered=truth.answered - void)

    def with_violation(self, what: str) -> "World":
        return self if self.truth.broken else self.with_truth(broken=what)

    def row(self, user: str, source: str) -> Row:
        """Return the row. As in DynamoDB, an absent row has no attributes."""
        return self.rows.get((user, source), Row(None))

    def with_row(self, user: str, source: str, row: Row) -> "World":
        return self._replace(rows=self.rows.with_entry((user, source), row))

    def sources_of(self, user: str) -> tuple[tuple[str, Row], ...]:
        """Return the user's linked sources, sorted."""
        return tuple((place[1], row) for place, row in sorted(self.rows.items()) if place[0] == user and row.link_id)
