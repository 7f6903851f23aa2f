"""Model the store writes of refreshes: each function is one atomic DynamoDB write."""

from typing import NamedTuple

from verification.model_checker.clauses import Clause, Clauses
from verification.model_checker.event_writes import assign_link_id
from verification.model_checker.history_writes import put_point
from verification.model_checker.worlds import DAY, ENDED, WILDCARD, Cooldown, Head, Item, Row, World

COOLDOWN = 2
WAIT = 3


class Refresher(NamedTuple):
    """A refresh on one machine. `skew`: by how much its clock is ahead."""

    name: str
    user: str
    skew: int = 0

    def clock(self, world: World) -> int:
        return world.now + self.skew


def acquire_cooldown(
    world: World, refresher: Refresher, clauses: Clauses, *, is_paid: bool = False
) -> tuple[World, bool]:
    held, now = world.cooldowns.get(refresher.user), refresher.clock(world)
    if held is None:
        may_acquire = Clause.COOLDOWN_ABSENT in clauses
    else:
        has_expired = held.retry_at <= now and Clause.COOLDOWN_EXPIRED in clauses
        is_own = held.holder == refresher.name and Clause.COOLDOWN_OWN in clauses
        is_follow_up = not is_paid and held.follow_up is not None and held.follow_up > now
        may_acquire = has_expired or is_own or is_follow_up
    if not may_acquire and Clause.COOLDOWN_CONDITIONAL in clauses:
        return world, False
    follow_up = now + COOLDOWN if is_paid else None
    if held is not None and not is_paid and Clause.FOLLOW_UP_ONCE not in clauses:
        follow_up = held.follow_up
    first_fetched = held.first_fetched if held else ()
    cooldown = Cooldown(refresher.name, now + COOLDOWN, follow_up, now, first_fetched)
    return world._replace(cooldowns=world.cooldowns.with_entry(refresher.user, cooldown)), True


def note_refresh_began(world: World, refresher: Refresher) -> World:
    """Note that a refresh began, and whether it was allowed to (I3)."""
    last = world.truth.began.get(refresher.user)
    if last is not None and world.now - last[0] < COOLDOWN - abs(refresher.skew - last[1]):
        world = world.with_violation("I3: two refreshes within one cooldown")
    world = require_no_wait(world, refresher.user)
    return world.with_truth(began=world.truth.began.with_entry(refresher.user, (world.now, refresher.skew)))


def require_no_wait(world: World, user: str) -> World:
    if world.truth.waits.get(user, 0) > world.now:
        return world.with_violation("rule 5: the provider is called within the wait that it demanded")
    return world


def extend_cooldown(world: World, user: str, holder: str, until: int, clauses: Clauses) -> World:
    """Let the holder's cooldown last as long as the provider demands."""
    held = world.cooldowns.get(user)
    if held is None or held.holder != holder:
        return world
    acquired = None if Clause.FIRST_FETCH_NO_WAIT in clauses else held.acquired
    extended = held._replace(retry_at=max(until, held.retry_at), acquired=acquired)
    return world._replace(cooldowns=world.cooldowns.with_entry(user, extended))


def release_cooldown(world: World, refresher: Refresher, clauses: Clauses, *, is_justified: bool) -> World:
    held = world.cooldowns.get(refresher.user)
    if held is None or (held.holder != refresher.name and Clause.RELEASE_OWN in clauses):
        return world
    if held.acquired is None and Clause.RELEASE_NO_WAIT in clauses:
        return world
    if held.holder == refresher.name and is_justified:
        world = world.with_truth(began=world.truth.began.without_entry(refresher.user))
    return world._replace(cooldowns=world.cooldowns.with_entry(refresher.user, held._replace(retry_at=0)))


def put_head(world: World, user: str, source: str, head: Head, clauses: Clauses) -> tuple[World, bool]:
    old = world.heads.get((user, source))
    if not _may_replace(head, old, clauses) and Clause.HEAD_CONDITIONAL in clauses:
        return world, False
    if old is not None and old.link_id == head.link_id and _is_older(head, old) and world.truth.clocks_agree:
        world = world.with_violation("I8: an older fetch replaced a newer one")
    return world._replace(heads=world.heads.with_entry((user, source), head)), True


def _is_older(head: Head, old: Head) -> bool:
    """Compare generations, which order fetches; of the same generation, the changes shown."""
    return (head.generation, head.changes_shown) < (old.generation, old.changes_shown)


def _may_replace(head: Head, old: Head | None, clauses: Clauses) -> bool:
    if old is None:
        return Clause.HEAD_ABSENT in clauses
    return (
        (old.link_id != head.link_id and Clause.HEAD_LINK_ID in clauses)
        or (old.generation < head.generation and Clause.HEAD_GENERATION in clauses)
        or (old.generation == head.generation and old.began_at < head.began_at and Clause.HEAD_FETCH_TIME in clauses)
    )


def not_seen_beyond(row: Row, generation: int, clauses: Clauses) -> bool:
    if row.seen is None:
        seen_not_higher = Clause.SEEN_ABSENT in clauses
    else:
        seen_not_higher = row.seen <= generation or Clause.SEEN_NOT_HIGHER not in clauses
    generation_reached = row.generation >= generation or Clause.SEEN_REACHED not in clauses
    return seen_not_higher and generation_reached


