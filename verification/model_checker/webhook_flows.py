"""Webhooks as flows of single store calls (DESIGN §6)."""

from collections.abc import Sequence

from verification.model_checker import event_writes as store
from verification.model_checker.clauses import Clause, Clauses
from verification.model_checker.explorer import Call, Ending, Flow, Outcomes
from verification.model_checker.link_flows import end_item
from verification.model_checker.steps import Calls, did, does, ended_there, item_of, looks, nothing
from verification.model_checker.worlds import EVERY, INSTANTS, Event, Table, World

_ATTEMPTS = 3


def webhook(event: Event, on: Clauses) -> Flow:
    """The delivery of an event, which happens at the provider just before."""
    owner = yield Call(f"{event.name} arrives, owner read", lambda world: _arrives(world, event))
    return nothing if owner == "never" else (yield from _handled(event, owner, on))


def duplicate(events: Sequence[Event], on: Clauses) -> Flow:
    """One more delivery of one of these, once it has happened."""

    def run(world: World) -> Outcomes:
        for number, event in enumerate(events):
            if event.name in world.truth.events:
                for word, after, owner in _owner_read(world, event):
                    yield f"{event.name}'s, {word}", after, (number, owner)

    number, owner = yield Call("arrives, owner read", run)
    return (yield from _handled(events[number], owner, on))


def _handled(event: Event, owner: str | None, on: Clauses) -> Flow:
    if event.removes:
        return (yield from _removal(event, on))
    if event.stale:
        return (yield from _stale(event, owner, on))
    create = False
    for _ in range(_ATTEMPTS):
        outcome = yield from _applied(event, owner, on, create=create)
        if outcome in {"marked", "orphan", "duplicate", "removed", "outdated"}:
            return _answered(event)
        if outcome == "both" and Clause.CONFLICT not in on:
            return _answered(event)
        if outcome != "both":
            if Clause.MARK_REREAD not in on:
                return _answered(event)
            owner = yield looks("owner read again", lambda world: item_of(world, event.item).owner)
            create = event.source != event.item
    return None


def _arrives(world: World, event: Event) -> Outcomes:
    if event.name not in world.truth.events:
        if event.source not in world.truth.alive and event.source != EVERY:
            yield "it never happens", world, "never"
            return
        world = _happened(world, event)
    yield from _owner_read(world, event)


def _owner_read(world: World, event: Event) -> Outcomes:
    """Eventually consistent: it may be the owner before."""
    item = item_of(world, event.item)
    yield f"{item.owner}", world, item.owner
    if item.was != item.owner and not event.removes:
        yield f"{item.was}, as it was before", world, item.was


def _happened(world: World, event: Event) -> World:
    """Marking news of `*` tells of every source's change."""
    truth = world.truth
    about = truth.alive if event.source == EVERY else {event.source}
    version = truth.version
    if event.marks or event.stale:
        for source in about:
            version = version.plus(source, version.get(source, 0) + 1)
    if event.status:
        event = event._replace(at=1 + sum(1 for one in truth.events.values() if one.status))
        world = world.knowing(health=truth.health.plus(event.source, str(event.status)))
    if event.stale:
        event = event._replace(at=INSTANTS * world.now + 1 + sum(1 for one in truth.events.values() if one.stale))
    if event.removes:
        world = ended_there(world, {event.source} if event.removes == "source" else truth.alive)
    truth = world.truth
    return world.knowing(
        version=version,
        happened=truth.happened.plus(event.name, Table({source: version.get(source, 0) for source in about})),
        events=truth.events.plus(event.name, event),
    )


def _applied(event: Event, owner: str | None, on: Clauses, *, create: bool) -> Calls:
    """One attempt to mark the owner's source or to count an orphan."""
    if owner is None:
        return (yield did("orphan", lambda world: store.mark_orphan(world, event, on)))
    if Clause.MARK_ONE in on:
        return (yield Call(f"mark {owner}'s", lambda world: _marked(world, owner, event, on, create=create)))
    if (yield did("record", lambda world: store.record(world, event, on))) == "duplicate":
        return "duplicate"
    return (yield did("count", lambda world: store.count(world, owner, _known(world, event), on, create=create)))


def _marked(world: World, owner: str, event: Event, on: Clauses, *, create: bool) -> Outcomes:
    after, outcome = store.mark(world, owner, _known(world, event), on, create=create)
    yield outcome, after, outcome
    if world.conflicts:
        yield "cancelled: duplicate, and conflict", world._replace(conflicts=world.conflicts - 1), "both"


def _known(world: World, event: Event) -> Event:
    """With the time at which it happened."""
    return world.truth.events.get(event.name, event)


def _answered(event: Event) -> Ending:
    def end(world: World) -> World:
        settled = event.name in world.truth.void
        return world if settled else world.knowing(answered=world.truth.answered | {event.name})

    return end


def _stale(event: Event, owner: str | None, on: Clauses) -> Flow:
    """403 either way; a check that is due is not to be lost."""
    if owner is None:
        return nothing
    yield did("check due", lambda world: store.set_check_due(world, owner, _known(world, event), on))

    def end(world: World) -> World:
        noted = world.truth.noted | {event.name}
        return world.knowing(noted=noted) if world.row(owner, event.source).link is not None else world

    return end


def _removal(event: Event, on: Clauses) -> Flow:
    if (yield looks("recorded?", lambda world: event.name in world.recorded)):
        return _removed(event)
    if Clause.RECORD_LAST not in on:
        yield did("record", lambda world: store.record(world, event, on))
    owner = yield looks("owner read", lambda world: item_of(world, event.item).owner)
    if owner is not None and event.removes == "source":
        yield does("remove", lambda world: store.remove_source(world, owner, event.source, on))
    elif owner is not None:
        yield from end_item(owner, event.item, on)
    if Clause.RECORD_LAST in on:
        yield did("record", lambda world: store.record(world, event, on))
    return _removed(event)


def _removed(event: Event) -> Ending:
    def end(world: World) -> World:
        left = [place for place, row in world.rows.items() if place[1] == event.source and row.link is not None]
        return world.breaking("I6: an end was answered 200 and is not stored") if left else world

    return end
