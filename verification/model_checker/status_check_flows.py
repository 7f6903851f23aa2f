"""Model the reconciler's status check of one source as a flow of single store and provider calls."""

from functools import partial

from verification.model_checker.clauses import Clause, Clauses
from verification.model_checker.flows import Flow, Outcomes
from verification.model_checker.refresh_writes import COOLDOWN
from verification.model_checker.steps import conditional_write, consistent_read, unchanged
from verification.model_checker.worlds import Row, World


def check_status(user: str, source: str, clauses: Clauses) -> Flow:
    row = yield consistent_read("read source", lambda world: world.rows.get((user, source)))
    if row is None or row.pending or row.has_ended:
        return unchanged
    if (yield consistent_read("call the provider", partial(_is_newer, user, source, row))):
        yield conditional_write("record update", partial(_record_update, user, source, row, clauses))
    return unchanged


def _is_newer(user: str, source: str, row: Row, world: World) -> bool:
    return source in world.truth.alive and not _is_shown(user, source, row, world)


def _is_shown(user: str, source: str, row: Row, world: World) -> bool:
    head = world.heads.get((user, source))
    return head is not None and head.link_id == row.link_id and head.changes_shown >= world.truth.version[source]


def _record_update(user: str, source: str, read: Row, clauses: Clauses, world: World) -> tuple[World, bool]:
    row, cooldown = world.row(user, source), world.cooldowns.get(user)
    if cooldown is not None and cooldown.retry_at > world.now and Clause.CHECK_NO_COOLDOWN in clauses:
        return world, False
    if read.fetched_at is None and Clause.CHECK_NO_FIRST_FETCH in clauses:
        is_in_progress = row.first_fetch is not None and row.first_fetch.at > world.now - COOLDOWN
        if is_in_progress or row.fetched_at is not None:
            return world, False
    if row.link_id != read.link_id or (row.seen or 0) != (read.seen or 0):
        return world, False
    if row.generation != read.generation and Clause.CHECK_GENERATION in clauses:
        return world, False
    if row.pending or _is_shown(user, source, row, world):
        world = world.with_violation("I2: a status check recorded an update that is already pending or visible")
    linked = world.truth.linked
    world = world.with_truth(linked=linked.with_entry((user, source), linked.get((user, source), 0) + 1))
    return world.with_row(user, source, row._replace(generation=row.generation + 1)), True


def change_silently(source: str, world: World) -> Outcomes:
    """Change the source at the provider without an event."""
    if source in world.truth.alive:
        version = world.truth.version
        yield "", world.with_truth(version=version.with_entry(source, version[source] + 1)), None
    else:
        yield "no longer exists", world, None
