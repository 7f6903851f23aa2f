"""The reconciler's look at one source as a flow of single store and provider calls (DESIGN §6)."""

from functools import partial

from verification.model_checker.clauses import Clause, Clauses
from verification.model_checker.explorer import Flow, Outcomes
from verification.model_checker.steps import did, looks, nothing
from verification.model_checker.worlds import Row, World


def look(user: str, source: str, on: Clauses) -> Flow:
    row = yield looks("read", lambda world: world.rows.get((user, source)))
    if row is None or row.pending:
        return nothing
    if (yield looks("ask whether there is anything newer", partial(_is_newer, user, source, row))):
        yield did("mark", partial(_marked, user, source, row, on))
    return nothing


def _is_newer(user: str, source: str, row: Row, world: World) -> bool:
    return source in world.truth.alive and not _is_shown(user, source, row, world)


def _is_shown(user: str, source: str, row: Row, world: World) -> bool:
    head = world.heads.get((user, source))
    return head is not None and head.link == row.link and head.shows >= world.truth.version[source]


def _marked(user: str, source: str, read: Row, on: Clauses, world: World) -> tuple[World, bool]:
    row, claim = world.row(user, source), world.claims.get(user)
    if claim is not None and claim.retry_at > world.now and Clause.LOOK_CLAIM in on:
        return world, False
    if row.link != read.link or (row.seen or 0) != (read.seen or 0):
        return world, False
    if row.generation != read.generation and Clause.LOOK_GENERATION in on:
        return world, False
    if row.pending or _is_shown(user, source, row, world):
        world = world.breaking("I2: a look marked what is pending or shown already")
    linked = world.truth.linked
    world = world.knowing(linked=linked.plus((user, source), linked.get((user, source), 0) + 1))
    return world.with_row(user, source, row._replace(generation=row.generation + 1)), True


def changes_silently(source: str, world: World) -> Outcomes:
    """At the provider, and nobody is told."""
    if source in world.truth.alive:
        version = world.truth.version
        yield "", world.knowing(version=version.plus(source, version[source] + 1)), None
    else:
        yield "not any more", world, None
