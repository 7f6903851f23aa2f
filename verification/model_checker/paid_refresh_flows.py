"""Model a paid refresh: its request and its task."""

from verification.model_checker import refresh_writes as store
from verification.model_checker.clauses import Clause, Clauses
from verification.model_checker.flows import Call, Flow, Outcomes
from verification.model_checker.refresh_writes import Refresher
from verification.model_checker.steps import conditional_write, unchanged, write
from verification.model_checker.worlds import World


def request_paid_refresh(requester: Refresher, source: str, clauses: Clauses) -> Flow:
    """Acquire the cooldown, then queue the task."""

    def acquire(world: World) -> tuple[World, bool]:
        return store.acquire_cooldown(world, requester, clauses, is_paid=True)

    if (yield conditional_write("acquire cooldown for a paid refresh", acquire)):
        yield write(
            "queue the task",
            lambda world: world._replace(paid_refreshes=world.paid_refreshes.with_entry(source, "requested")),
        )
    return unchanged


def execute_paid_refresh(source: str, clauses: Clauses) -> Flow:
    """Process one delivery of the task; the queue may deliver it again."""

    def run(world: World) -> Outcomes:
        state = world.paid_refreshes.get(source)
        if state is None:
            return
        may_call = state == "requested" or Clause.PAID_REFRESH_ONCE not in clauses
        yield (
            str(may_call),
            world._replace(paid_refreshes=world.paid_refreshes.with_entry(source, "calling")) if may_call else world,
            may_call,
        )

    if (yield Call("begin the call", run)):
        yield write("call the provider", lambda world: world.with_truth(paid=world.truth.paid + 1))
    return unchanged
