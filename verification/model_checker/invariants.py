"""The invariants of DESIGN §5 over what stands in the tables and what an onlooker knows.

The state machine that drives the product builds the same worlds from the real tables, and is held to the same words.
"""

from verification.model_checker.clauses import Clauses
from verification.model_checker.explorer import run_alone
from verification.model_checker.refresh_flows import refresh
from verification.model_checker.refresh_writes import Refresher
from verification.model_checker.worlds import WILDCARD, Event, Item, Place, World

LEFTOVER_LINK_ID = "left behind"
"""The link of a snapshot that stood there before the protocol began."""


def violation(world: World) -> str | None:
    """What no state may be like."""
    return (
        world.truth.broken
        or lost_update(world)
        or duplicate_count(world)
        or older_status(world)
        or foreign_source(world)
        or deleted_data_present(world)
        or repeated_paid_refresh(world)
    )


def lost_update(world: World) -> str | None:
    """I1, I4, I6: what was accepted is pending, or in what the user sees."""
    truth = world.truth
    for name in truth.answered | truth.noted:
        event = truth.events[name]
        if name in truth.void or not _exists(world, event) or _is_shown(world, event, name in truth.noted):
            continue
        return f"I1/I4/I6: {name} was accepted, is not pending and not in what the user sees"
    return None


def _exists(world: World, event: Event) -> bool:
    return (event.has_update or event.stale) and (event.source == WILDCARD or event.source in world.truth.alive)


def _is_shown(world: World, event: Event, noted: bool) -> bool:
    item = world.items.get(event.item, Item())
    if item.owner is None:
        return item.orphan > 0 or noted
    user = item.owner
    rows = [world.row(user, WILDCARD), world.row(user, event.source)]
    if any(row.link_id is not None and (row.pending or row.check_due is not None) for row in rows):
        return True
    changes = world.truth.happened[event.name].items()
    return all(changes_shown(world, (user, one)) >= change for one, change in changes if one in world.truth.alive)


def changes_shown(world: World, place: Place) -> int:
    """How many of the provider's changes the user sees; -1: nothing of the source at all."""
    head, row = world.heads.get(place), world.rows.get(place)
    return head.changes_shown if head and row and head.link_id == row.link_id else -1


def duplicate_count(world: World) -> str | None:
    """I5: a replayed webhook changes nothing; each event counts once."""
    for place, row in world.rows.items():
        events = [one for one in world.truth.events.values() if one.has_update and one.source == place[1]]
        if row.generation > len(events) + world.truth.linked.get(place, 0):
            return f"I5: {place[1]} counts more than what happened"
    return None


def older_status(world: World) -> str | None:
    """I5: a late event takes nothing back that a newer one said."""
    for name in world.truth.answered - world.truth.void:
        event = world.truth.events[name]
        for place, row in world.rows.items():
            if place[1] == event.source and event.at and row.status_at is not None and row.status_at < event.at:
                return f"I5: the status of {place[1]} is older than {name}"
    return None


def foreign_source(world: World) -> str | None:
    """I7: no source under a user who does not own its item."""
    for (user, source), row in world.rows.items():
        owner = world.items.get(row.item, Item()).owner
        if row.link_id is not None and owner not in {None, user}:
            return f"I7: {source} stands under {user}, and its item is {owner}'s"
    return None


def deleted_data_present(world: World) -> str | None:
    """I8: what was deleted never comes back, and good holdings give way to no nothing."""
    for place, row in world.rows.items():
        if row.link_id is None or row.link_id in world.truth.removed_links:
            return f"I8: something of {place[1]} stands where it was deleted"
    for place, head in world.heads.items():
        if head.empty:
            return f"I8: the holdings of {place[1]} were replaced by nothing"
        if head.link_id in world.truth.removed_links or (
            head.link_id != LEFTOVER_LINK_ID and changes_shown(world, place) < 0
        ):
            return f"I8: a snapshot of {place[1]} stands without its source"
    return None


def repeated_paid_refresh(world: World) -> str | None:
    return "§6: a pull was paid twice" if world.truth.paid > 1 else None


def violation_at_rest(world: World, clauses: Clauses) -> str | None:
    """What must hold once everything has ended: a cooldown later a refresh sets everything right."""
    for (user, source), row in world.rows.items():
        if world.items.get(row.item, Item()).owner != user:
            return f"I8: {source} has a row under {user}, who does not own its item any more"
        health = world.truth.health.get(source, "ok")
        if source in world.truth.alive and row.status not in {"expiring", health} and source in world.truth.health:
            return f"I1: the status of {source} is {row.status}, and the last word was {health}"
    for name, item in sorted(world.items.items()):
        if item.owner is not None:
            found = _violation_after_refresh(world, item.owner, name, clauses)
            if found:
                return found
    return None


def _violation_after_refresh(world: World, user: str, item: str, clauses: Clauses) -> str | None:
    later = world._replace(now=world.now + 10)
    after = run_alone(refresh(Refresher("later", user), item, clauses), later)
    if after.truth.broken:
        return after.truth.broken
    cooldown = after.cooldowns.get(user)
    if world.sources_of(user) and (cooldown is None or cooldown.holder != "later"):
        return "I4: a cooldown later a refresh is still blocked"
    return unrepaired_by_refresh(after, user)


def unrepaired_by_refresh(after: World, user: str) -> str | None:
    """What must hold after a refresh that nothing interfered with."""
    for source in sorted(after.truth.alive):
        place = (user, source)
        if after.truth.health.get(source, "ok") != "ok":
            continue
        if after.row(*place).status != "ok":
            return f"I2: after a good fetch {source} is still {after.row(*place).status}"
        if after.row(*place).pending or after.row(user, WILDCARD).pending:
            return f"I2: after a refresh {source} is still pending"
        if changes_shown(after, place) != after.truth.version.get(source, 0):
            return f"I2: after a refresh the user does not see {source} as it is"
    return None
