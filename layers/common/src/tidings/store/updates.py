"""Apply an event to its source, in one transaction with the event's record (docs/protocol.md, rules 2 and 8)."""

from collections.abc import Mapping
from functools import reduce
from operator import and_
from typing import Any, Literal, NamedTuple

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from tidings.model import StatusChange
from tidings.store import events, links, sources
from tidings.store.conditional_writes import ConditionLost, transact
from tidings.store.events import Duplicate, EventRecord
from tidings.store.sources import NotLinked, Removed, SourceKey
from tidings.store.tables import UpdateState

Outcome = Literal["marked", "status", "outdated"]


class SourceUpdate(NamedTuple):
    """The changes that an event makes. `at`: the event's time, if it has one; an older status is then rejected.

    `is_newest`: the source has no update that was received later, as it can have after a deferred event.
    """

    marks: bool
    status: StatusChange | None
    at: int | None
    institution: str | None = None
    is_newest: bool = True


def record_update(key: SourceKey, change: SourceUpdate, event: EventRecord, *, create: bool = False) -> Outcome:
    """Record the event and update its source, in one transaction. Returns the outcome.

    `create`: create the source's row if it is missing. Raises Duplicate if the event was recorded before, NotLinked if
    the row is gone or, with `create`, the user does not own the item. Raises Removed, only with `create`, if the
    source was removed within the last day.
    """
    while True:
        try:
            return _write_update(key, change, event, create)
        except _PartlyOlder as older:
            change = older.rest


def record_check_due(key: SourceKey, at: int, event: EventRecord) -> bool:
    """Record a stale event from the instant `at` and make a check of its source due, in one transaction.

    Returns False, and records nothing, if something as new is known or the source has no row.
    Raises Duplicate if the event was recorded before.
    """

    def build(transaction: TransactWrite) -> None:
        events.save_once(transaction, event, "check_due")
        transaction.update(key.state_row(), [UpdateState.check_due.set(at)], condition=sources.nothing_newer_known(at))

    try:
        transact(build)
    except ConditionLost as lost:
        *is_recorded, _ = lost.lost
        if any(is_recorded):
            raise Duplicate from lost
        return False
    return True


def replay_update(key: SourceKey, change: SourceUpdate, received_at: int) -> bool:
    """Apply a recorded event again, unless the source's row has changes that are as new. Returns whether it did.

    `received_at`: when the event was received.
    """
    actions: list[Action] = []
    condition: Condition = UpdateState.link_id.exists()
    if change.marks:
        actions += [UpdateState.generation.add(1), UpdateState.last_update_at.set(received_at)]
        condition &= UpdateState.last_update_at.does_not_exist() | (UpdateState.last_update_at < received_at)
    if change.status and change.at is not None:
        actions += [*sources.status_actions(change.status), UpdateState.status_at.set(change.at)]
        condition &= UpdateState.status_at.does_not_exist() | (UpdateState.status_at < change.at)
    return bool(actions) and sources.update_if(key, actions, condition)


class _PartlyOlder(Exception):
    """The source has a newer status or a newer update than the event's. `rest`: what still is to be written."""

    def __init__(self, rest: SourceUpdate) -> None:
        self.rest = rest


def _write_update(key: SourceKey, change: SourceUpdate, event: EventRecord, create: bool) -> Outcome:
    outcome: Outcome = "marked" if change.marks else "status" if change.status else "outdated"
    if outcome == "outdated":
        events.record_event(event, outcome)
        return outcome

    def build(transaction: TransactWrite) -> None:
        if create:
            sources.require_may_be_created(transaction, key)
        events.save_once(transaction, event, outcome)
        transaction.update(
            key.state_row(),
            _actions(key, change, event, create),
            condition=_condition(change, event, create),
            return_values="ALL_OLD",
        )

    try:
        transact(build)
    except ConditionLost as lost:
        raise _error(lost, change, event, create) from lost
    return outcome


def _actions(key: SourceKey, change: SourceUpdate, event: EventRecord, create: bool) -> list[Action]:
    actions: list[Action] = []
    if create:
        actions += [*links.link_actions(), UpdateState.item.set(str(key.item))]
    if change.marks:
        actions.append(UpdateState.generation.add(1))
    if change.marks and change.is_newest:
        actions.append(UpdateState.last_update_at.set(event.received_at))
    if change.status:
        actions += sources.status_actions(change.status)
        if change.at is not None:
            actions.append(UpdateState.status_at.set(change.at))
    if change.institution:
        actions.append(UpdateState.institution.set(change.institution))
    return actions


def _condition(change: SourceUpdate, event: EventRecord, create: bool) -> Condition | None:
    conditions: list[Condition] = [] if create else [UpdateState.link_id.exists()]
    if change.marks and change.is_newest:
        last_update_at = UpdateState.last_update_at
        conditions.append(last_update_at.does_not_exist() | (last_update_at <= event.received_at))
    if change.status and change.at is not None:
        conditions.append(UpdateState.status_at.does_not_exist() | (UpdateState.status_at < change.at))
    if change.status and change.status.over is not None:
        conditions.append(UpdateState.status.does_not_exist() | UpdateState.status.is_in(*change.status.over))
    return reduce(and_, conditions) if conditions else None


def _error(lost: ConditionLost, change: SourceUpdate, event: EventRecord, create: bool) -> Exception:
    owner_changed, is_removed, *is_recorded, _ = lost.lost if create else (False, False, *lost.lost)
    if any(is_recorded):
        return Duplicate()
    if owner_changed:
        return NotLinked()
    if is_removed:
        return Removed()
    row = lost.items[-1] or {}
    return _PartlyOlder(_reduce(change, event, row)) if "link_id" in row else NotLinked()


def _reduce(change: SourceUpdate, event: EventRecord, row: Mapping[str, Any]) -> SourceUpdate:
    """Leave out what the row has newer: first the time of the update, then the status."""
    last_update_at = int(row.get("last_update_at", {"N": "0"})["N"])
    if change.is_newest and last_update_at > event.received_at:
        return change._replace(is_newest=False)
    return SourceUpdate(change.marks, None, change.at, change.institution, change.is_newest)
