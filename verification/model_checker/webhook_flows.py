"""Model webhook deliveries as flows of single store calls."""

from collections.abc import Sequence

from verification.model_checker import event_writes as store
from verification.model_checker.clauses import Clause, Clauses
from verification.model_checker.flows import Call, Flow, Observation, Outcomes
from verification.model_checker.link_flows import disconnect_item
from verification.model_checker.steps import (
    SubFlow,
    conditional_write,
    consistent_read,
    disconnect_at_provider,
    item_of,
    unchanged,
    write,
)
from verification.model_checker.worlds import INSTANTS, WILDCARD, Event, Table, World

_ATTEMPTS = 3


def deliver(event: Event, clauses: Clauses) -> Flow:
    """Deliver an event that has just happened at the provider."""
    owner = yield Call(f"{event.name} arrives, read owner", lambda world: _arrive(world, event))
    return unchanged if owner == "never" else (yield from _process(event, owner, clauses))


def deliver_again(events: Sequence[Event], clauses: Clauses) -> Flow:
    """Deliver one of these events again after it has happened."""

    def run(world: World) -> Outcomes:
        for number, event in enumerate(events):
            if event.name in world.truth.events:
                for word, after, owner in _read_owner(world, event):
                    yield f"{event.name}, {word}", after, (number, owner)

    number, owner = yield Call("arrives, read owner", run)
    return (yield from _process(events[number], owner, clauses))


def _process(event: Event, owner: str | None, clauses: Clauses) -> Flow:
    if event.removes:
        return (yield from _process_removal(event, clauses))
    if event.stale:
        return (yield from _process_stale(event, owner, clauses))
    create = False
    for _ in range(_ATTEMPTS):
        outcome = yield from _record(event, owner, clauses, create=create)
        if outcome in {"recorded", "orphan", "duplicate", "removed", "outdated"}:
            return _note_answered(event)
        if outcome == "both" and Clause.CONFLICT_REPEATED not in clauses:
            return _note_answered(event)
        if outcome != "both":
            if Clause.RECORD_REREAD_OWNER not in clauses:
                return _note_answered(event)
            owner = yield consistent_read("read owner again", lambda world: item_of(world, event.item).owner)
            create = event.source != event.item
    return None


def _arrive(world: World, event: Event) -> Outcomes:
    if event.name not in world.truth.events:
        if event.source not in world.truth.alive and event.source != WILDCARD:
            yield "does not happen", world, "never"
            return
        world = _happen(world, event)
    yield from _read_owner(world, event)


def _read_owner(world: World, event: Event) -> Outcomes:
    """Read eventually consistently: the result may be the previous owner."""
    item = item_of(world, event.item)
    yield f"{item.owner}", world, item.owner
    if item.previous_owner != item.owner and not event.removes:
        yield f"{item.previous_owner}, outdated", world, item.previous_owner


def _happen(world: World, event: Event) -> World:
    """Apply the event at the provider. An event of the wildcard row announces a change of every source."""
    truth = world.truth
    about = truth.alive if event.source == WILDCARD else {event.source}
    version = truth.version
    if event.has_update or event.stale:
        for source in about:
            version = version.with_entry(source, version.get(source, 0) + 1)
    if event.status:
        event = event._replace(at=1 + sum(1 for one in truth.events.values() if one.status))
        world = world.with_truth(health=truth.health.with_entry(event.source, str(event.status)))
    if event.stale:
        event = event._replace(at=INSTANTS * world.now + 1 + sum(1 for one in truth.events.values() if one.stale))
    if event.removes:
        world = disconnect_at_provider(world, {event.source} if event.removes == "source" else truth.alive)
    if event.removes == "item":
        event = event._replace(at=item_of(world, event.item).registration)
    truth = world.truth
    return world.with_truth(
        version=version,
        happened=truth.happened.with_entry(event.name, Table({source: version.get(source, 0) for source in about})),
        events=truth.events.with_entry(event.name, event),
    )


