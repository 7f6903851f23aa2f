"""Paid pulls, the clock, and what happens outside."""

from functools import partial

from verification.model_checker import refresh_writes as store
from verification.model_checker.clauses import Clause, Clauses
from verification.model_checker.explorer import Call, Flow, Outcomes
from verification.model_checker.refresh_writes import Refresher
from verification.model_checker.steps import conditional_write, unchanged, write
from verification.model_checker.worlds import World


def request_paid_refresh(requester: Refresher, source: str, clauses: Clauses) -> Flow:
    """The user asks for a paid pull: the claim, then the task."""

    def acquired(world: World) -> tuple[World, bool]:
        return store.acquire_cooldown(world, requester, clauses, request_paid_refresh=True)

    if (yield conditional_write("claim for a pull", acquired)):
        yield write(
            "leave the task",
            lambda world: world._replace(paid_refreshes=world.paid_refreshes.with_entry(source, "requested")),
        )
    return unchanged


def execute_paid_refresh(source: str, clauses: Clauses) -> Flow:
    """One delivery of the task; the queue may deliver it again."""

    def run(world: World) -> Outcomes:
        state = world.paid_refreshes.get(source)
        if state is None:
            return
        free = state == "requested" or Clause.PAID_REFRESH_ONCE not in clauses
        yield (
            str(free),
            world._replace(paid_refreshes=world.paid_refreshes.with_entry(source, "calling")) if free else world,
            free,
        )

    if (yield Call("begin the call", run)):
        yield write("call", lambda world: world.with_truth(paid=world.truth.paid + 1))
    return unchanged


def clock(ticks: tuple[int, ...]) -> Flow:
    for ticks_on in ticks:
        yield write(f"{ticks_on} ticks later", partial(_later, ticks_on))
    return unchanged


def _later(ticks: int, world: World) -> World:
    return world._replace(now=world.now + ticks)


def happen_once(call: Call) -> Flow:
    """Something that happens outside, once, at any time."""
    yield call
    return unchanged
