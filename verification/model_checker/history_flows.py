"""Model who deletes history: a revocation, and a user who disconnects everything."""

from functools import partial

from verification.model_checker import history_writes as store
from verification.model_checker.clauses import Clause, Clauses
from verification.model_checker.event_writes import ItemRemoval
from verification.model_checker.flows import Flow
from verification.model_checker.link_flows import disconnect_item
from verification.model_checker.steps import (
    conditional_write,
    consistent_read,
    disconnect_at_provider,
    item_of,
    unchanged,
    write,
)
from verification.model_checker.worlds import Row, World

_ATTEMPTS = 3


def end_access(user: str, source: str, clauses: Clauses) -> Flow:
    """Delete what is stored of a source whose access was revoked: its head, then its history. A task repeats it."""
    for _ in range(_ATTEMPTS):
        read: Row = yield consistent_read("read source", lambda world: world.row(user, source))
        if not read.has_ended:
            return None
        if Clause.HISTORY_DELETED_LAST not in clauses:
            yield write("delete its history", lambda world: store.delete_points(world, user, source))
        if (yield conditional_write("delete access", partial(_delete_access, user, source, read))):
            if Clause.HISTORY_DELETED_LAST in clauses:
                yield write("delete its history", lambda world: store.delete_points(world, user, source))
            return unchanged
    return None


def _delete_access(user: str, source: str, read: Row, world: World) -> tuple[World, bool]:
    return store.delete_access(world, user, source, read)


def disconnect_everything(user: str, item: str, clauses: Clauses) -> Flow:
    """Disconnect the user's only item, and delete the user's history."""
    read = yield consistent_read("read item", lambda world: item_of(world, item).registration)
    yield write("remove at the provider", lambda world: disconnect_at_provider(world, world.truth.alive))
    if Clause.HISTORY_DELETED_LAST not in clauses:
        yield write("delete the history", lambda world: store.delete_history(world, user))
    yield from disconnect_item(ItemRemoval(user, item, read, read), clauses)
    if Clause.HISTORY_DELETED_LAST in clauses:
        yield write("delete the history", lambda world: store.delete_history(world, user))
    return lambda world: world.with_truth(erased=world.truth.erased | {user})
