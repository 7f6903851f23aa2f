"""What webhooks, linking and unlinking do to the store: each function is one atomic write, as DynamoDB has them."""

from verification.model_checker.clauses import Clause, Clauses
from verification.model_checker.worlds import EVERY, INSTANTS, Event, Item, Row, World


def linked_anew(world: World, row: Row) -> tuple[World, Row]:
    """A row that has no link gets one that was never used."""
    if row.link is not None:
        return world, row
    return world._replace(links=world.links + 1), row._replace(link=world.links + 1)


def record(world: World, event: Event, on: Clauses) -> tuple[World, str]:
    if event.name in world.recorded and Clause.MARK_NEW in on:
        return world, "duplicate"
    return world._replace(recorded=world.recorded | {event.name}), "recorded"


def mark(world: World, user: str, event: Event, on: Clauses, *, create: bool = False) -> tuple[World, str]:
    """One transaction: the event's record, and what it says of its source."""
    if event.name in world.recorded and Clause.MARK_NEW in on:
        return world, "duplicate"
    marked, outcome = count(world, user, event, on, create=create)
    if outcome not in {"marked", "outdated"}:
        return world, outcome
    return record(marked, event, on - {Clause.MARK_NEW})[0], outcome


def count(world: World, user: str, event: Event, on: Clauses, *, create: bool) -> tuple[World, str]:
    row = world.row(user, event.source)
    if create:
        owner = world.items.get(event.item, Item()).owner
        if owner != user and Clause.MARK_OWNED in on:
            return world, "not linked"
        if (user, event.source) in world.tombstones and Clause.TOMBSTONE in on:
            return world, "removed"
        if row.link is not None and Clause.MARK_KEEPS_LINK not in on:
            row = row._replace(link=None)
        world, row = linked_anew(world, row)
    elif row.link is None and Clause.MARK_EXISTS in on:
        return world, "not linked"
    older = event.at is not None and row.status_at is not None and row.status_at >= event.at and Clause.STATUS_AT in on
    if event.status and older and not (event.marks and Clause.STATUS_STILL_MARKS in on):
        return world, "outdated"
    if event.marks:
        row = row._replace(generation=row.generation + 1)
    if event.status and not older:
        row = row._replace(status=event.status, status_at=event.at, status_version=row.status_version + 1)
    return world.with_row(user, event.source, row._replace(item=event.item)), "marked"


def mark_orphan(world: World, event: Event, on: Clauses) -> tuple[World, str]:
    item = world.items.get(event.item, Item())
    if event.name in world.recorded and Clause.MARK_NEW in on:
        return world, "duplicate"
    if item.owner is not None and Clause.ORPHAN_UNOWNED in on:
        return world, "has owner"
    counted = world.items.plus(event.item, item._replace(orphan=item.orphan + 1))
    return record(world._replace(items=counted), event, on)[0], "orphan"


def own(world: World, user: str, name: str, known: Item, on: Clauses) -> tuple[World, bool]:
    """The item's half of linking; whether its conditions held."""
    item = world.items.get(name, Item())
    if item.owner not in {None, user} and Clause.LINK_OWNER in on:
        return world, False
    if item.orphan != known.orphan and Clause.LINK_ORPHAN in on:
        return world, False
    return world._replace(items=world.items.plus(name, Item(user, 0, item.owner))), True


def put_source(world: World, user: str, item: str, source: str, news: int) -> World:
    """The source's half of linking."""
    world, row = linked_anew(world, world.row(user, source))
    row = row._replace(item=item, generation=row.generation + news, status="ok", status_version=row.status_version + 1)
    linked = world.truth.linked.get((user, source), 0)
    world = world.knowing(linked=world.truth.linked.plus((user, source), linked + news))
    return world.with_row(user, source, row)


def set_check_due(world: World, user: str, event: Event, on: Clauses) -> tuple[World, bool]:
    """A stale event's own write; whether it was set. Its instants are between those of fetches."""
    row = world.row(user, event.source)
    at = event.at or 0
    if row.link is None and Clause.LINK_CHECK in on:
        return world, False
    if row.check_due is not None and (row.check_due >= at or Clause.CHECK_LATER not in on):
        return world, False
    if row.fetched_at is not None and INSTANTS * row.fetched_at >= at:
        if Clause.CHECK_NEWER in on:
            return world, False
        if event.name in world.truth.noted:
            world = world.breaking("I5: a replayed stale event has its source asked again")
    return world.with_row(user, event.source, row._replace(item=event.item, check_due=at)), True


def remove_source(
    world: World, user: str, source: str, on: Clauses, *, link: object = None, item: str | None = None
) -> World:
    """The row, its head and (`item`) the item in one transaction. `link`: only the row that was read."""
    row = world.rows.get((user, source))
    if link is not None and (row is None or row.link != link):
        return world
    if item is not None:
        owner = world.items.get(item, Item()).owner
        if owner not in {None, user}:
            return world
        world = world._replace(items=world.items.plus(item, Item(None, 0, owner)))
    elif source != EVERY:
        world = world._replace(tombstones=world.tombstones | {(user, source)})
    if row is not None and row.link is not None:
        world = world.knowing(dead=world.truth.dead | {row.link})
    events = world.truth.events.items()
    world = world.settling(name for name, event in events if event.source == source and name in world.recorded)
    world = world.knowing(linked=world.truth.linked.minus((user, source)))
    heads = world.heads.minus((user, source)) if Clause.REMOVE_HEAD in on else world.heads
    return world._replace(rows=world.rows.minus((user, source)), heads=heads)
