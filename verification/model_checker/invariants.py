"""Check the invariants of docs/protocol.md on the tables and on what only an observer knows.

The stateful tests of the product build the same worlds from the real tables and check the same invariants.
"""

from verification.model_checker.clauses import Clauses
from verification.model_checker.exchange_flows import lost_item
from verification.model_checker.flows import run_alone
from verification.model_checker.history_invariants import revoked_point, wrong_history
from verification.model_checker.refresh_flows import refresh
from verification.model_checker.refresh_writes import Refresher
from verification.model_checker.schedule_flows import unchecked_item
from verification.model_checker.worlds import WILDCARD, Event, Item, Place, World

LEFTOVER_LINK_ID = "leftover"
"""The link_id of a snapshot that existed before the scenario begins."""


def violation(world: World) -> str | None:
    """Return the invariant that this state breaks, if any."""
    return (
        world.truth.broken
        or lost_update(world)
        or duplicate_count(world)
        or older_status(world)
        or foreign_source(world)
        or deleted_data_present(world)
        or repeated_paid_refresh(world)
        or wrong_history(world)
    )


def lost_update(world: World) -> str | None:
    """I1, I4, I6: an accepted update is pending or visible to the user."""
    truth = world.truth
    for name in truth.answered | truth.noted:
        event = truth.events[name]
        if name in truth.void or not _exists(world, event) or _is_shown(world, event, name in truth.noted):
            continue
        return f"I1/I4/I6: {name} was accepted, but is neither pending nor visible to the user"
    return None


def _exists(world: World, event: Event) -> bool:
    return (event.has_update or event.stale) and (event.source == WILDCARD or event.source in world.truth.alive)


def _is_shown(world: World, event: Event, noted: bool) -> bool:
    item = world.items.get(event.item, Item())
    if item.owner is None:
        return item.orphan > 0 or noted
    user = item.owner
    rows = [world.row(user, WILDCARD), world.row(user, event.source)]
    if any(row.link_id is not None and (row.has_update or row.check_due is not None) for row in rows):
        return True
    changes = world.truth.happened[event.name].items()
    return all(changes_shown(world, (user, one)) >= change for one, change in changes if one in world.truth.alive)


def changes_shown(world: World, place: Place) -> int:
    """Count the provider's changes that the user sees. -1: the user sees nothing of the source."""
    head, row = world.heads.get(place), world.rows.get(place)
    return head.changes_shown if head and row and head.link_id == row.link_id else -1


def duplicate_count(world: World) -> str | None:
    """I5: a replayed webhook changes nothing; each event raises the generation once."""
    for place, row in world.rows.items():
        events = [one for one in world.truth.events.values() if one.has_update and one.source == place[1]]
        if row.generation > len(events) + world.truth.linked.get(place, 0):
            return f"I5: the generation of {place[1]} is higher than the number of its updates"
    return None


def older_status(world: World) -> str | None:
    """I5: a delayed event does not overwrite the status of a newer one. An update without a status dates none."""
    for name in world.truth.answered - world.truth.void:
        event = world.truth.events[name]
        if event.status is None:
            continue
        for place, row in world.rows.items():
            if place[1] == event.source and event.at and row.status_at is not None and row.status_at < event.at:
                return f"I5: the status of {place[1]} is older than {name}"
    return None


def foreign_source(world: World) -> str | None:
    """I7: a user has no source of an item that someone else owns."""
    for (user, source), row in world.rows.items():
        owner = world.items.get(row.item, Item()).owner
        if row.link_id is not None and owner not in {None, user}:
            return f"I7: {user} has {source}, but {owner} owns its item"
    return None


def deleted_data_present(world: World) -> str | None:
    """I8: deleted data stays deleted, and good holdings are not replaced by nothing."""
    for place, row in world.rows.items():
        if row.link_id is None or row.link_id in world.truth.removed_links:
            return f"I8: data of {place[1]} exists after its deletion"
    for place, head in world.heads.items():
        if head.empty:
            return f"I8: the holdings of {place[1]} were replaced by nothing"
        if head.link_id in world.truth.removed_links or (
            head.link_id != LEFTOVER_LINK_ID and changes_shown(world, place) < 0
        ):
            return f"I8: a snapshot of {place[1]} exists without its source"
    return None


def repeated_paid_refresh(world: World) -> str | None:
    return "once: a paid refresh was called twice" if world.truth.paid > 1 else None


def violation_at_rest(world: World, clauses: Clauses) -> str | None:
    """Return what is wrong after all flows have ended and a refresh has run after the cooldown."""
    if world.exchange is not None:
        return lost_item(world, world.exchange, clauses)
    if world.schedule is not None:
        return unchecked_item(world, clauses)
    if found := revoked_point(world):
        return found
    for (user, source), row in world.rows.items():
        if world.items.get(row.item, Item()).owner != user:
            return f"I8: {user} has a row of {source}, but no longer owns its item"
        health = world.truth.health.get(source, "ok")
        if source in world.truth.alive and row.status not in {"expiring", health} and source in world.truth.health:
            return f"I1: the status of {source} is {row.status}, but the last event said {health}"
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
    can_be_fetched = any(not row.has_ended for _, row in world.sources_of(user))
    if can_be_fetched and (cooldown is None or cooldown.holder != "later"):
        return "I4: a refresh is still blocked after the cooldown"
    return unrepaired_by_refresh(after, user)


def unrepaired_by_refresh(after: World, user: str) -> str | None:
    """Return what is wrong after a refresh that ran alone."""
    for source in sorted(after.truth.alive):
        place = (user, source)
        if after.truth.health.get(source, "ok") != "ok" or after.row(*place).has_ended:
            continue
        if after.row(*place).status != "ok":
            return f"I2: after a successful fetch the status of {source} is still {after.row(*place).status}"
        if after.row(*place).pending or after.row(user, WILDCARD).pending:
            return f"I2: after a refresh {source} is still pending"
        if changes_shown(after, place) != after.truth.version.get(source, 0):
            return f"I2: after a refresh the user does not see the current holdings of {source}"
    return None
