"""Model linking, unlinking and disconnecting as flows of single store calls."""

from functools import partial

from verification.model_checker import event_writes as store
from verification.model_checker.clauses import Clause, Clauses
from verification.model_checker.event_writes import ItemRemoval
from verification.model_checker.flows import Call, Flow, Observation, Outcomes
from verification.model_checker.history_writes import record_removal
from verification.model_checker.steps import (
    SubFlow,
    conditional_write,
    consistent_read,
    disconnect_at_provider,
    item_of,
    unchanged,
    write,
)
from verification.model_checker.worlds import WILDCARD, Item, World

_ATTEMPTS = 3


def disconnect_item(removal: ItemRemoval, clauses: Clauses) -> SubFlow:
    """Remove the item and all its sources. Returns False if it was registered anew.

    Sources are read again after the item is removed, since an event may have added one in the meantime.
    """
    for pass_ in ("first", "item", "again"):
        if pass_ == "item":
            sources = (WILDCARD,)
        else:
            sources = yield consistent_read("read sources", partial(_sources_of_item, removal))
        for source in sources:
            if not (
                yield conditional_write(
                    f"remove {source}, {pass_} pass", partial(_remove, removal, source, clauses, pass_ == "item")
                )
            ):
                return False
    yield write("expire tombstones", partial(_expire_tombstones, removal, clauses))
    return True


def _remove(removal: ItemRemoval, source: str, clauses: Clauses, with_item: bool, world: World) -> tuple[World, bool]:
    return store.remove_part(world, removal, source, clauses, with_item=with_item)


def _expire_tombstones(removal: ItemRemoval, clauses: Clauses, world: World) -> World:
    if Clause.DISCONNECT_KEEPS_COOLDOWN not in clauses:
        world = world._replace(cooldowns=world.cooldowns.without_entry(removal.user))
    return world._replace(tombstones=frozenset()) if store.may_remove(world, removal, clauses) else world


def _sources_of_item(removal: ItemRemoval, world: World) -> tuple[str, ...]:
    rows = world.sources_of(removal.user)
    return tuple(source for source, row in rows if source != WILDCARD and row.item == removal.item)


def link(user: str, item: str, source: str, clauses: Clauses, updates: int = 1) -> Flow:
    """Exchange the token at the provider, then make the user the item's owner."""
    updates = updates if Clause.LINK_PENDING in clauses else 0
    for attempt in range(_ATTEMPTS):
        known = yield Call(
            "read item again" if attempt else "exchange token, read item", lambda world: _exchange(world, item, source)
        )
        if known.owner not in {None, user} and Clause.LINK_OWNER in clauses:
            return unchanged
        if (yield conditional_write("link", partial(_link, user, item, source, known, updates, clauses))):
            if Clause.LINK_ATOMIC not in clauses:
                yield write("put source", partial(_put_source, user, item, source, updates + known.orphan))
            return _require_pending(user, source) if source != WILDCARD and Clause.LINK_ATOMIC in clauses else unchanged
        if Clause.LINK_REPEATED not in clauses:
            return lambda world: world.with_violation("I6: a link was answered 201, but is not stored")
    return unchanged


def _exchange(world: World, item: str, source: str) -> Outcomes:
    yield "", world.with_truth(alive=world.truth.alive | ({source} - {WILDCARD})), item_of(world, item)


def _put_source(user: str, item: str, source: str, updates: int, world: World) -> World:
    return store.put_source(world, user, item, source, updates)


def _link(
    user: str, item: str, source: str, known: Item, updates: int, clauses: Clauses, world: World
) -> tuple[World, bool]:
    owned, done = store.set_owner(world, user, item, known, clauses, registers=source == WILDCARD)
    if not done or Clause.LINK_ATOMIC not in clauses:
        return owned, done
    return store.put_source(owned, user, item, source, updates + known.orphan), True


def _require_pending(user: str, source: str) -> Observation:
    def observe(world: World) -> World:
        pending = world.row(user, source).pending
        return world if pending else world.with_violation("I2: a new connection is not pending")

    return observe


def unlink(user: str, item: str, source: str, clauses: Clauses) -> Flow:
    """Remove the source at the provider, then in the store."""
    if not (yield Call("remove at the provider", lambda world: _remove_at_provider(world, user, source))):
        return unchanged
    with_item = item if item == source else None
    if Clause.HISTORY_REMOVAL_ATOMIC in clauses:
        yield write("remove source", lambda world: store.remove_source(world, user, source, clauses, item=with_item))
        return unchanged
    row = yield consistent_read("read source", lambda world: world.rows.get((user, source)))
    yield write("remove source", lambda world: store.remove_source(world, user, source, clauses, item=with_item))
    yield write("record removal", lambda world: record_removal(world, user, source, row, clauses))
    return unchanged


def relink(user: str, item: str, source: str, clauses: Clauses) -> Flow:
    """Unlink the source, then link it again."""
    yield from unlink(user, item, source, clauses)
    return (yield from link(user, item, source, clauses))


def _remove_at_provider(world: World, user: str, source: str) -> Outcomes:
    linked = world.row(user, source).link_id is not None
    yield "", disconnect_at_provider(world, {source}) if linked else world, linked
