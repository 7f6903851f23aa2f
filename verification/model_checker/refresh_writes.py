"""What refreshes and pulls do to the store: each function is one atomic write, as DynamoDB has them."""

from typing import NamedTuple

from verification.model_checker.clauses import Clause, Clauses
from verification.model_checker.event_writes import linked_anew
from verification.model_checker.worlds import EVERY, Claim, Head, Item, Row, World

COOLDOWN = 2


class Clicker(NamedTuple):
    """One machine's refresh. `skew`: how far its clock is ahead."""

    name: str
    user: str
    skew: int = 0

    def clock(self, world: World) -> int:
        return world.now + self.skew


def claim(world: World, by: Clicker, on: Clauses, *, pull: bool = False) -> tuple[World, bool]:
    held, now = world.claims.get(by.user), by.clock(world)
    if held is None:
        free = Clause.CLAIM_NONE in on
    else:
        free = held.retry_at <= now and Clause.CLAIM_OVER in on
        free |= held.holder == by.name and Clause.CLAIM_MINE in on
        free |= not pull and held.follow_up is not None and held.follow_up > now
    if not free and Clause.CLAIM in on:
        return world, False
    follow_up = now + COOLDOWN if pull else None
    if held is not None and not pull and Clause.FOLLOW_UP_ONCE not in on:
        follow_up = held.follow_up
    claims = world.claims.plus(by.user, Claim(by.name, now + COOLDOWN, follow_up))
    return world._replace(claims=claims), True


def began(world: World, by: Clicker) -> World:
    """The onlooker's note that a refresh began, and whether it may have (I3)."""
    last = world.truth.began.get(by.user)
    if last is not None and world.now - last[0] < COOLDOWN - abs(by.skew - last[1]):
        world = world.breaking("I3: two refreshes within one cooldown")
    return world.knowing(began=world.truth.began.plus(by.user, (world.now, by.skew)))


def release(world: World, by: Clicker, on: Clauses, *, rightly: bool) -> World:
    held = world.claims.get(by.user)
    if held is None or (held.holder != by.name and Clause.RELEASE_MINE in on):
        return world
    if held.holder == by.name and rightly:
        world = world.knowing(began=world.truth.began.minus(by.user))
    return world._replace(claims=world.claims.plus(by.user, held._replace(retry_at=0)))


def put_head(world: World, user: str, source: str, head: Head, on: Clauses) -> tuple[World, bool]:
    old = world.heads.get((user, source))
    if not _is_newer(head, old, on) and Clause.HEAD in on:
        return world, False
    if old is not None and old.link == head.link and _is_older(head, old) and world.truth.level:
        world = world.breaking("I8: an older fetch replaced a newer one")
    return world._replace(heads=world.heads.plus((user, source), head)), True


def _is_older(head: Head, old: Head) -> bool:
    """Generations say which fetch began first; under the same one, what they show."""
    return (head.generation, head.shows) < (old.generation, old.shows)


def _is_newer(head: Head, old: Head | None, on: Clauses) -> bool:
    if old is None:
        return Clause.HEAD_NONE in on
    return (
        (old.link != head.link and Clause.HEAD_LINK in on)
        or (old.generation < head.generation and Clause.HEAD_LOWER in on)
        or (old.generation == head.generation and old.began_at < head.began_at and Clause.HEAD_EARLIER in on)
    )


def not_seen_past(row: Row, generation: int, on: Clauses) -> bool:
    seen = Clause.SEEN_ABSENT in on if row.seen is None else row.seen <= generation or Clause.SEEN_LOWER not in on
    reached = row.generation >= generation or Clause.SEEN_REACHED not in on
    return seen and reached


def clear(world: World, user: str, source: str, read: Row, on: Clauses, at: int | None = None) -> tuple[World, bool]:
    """Set seen_generation to the one read; of `*` too."""
    row = world.row(user, source)
    link = Clause.LINK_WILDCARD if source == EVERY else Clause.LINK_COMMIT
    if (row.link != read.link and link in on) or not not_seen_past(row, read.generation, on):
        return world, False
    if row.link == read.link and (row.seen or 0) > read.generation:
        world = world.breaking("I2: what was cleared is pending again")
    fetched_at = row.fetched_at if at is None else at
    return world.with_row(user, source, row._replace(seen=read.generation, fetched_at=fetched_at, failed=False)), True


def commit(world: World, user: str, source: str, read: Row, head: Head, on: Clauses) -> tuple[World, bool]:
    """Snapshot and clear: both or neither."""
    stored, newer = put_head(world, user, source, head, on)
    cleared, done = clear(stored, user, source, read, on, head.began_at)
    return (cleared, True) if newer and done else (world, False)


def note_failure(world: World, user: str, source: str, read: Row, on: Clauses) -> World:
    row = world.row(user, source)
    if row.link != read.link and Clause.LINK_STATUS in on:
        return world
    return world.with_row(user, source, row._replace(failed=True))


def clear_unfetched(world: World, user: str, source: str, read: Row, version: int, on: Clauses) -> World:
    """The provider said for good that there is nothing to fetch: of its changes so far nobody asks any more."""
    cleared, done = clear(world, user, source, read, on)
    if not done:
        return world
    happened = cleared.truth.happened.items()
    cleared = cleared.settling(name for name, of in happened if set(of) == {source} and of[source] <= version)
    return cleared.with_row(user, source, cleared.row(user, source)._replace(failed=True))


def set_status(world: World, user: str, source: str, read: Row, status: str, on: Clauses) -> World:
    row = world.row(user, source)
    if read.status == status:
        return world
    if row.link != read.link and Clause.LINK_STATUS in on:
        return world
    if row.status_version != read.status_version and Clause.STATUS_VERSION in on:
        return world
    return world.with_row(user, source, row._replace(status=status, status_version=row.status_version + 1))


def settle_check(world: World, user: str, source: str, read: Row, on: Clauses) -> World:
    row = world.row(user, source)
    if row.link != read.link or (row.check_due != read.check_due and Clause.CHECK_SETTLED in on):
        return world
    return world.with_row(user, source, row._replace(check_due=None))


def appear(world: World, user: str, source: str, item: str, on: Clauses) -> tuple[World, bool]:
    """A row for a source that the provider listed."""
    if world.items.get(item, Item()).owner != user and Clause.MARK_OWNED in on:
        return world, False
    if (user, source) in world.tombstones and Clause.TOMBSTONE in on:
        return world, False
    world, row = linked_anew(world, world.row(user, source))
    return world.with_row(user, source, row._replace(item=item)), True
