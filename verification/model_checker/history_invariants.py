"""Check that the history shows what was observed, and nothing else."""

from verification.model_checker.history_writes import day_of
from verification.model_checker.worlds import World


def wrong_history(world: World) -> str | None:
    """Return a point or removal that is wrong, is missing, or was deleted and exists."""
    if world.history is None:
        return None
    return _wrong_point(world) or _wrong_removal(world) or _erased_user(world)


def _wrong_point(world: World) -> str | None:
    assert world.history is not None
    for (_, source, day), point in world.history.points.items():
        if day_of(point.began_at) != day:
            return f"history: a point of {source} stands on a day on which no fetch of it began"
    for (user, source), head in world.heads.items():
        is_being_deleted = world.row(user, source).has_ended
        if not is_being_deleted and world.history.points.get((user, source, day_of(head.began_at))) != head:
            return f"history: the point of the day is not the snapshot of {source}"
    return None


def _wrong_removal(world: World) -> str | None:
    assert world.history is not None
    if world.history.removals - world.truth.removals:
        return "history: a removal is recorded that did not happen"
    if world.truth.removals - world.history.removals:
        return "history: a removal is not recorded"
    return None


def _erased_user(world: World) -> str | None:
    assert world.history is not None
    left = {place[0] for place in (*world.history.points, *world.history.removals)} & world.truth.erased
    return "history: some exists of a user who deleted all of it" if left else None


def revoked_point(world: World) -> str | None:
    """Return whether a point outlasts the revocation of its source. The task that deletes it has ended by then."""
    points = world.history.points.values() if world.history else ()
    is_left = any(point.link_id in world.truth.revoked_links for point in points)
    return "history: a point of a revoked source exists" if is_left else None
