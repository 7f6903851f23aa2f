"""Model the store writes of webhooks, linking and unlinking: each function is one atomic DynamoDB write."""

from typing import NamedTuple

from verification.model_checker.clauses import Clause, Clauses
from verification.model_checker.history_writes import note_removal, record_removal
from verification.model_checker.worlds import INSTANTS, WILDCARD, Event, Item, Row, World


def assign_link_id(world: World, row: Row) -> tuple[World, Row]:
    """Give the row a link_id that was never used, if it has none."""
    if row.link_id is not None:
        return world, row
    linked = row._replace(link_id=world.links + 1, linked_at=world.now)
    return world._replace(links=world.links + 1), linked


def store_event_record(world: World, event: Event, clauses: Clauses) -> tuple[World, str]:
    if event.name in world.recorded and Clause.RECORD_NEW_EVENT in clauses:
        return world, "duplicate"
    return world._replace(recorded=world.recorded | {event.name}), "recorded"


def record_update(
    world: World, user: str, event: Event, clauses: Clauses, *, create: bool = False
) -> tuple[World, str]:
    """Store the event's record and raise its source's generation, in one transaction."""
    if event.name in world.recorded and Clause.RECORD_NEW_EVENT in clauses:
        return world, "duplicate"
    recorded, outcome = raise_generation(world, user, event, clauses, create=create)
    if outcome not in {"recorded", "outdated"}:
        return world, outcome
    return store_event_record(recorded, event, clauses - {Clause.RECORD_NEW_EVENT})[0], outcome


def raise_generation(world: World, user: str, event: Event, clauses: Clauses, *, create: bool) -> tuple[World, str]:
    row = world.row(user, event.source)
    if create:
        owner = world.items.get(event.item, Item()).owner
        if owner != user and Clause.RECORD_OWNED in clauses:
            return world, "not linked"
        if (user, event.source) in world.tombstones and Clause.RECORD_TOMBSTONE in clauses:
            return world, "removed"
        if row.link_id is not None and Clause.RECORD_KEEPS_LINK_ID not in clauses:
            row = row._replace(link_id=None)
        world, row = assign_link_id(world, row)
    elif row.link_id is None and Clause.RECORD_EXISTING_ROW in clauses:
        return world, "not linked"
    is_older = (
        event.at is not None
        and row.status_at is not None
        and row.status_at >= event.at
        and Clause.STATUS_EVENT_TIME in clauses
    )
    if event.status and is_older and not (event.has_update and Clause.STATUS_RECORDS_UPDATE in clauses):
        return world, "outdated"
    if event.has_update:
        row = row._replace(generation=row.generation + 1)
    if event.status and not is_older:
        row = row._replace(status=event.status, status_at=event.at, status_version=row.status_version + 1)
    return world.with_row(user, event.source, row._replace(item=event.item)), "recorded"


def record_orphan_update(world: World, event: Event, clauses: Clauses) -> tuple[World, str]:
    item = world.items.get(event.item, Item())
    if event.name in world.recorded and Clause.RECORD_NEW_EVENT in clauses:
        return world, "duplicate"
    if item.owner is not None and Clause.ORPHAN_UNOWNED in clauses:
        return world, "has owner"
    counted = world.items.with_entry(event.item, item._replace(orphan=item.orphan + 1))
    return store_event_record(world._replace(items=counted), event, clauses)[0], "orphan"


def set_owner(
    world: World, user: str, name: str, known: Item, clauses: Clauses, *, registers: bool
) -> tuple[World, bool]:
    """Write the item's part of the link transaction. Returns whether its conditions held."""
    item = world.items.get(name, Item())
    if item.owner not in {None, user} and Clause.LINK_OWNER in clauses:
        return world, False
    if item.orphan != known.orphan and Clause.LINK_ORPHANS_AS_READ in clauses:
        return world, False
    owned = Item(user, 0, item.owner, item.registration + registers)
    return world._replace(items=world.items.with_entry(name, owned)), True


