"""Model the writes of the history: a point per source and day, and a record of each removal."""

from collections.abc import Hashable

from verification.model_checker.clauses import Clause, Clauses
from verification.model_checker.worlds import DAY, ENDED, WILDCARD, Head, History, Row, Table, World


def day_of(instant: int) -> int:
    return instant // DAY


def put_point(world: World, user: str, source: str, head: Head, clauses: Clauses) -> World:
    """Replace the source's point of the day."""
    if world.history is None:
        return world
    day = day_of(head.began_at if Clause.HISTORY_DAY in clauses else world.now)
    points = world.history.points.with_entry((user, source, day), head)
    return world._replace(history=world.history._replace(points=points))


def record_removal(world: World, user: str, source: str, row: Row | None, clauses: Clauses) -> World:
    """Record that the row was deleted. The wildcard row is no source."""
    if world.history is None or source == WILDCARD or (row is None and Clause.HISTORY_REMOVAL_ONCE in clauses):
        return world
    removals = world.history.removals | {(user, source, row.link_id if row else None)}
    return world._replace(history=world.history._replace(removals=removals))


def note_removal(world: World, user: str, source: str, link_id: Hashable) -> World:
    """Note that the link no longer exists, and that the history has to say so."""
    truth = world.truth
    is_recorded = world.history is not None and source != WILDCARD
    removals = truth.removals | {(user, source, link_id)} if is_recorded else truth.removals
    return world.with_truth(removed_links=truth.removed_links | {link_id}, removals=removals)


def delete_access(world: World, user: str, source: str, read: Row) -> tuple[World, bool]:
    """Delete the head of a source that has ended, and give its row a new link_id: a fetch in progress loses."""
    row = world.row(user, source)
    as_read = (row.link_id, row.status_version, row.generation) == (read.link_id, read.status_version, read.generation)
    if not as_read or row.status != ENDED:
        return world, False
    ended = row._replace(link_id=world.links + 1, seen=row.generation, check_due=None, failed=False)
    world = world.with_truth(revoked_links=world.truth.revoked_links | {row.link_id})
    world = world._replace(links=world.links + 1, heads=world.heads.without_entry((user, source)))
    return world.with_row(user, source, ended), True


def delete_points(world: World, user: str, source: str) -> World:
    """Delete the source's points."""
    if world.history is None:
        return world
    points = Table({place: head for place, head in world.history.points.items() if place[:2] != (user, source)})
    return world._replace(history=world.history._replace(points=points))


def delete_history(world: World, user: str) -> World:
    """Delete the user's whole history."""
    if world.history is None:
        return world
    points = Table({place: head for place, head in world.history.points.items() if place[0] != user})
    removals = frozenset(removal for removal in world.history.removals if removal[0] != user)
    unerased = frozenset(removal for removal in world.truth.removals if removal[0] != user)
    return world._replace(history=History(points, removals)).with_truth(removals=unerased)
