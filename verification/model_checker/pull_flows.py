"""Paid pulls, the clock, and what happens outside."""

from functools import partial

from verification.model_checker import refresh_writes as store
from verification.model_checker.clauses import Clause, Clauses
from verification.model_checker.explorer import Call, Flow, Outcomes
from verification.model_checker.refresh_writes import Clicker
from verification.model_checker.steps import did, does, nothing
from verification.model_checker.worlds import World


def pull(by: Clicker, source: str, on: Clauses) -> Flow:
    """The user asks for a paid pull: the claim, then the task."""

    def claimed(world: World) -> tuple[World, bool]:
        return store.claim(world, by, on, pull=True)

    if (yield did("claim for a pull", claimed)):
        yield does("leave the task", lambda world: world._replace(pulls=world.pulls.plus(source, "requested")))
    return nothing


def pull_task(source: str, on: Clauses) -> Flow:
    """One delivery of the task; the queue may deliver it again."""

    def run(world: World) -> Outcomes:
        state = world.pulls.get(source)
        if state is None:
            return
        free = state == "requested" or Clause.PULL_ONCE not in on
        yield str(free), world._replace(pulls=world.pulls.plus(source, "calling")) if free else world, free

    if (yield Call("begin the call", run)):
        yield does("call", lambda world: world.knowing(paid=world.truth.paid + 1))
    return nothing


def clock(ticks: tuple[int, ...]) -> Flow:
    for ticks_on in ticks:
        yield does(f"{ticks_on} ticks later", partial(_later, ticks_on))
    return nothing


def _later(ticks: int, world: World) -> World:
    return world._replace(now=world.now + ticks)


def once(call: Call) -> Flow:
    """Something that happens outside, once, at any time."""
    yield call
    return nothing