def put_source(world: World, user: str, item: str, source: str, updates: int) -> World:
    """Write the source's part of the link transaction."""
    world, row = assign_link_id(world, world.row(user, source))
    row = row._replace(
        item=item, generation=row.generation + updates, status="ok", status_version=row.status_version + 1
    )
    linked = world.truth.linked.get((user, source), 0)
    world = world.with_truth(linked=world.truth.linked.with_entry((user, source), linked + updates))
    return world.with_row(user, source, row)


def set_check_due(world: World, user: str, event: Event, clauses: Clauses) -> tuple[World, bool]:
    """Set check_due for a stale event. Returns whether it was set.

    Event times lie between the times of fetches. The provider's clock lags behind by a tick.
    """
    row = world.row(user, event.source)
    at = event.at or 0
    if Clause.CHECK_DUE_SKEW not in clauses:
        at -= INSTANTS
    if row.link_id is None and Clause.LINK_ID_CHECK_DUE in clauses:
        return world, False
    if row.check_due is not None and (row.check_due >= at or Clause.CHECK_DUE_LATEST not in clauses):
        return world, False
    if row.fetched_at is not None and INSTANTS * row.fetched_at >= at:
        if Clause.CHECK_DUE_NEWER in clauses:
            return world, False
        if event.name in world.truth.noted:
            world = world.with_violation("I5: a replayed stale event causes another status check")
    return world.with_row(user, event.source, row._replace(item=event.item, check_due=at)), True


def remove_source(
    world: World, user: str, source: str, clauses: Clauses, *, link_id: object = None, item: str | None = None
) -> World:
    """Delete the row, its head and, if given, the item, in one transaction.

    With `link_id`, delete only the row that was read.
    """
    row = world.rows.get((user, source))
    if link_id is not None and (row is None or row.link_id != link_id):
        return world
    if Clause.HISTORY_REMOVAL_ATOMIC in clauses:
        world = record_removal(world, user, source, row, clauses)
    if item is not None:
        known = world.items.get(item, Item())
        if known.owner not in {None, user}:
            return world
        removed = Item(None, 0, known.owner, known.registration)
        world = world._replace(items=world.items.with_entry(item, removed))
    elif source != WILDCARD:
        world = world._replace(tombstones=world.tombstones | {(user, source)})
    if row is not None and row.link_id is not None:
        world = note_removal(world, user, source, row.link_id)
    events = world.truth.events.items()
    world = world.with_settled(name for name, event in events if event.source == source and name in world.recorded)
    world = world.with_truth(linked=world.truth.linked.without_entry((user, source)))
    heads = world.heads.without_entry((user, source)) if Clause.REMOVAL_WITH_HEAD in clauses else world.heads
    return world._replace(rows=world.rows.without_entry((user, source)), heads=heads)


class ItemRemoval(NamedTuple):
    """A removal of an item. `as_read`: the registration that it read. `ended`: the one that it is about, in truth."""

    user: str
    item: str
    as_read: int
    ended: int


def may_remove(world: World, removal: ItemRemoval, clauses: Clauses) -> bool:
    """Return whether the item has no owner, or still the registration that the removal read."""
    item = world.items.get(removal.item, Item())
    unchanged = item.owner is None or item.registration == removal.as_read
    return unchanged or Clause.REMOVAL_REGISTRATION not in clauses


def remove_part(
    world: World, removal: ItemRemoval, source: str, clauses: Clauses, *, with_item: bool = False
) -> tuple[World, bool]:
    """Remove a source of the item, or the item. Returns False if it was registered anew."""
    if not may_remove(world, removal, clauses):
        return world, False
    item = world.items.get(removal.item, Item())
    is_connected_since = with_item or source in world.truth.alive
    if item.owner is not None and item.registration > removal.ended and is_connected_since:
        world = world.with_violation("I8: a removal took what a later registration connected")
    return remove_source(world, removal.user, source, clauses, item=removal.item if with_item else None), True
