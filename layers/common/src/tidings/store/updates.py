"""Apply an event to its source, in one transaction with the event's record (docs/protocol.md, rules 2 and 8)."""

from functools import reduce
from operator import and_
from typing import Literal, NamedTuple

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from tidings.model import StatusChange
from tidings.store import events, links, sources
from tidings.store.conditional_writes import ConditionLost, transact
from tidings.store.events import Duplicate, EventRecord
from tidings.store.sources import NotLinked, Removed, SourceKey
from tidings.store.tables import UpdateState, WebhookEvent

Outcome = Literal["marked", "status", "outdated"]


class SourceUpdate(NamedTuple):
    """The changes that an event makes. `at`: the event's time, if it has one; an older status is then rejected."""

    marks: bool
    status: StatusChange | None
    at: int | None
    institution: str | None = None


def record_update(key: SourceKey, change: SourceUpdate, event: EventRecord, *, create: bool = False) -> Outcome:
    """Record the event and update its source, in one transaction. Returns the outcome.

    `create`: create the source's row if it is missing. Raises Duplicate if the event was recorded before, NotLinked if
    the row is gone or, with `create`, the user does not own the item. Raises Removed, only with `create`, if the
    source was removed within the last day.
    """
    try:
        return _write_update(key, change, event, create)
    except _OlderStatus:
        return _write_update(key, SourceUpdate(change.marks, None, change.at), event, create)


def record_check_due(key: SourceKey, at: int, event: EventRecord) -> bool:
    """Record a stale event from the instant `at` and make a check of its source due, in one transaction.

    Returns False, and records nothing, if something as new is known or the source has no row.
    Raises Duplicate if the event was recorded before.
    """

    def build(transaction: TransactWrite) -> None:
        transaction.save(events.event_row(event, "check_due"), WebhookEvent.event.does_not_exist())
        transaction.update(key.state_row(), [UpdateState.check_due.set(at)], condition=sources.nothing_newer_known(at))

    try:
        transact(build)
    except ConditionLost as lost:
        if lost.lost[0]:
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


class _OlderStatus(Exception):
    """The source has a newer status than the event's."""


def _write_update(key: SourceKey, change: SourceUpdate, event: EventRecord, create: bool) -> Outcome:
    outcome: Outcome = "marked" if change.marks else "status" if change.status else "outdated"
    if outcome == "outdated":
        events.record_event(event, outcome)
        return outcome

    def build(transaction: TransactWrite) -> None:
        if create:
            sources.require_may_be_created(transaction, key)
        transaction.save(events.event_row(event, outcome), WebhookEvent.event.does_not_exist())
        transaction.update(
            key.state_row(),
            _actions(key, change, event, create),
            condition=_condition(change, create),
            return_values="ALL_OLD",
        )

    try:
        transact(build)
    except ConditionLost as lost:
        raise _error(lost, create) from lost
    return outcome


def _actions(key: SourceKey, change: SourceUpdate, event: EventRecord, create: bool) -> list[Action]:
    actions: list[Action] = []
    if create:
        actions += [*links.link_actions(), UpdateState.item.set(str(key.item))]
    if change.marks:
        actions += [UpdateState.generation.add(1), UpdateState.last_update_at.set(event.received_at)]
    if change.status:
        actions += sources.status_actions(change.status)
        if change.at is not None:
            actions.append(UpdateState.status_at.set(change.at))
    if change.institution:
        actions.append(UpdateState.institution.set(change.institution))
    return actions


def _condition(change: SourceUpdate, create: bool) -> Condition | None:
    conditions: list[Condition] = [] if create else [UpdateState.link_id.exists()]
    if change.status and change.at is not None:
        conditions.append(UpdateState.status_at.does_not_exist() | (UpdateState.status_at < change.at))
    if change.status and change.status.over is not None:
        conditions.append(UpdateState.status.does_not_exist() | UpdateState.status.is_in(*sorted(change.status.over)))
    return reduce(and_, conditions) if conditions else None


def _error(lost: ConditionLost, create: bool) -> Exception:
    owner_changed, is_removed, is_recorded, row_rejected = lost.lost if create else (False, False, *lost.lost)
    if is_recorded:
        return Duplicate()
    if owner_changed:
        return NotLinked()
    if is_removed:
        return Removed()
    is_linked = "link_id" in (lost.items[-1] or {})
    return _OlderStatus() if row_rejected and is_linked else NotLinked()
