"""Model when the reconciler checks an item: the stored due time, the queue, and a refresh that asks for a check."""

from functools import partial
from typing import NamedTuple

from verification.model_checker.clauses import Clause, Clauses
from verification.model_checker.flows import Call, Flow, Outcomes, run_alone
from verification.model_checker.steps import conditional_write, consistent_read, unchanged, write
from verification.model_checker.worlds import Schedule, World

DAY = 4
"""The longest time between two checks, in ticks."""

LONG = 9
"""How long a provider may demand a wait, or be silent without suspicion."""

BACK_OFF = 1


class _Read(NamedTuple):
    message: int
    due: int | None
    is_backed_off: bool


def page_items(clauses: Clauses) -> Flow:
    """Run the schedule: queue a check of the item if it is due."""
    yield write("page what is due", partial(_page, clauses))
    return unchanged


def fail_refresh(clauses: Clauses) -> Flow:
    """Fail a refresh, which is a reason for a check, and ask for it."""
    yield write("note the failure", lambda world: _with(world, has_reason=True))
    yield write("ask for a check", lambda world: _with(_queue(world), is_asked=True))
    return unchanged


def check_item(clauses: Clauses) -> Flow:
    """Handle one message of the queue, which others may get too. It is deleted last: a killed check is repeated."""
    read = yield Call("receive, read item", _receive)
    if read is None:
        return unchanged
    too_early = yield consistent_read("too early?", partial(_is_too_early, read, clauses))
    if not too_early:
        if (yield consistent_read("read sources", lambda world: _of(world).has_reason)):
            wait = yield Call("call the provider", _call_provider)
            if wait is None:
                yield write("record the check", lambda world: _with(world, has_reason=False))
                yield conditional_write("store due time", partial(_store_due, read, clauses))
            else:
                yield write("back off", partial(_back_off, wait, clauses))
        else:
            yield conditional_write("store due time", partial(_store_due, read, clauses))
    yield write("delete message", lambda world: _with(world, messages=_of(world).messages - {read.message}))
    return unchanged


def unchecked_item(world: World, clauses: Clauses) -> str | None:
    """Return what is wrong once all flows have ended and the queue is empty."""
    while _of(world).messages:
        world = run_alone(check_item(clauses), world)
    schedule = _of(world)
    waits = schedule.due is not None and schedule.due > world.now and not schedule.is_backed_off
    if schedule.has_reason and schedule.is_asked and waits:
        return "soon: a check that a refresh asked for waits for a day"
    later = run_alone(page_items(clauses), world._replace(now=world.now + DAY))
    if not _of(later).messages:
        return "daily: an item is not checked within a day"
    return None


def _of(world: World) -> Schedule:
    assert world.schedule is not None
    return world.schedule


def _with(world: World, **changes: object) -> World:
    return world._replace(schedule=_of(world)._replace(**changes))  # type: ignore[arg-type]


def _queue(world: World) -> World:
    schedule = _of(world)
    return _with(world, messages=schedule.messages | {schedule.sent}, sent=schedule.sent + 1)


def _page(clauses: Clauses, world: World) -> World:
    due = _of(world).due
    is_due = Clause.DUE_UNSTORED in clauses if due is None else due <= world.now
    return _queue(world) if is_due else world


def _receive(world: World) -> Outcomes:
    schedule = _of(world)
    for message in sorted(schedule.messages):
        yield f"message {message}", world, _Read(message, schedule.due, schedule.is_backed_off)
    if not schedule.messages:
        yield "the queue is empty", world, None


def _is_too_early(read: _Read, clauses: Clauses, world: World) -> bool:
    is_held_back = read.is_backed_off or Clause.DUE_ASKED not in clauses
    return is_held_back and read.due is not None and read.due > world.now


def _call_provider(world: World) -> Outcomes:
    yield "answers", world, None
    yield "fails", world, BACK_OFF
    yield "demands a long wait", world, LONG


def _back_off(wait: int, clauses: Clauses, world: World) -> World:
    return _with(world, due=_capped(world.now + wait, clauses, world), is_backed_off=True)


def _store_due(read: _Read, clauses: Clauses, world: World) -> tuple[World, bool]:
    schedule = _of(world)
    if Clause.DUE_AS_READ in clauses and (schedule.due, schedule.is_backed_off) != read[1:]:
        return world, False
    return _with(world, due=_capped(world.now + LONG, clauses, world), is_backed_off=False), True


def _capped(due: int, clauses: Clauses, world: World) -> int:
    return min(due, world.now + DAY) if Clause.DUE_CAPPED in clauses else due