def _record(event: Event, owner: str | None, clauses: Clauses, *, create: bool) -> SubFlow:
    """Try once to record the update under its owner or as an orphan."""
    if owner is None:
        return (
            yield conditional_write("record orphan", lambda world: store.record_orphan_update(world, event, clauses))
        )
    if Clause.RECORD_ATOMIC in clauses:
        return (
            yield Call(
                f"record {owner}'s update", lambda world: _record_update(world, owner, event, clauses, create=create)
            )
        )
    if (
        yield conditional_write("store event record", lambda world: store.store_event_record(world, event, clauses))
    ) == "duplicate":
        return "duplicate"
    return (
        yield conditional_write(
            "raise generation",
            lambda world: store.raise_generation(world, owner, _with_event_time(world, event), clauses, create=create),
        )
    )


def _record_update(world: World, owner: str, event: Event, clauses: Clauses, *, create: bool) -> Outcomes:
    after, outcome = store.record_update(world, owner, _with_event_time(world, event), clauses, create=create)
    yield outcome, after, outcome
    if world.conflicts:
        yield "cancelled: duplicate and conflict", world._replace(conflicts=world.conflicts - 1), "both"


def _with_event_time(world: World, event: Event) -> Event:
    """Return the event with the time at which it happened."""
    return world.truth.events.get(event.name, event)


def _note_answered(event: Event) -> Observation:
    def observe(world: World) -> World:
        settled = event.name in world.truth.void
        return world if settled else world.with_truth(answered=world.truth.answered | {event.name})

    return observe


def _process_stale(event: Event, owner: str | None, clauses: Clauses) -> Flow:
    """Set check_due. The webhook is answered 403, and may be repeated to a machine with another clock."""
    if owner is None:
        return unchanged
    is_due = yield conditional_write(
        "set check_due", lambda world: store.set_check_due(world, owner, _with_event_time(world, event), clauses)
    )
    if not is_due and Clause.CHECK_DUE_APART not in clauses:
        yield conditional_write("store event record", lambda world: store.store_event_record(world, event, clauses))

    def observe(world: World) -> World:
        is_believed = is_due or world.truth.clocks_agree
        if not is_believed or world.row(owner, event.source).link_id is None:
            return world
        return world.with_truth(noted=world.truth.noted | {event.name})

    return observe


def _process_removal(event: Event, clauses: Clauses) -> Flow:
    if (yield consistent_read("read event record", lambda world: event.name in world.recorded)):
        return _require_removed(event)
    if Clause.REMOVAL_RECORDED_LAST not in clauses:
        yield conditional_write("store event record", lambda world: store.store_event_record(world, event, clauses))
    owner, registration, ended = yield consistent_read("read item", lambda world: _read_item(world, event))
    is_outdated = False
    if owner is not None and event.removes == "source":
        yield write("remove source", lambda world: store.remove_source(world, owner, event.source, clauses))
    elif owner is not None:
        removal = store.ItemRemoval(owner, event.item, registration, ended)
        is_outdated = registration > ended and Clause.REMOVAL_EVENT_TIME in clauses
        is_outdated = is_outdated or not (yield from disconnect_item(removal, clauses))
    if Clause.REMOVAL_RECORDED_LAST in clauses:
        yield conditional_write("store event record", lambda world: store.store_event_record(world, event, clauses))
    return unchanged if is_outdated else _require_removed(event)


def _read_item(world: World, event: Event) -> tuple[str | None, int, int]:
    """Read owner and registration. In truth, the event is about the registration that it ended."""
    item = item_of(world, event.item)
    return item.owner, item.registration, _with_event_time(world, event).at or 0


def _require_removed(event: Event) -> Observation:
    def observe(world: World) -> World:
        if event.removes == "item" and item_of(world, event.item).registration > (
            _with_event_time(world, event).at or 0
        ):
            return world  # registered anew, and so linked again
        left = [place for place, row in world.rows.items() if place[1] == event.source and row.link_id is not None]
        return world.with_violation("I6: a removal was answered 200, but is not stored") if left else world

    return observe