def clear_update(
    world: World, user: str, source: str, read: Row, clauses: Clauses, at: int | None = None
) -> tuple[World, bool]:
    """Set seen_generation to the generation that was read, also of the wildcard row."""
    row = world.row(user, source)
    link = Clause.LINK_ID_WILDCARD if source == WILDCARD else Clause.LINK_ID_COMMIT
    if (row.link_id != read.link_id and link in clauses) or not not_seen_beyond(row, read.generation, clauses):
        return world, False
    if row.link_id == read.link_id and (row.seen or 0) > read.generation:
        world = world.with_violation("I2: a cleared update is pending again")
    fetched_at = row.fetched_at if at is None else at
    return world.with_row(user, source, row._replace(seen=read.generation, fetched_at=fetched_at, failed=False)), True


def commit_snapshot(
    world: World, user: str, source: str, read: Row, head: Head, clauses: Clauses
) -> tuple[World, bool]:
    """Store the snapshot and the day's point, and clear the update: all or nothing."""
    stored, newer = put_head(world, user, source, head, clauses)
    if Clause.HISTORY_ATOMIC in clauses:
        stored = put_point(stored, user, source, head, clauses)
    cleared, done = clear_update(stored, user, source, read, clauses, head.began_at)
    return (clear_end_report(cleared, user, source, clauses), True) if newer and done else (world, False)


def clear_end_report(world: World, user: str, source: str, clauses: Clauses) -> World:
    world = world.with_truth(end_reports=world.truth.end_reports.without_entry(source))
    if Clause.END_REPORT_CLEARED not in clauses:
        return world
    return world.with_row(user, source, world.row(user, source)._replace(end_reported=None))


def record_failure(world: World, user: str, source: str, read: Row, clauses: Clauses) -> World:
    row = world.row(user, source)
    if row.link_id != read.link_id and Clause.LINK_ID_STATUS in clauses:
        return world
    return world.with_row(user, source, row._replace(failed=True))


def clear_without_holdings(world: World, user: str, source: str, read: Row, version: int, clauses: Clauses) -> World:
    """Clear a source that permanently has no holdings, which settles its events so far."""
    cleared, done = clear_update(world, user, source, read, clauses)
    if not done:
        return world
    happened = cleared.truth.happened.items()
    cleared = cleared.with_settled(name for name, of in happened if set(of) == {source} and of[source] <= version)
    return cleared.with_row(user, source, cleared.row(user, source)._replace(failed=True))


def set_status(world: World, user: str, source: str, read: Row, status: str, clauses: Clauses) -> World:
    row = world.row(user, source)
    if read.status == status:
        return world
    if row.link_id != read.link_id and Clause.LINK_ID_STATUS in clauses:
        return world
    if row.status_version != read.status_version and Clause.STATUS_VERSION in clauses:
        return world
    return world.with_row(user, source, row._replace(status=status, status_version=row.status_version + 1))


def set_ended(world: World, user: str, source: str, read: Row, clauses: Clauses) -> World:
    """Store that the provider no longer serves the source. Its update is not pending, but stays."""
    ended = set_status(world, user, source, read, ENDED, clauses)
    if ended is world or Clause.END_KEEPS_UPDATE in clauses:
        return ended
    return ended.with_row(user, source, ended.row(user, source)._replace(seen=read.generation))


def record_end_report(world: World, user: str, source: str, read: Row, now: int, clauses: Clauses) -> World:
    """Record the first report of the source's end, or believe one that is repeated a day later."""
    row = world.row(user, source)
    if row.link_id != read.link_id:
        return world
    if read.end_reported is None:
        is_served = row.fetched_at != read.fetched_at and Clause.END_FIRST_REPORT in clauses
        if row.end_reported is not None or is_served:
            return world
        return world.with_row(user, source, row._replace(end_reported=now))
    if now - read.end_reported < DAY and Clause.END_DAY_APART in clauses:
        return world
    if row.end_reported != read.end_reported and Clause.END_REPORT_AS_READ in clauses:
        return world
    ended = set_ended(world, user, source, read, clauses)
    since = world.truth.end_reports.get(source)
    if ended is not world and (since is None or now - since < DAY):
        return ended.with_violation("rule 8: a source that was served since is taken for ended")
    return ended


def clear_check_due(world: World, user: str, source: str, read: Row, clauses: Clauses) -> World:
    row = world.row(user, source)
    if row.link_id != read.link_id or (row.check_due != read.check_due and Clause.CHECK_DUE_AS_READ in clauses):
        return world
    return world.with_row(user, source, row._replace(check_due=None))


def create_discovered(world: World, user: str, source: str, item: str, clauses: Clauses) -> tuple[World, bool]:
    """Create a row for a source that the provider listed."""
    if world.items.get(item, Item()).owner != user and Clause.RECORD_OWNED in clauses:
        return world, False
    if (user, source) in world.tombstones and Clause.RECORD_TOMBSTONE in clauses:
        return world, False
    world, row = assign_link_id(world, world.row(user, source))
    return world.with_row(user, source, row._replace(item=item)), True
