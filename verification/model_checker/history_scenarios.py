"""Scenarios of the history: a midnight, a removal, a revocation, and a user who disconnects everything."""

from functools import partial

from verification.model_checker import history_flows as flows
from verification.model_checker import scenarios as s
from verification.model_checker.clauses import Clauses
from verification.model_checker.flows import Process
from verification.model_checker.history_writes import day_of
from verification.model_checker.scenarios import PLAID, SNAPTRADE, Scenario
from verification.model_checker.worlds import DAY, ENDED, WILDCARD, History, Table, World

_UPDATE = s.update("update")
_REVOKED = s.update("revoked", status=ENDED, has_update=False)
_USER_DELETED = s.update("user deleted", WILDCARD, has_update=False, removes="item")


def with_history(world: World) -> World:
    """Give each snapshot its point."""
    heads = world.heads.items()
    points = {(user, source, day_of(head.began_at)): head for (user, source), head in heads}
    return world._replace(history=History(Table(points)))


def ends_access(clauses: Clauses) -> Process:
    return Process("task", partial(flows.end_access, "ann", PLAID, clauses), restarts=True)


def disconnects_everything(clauses: Clauses) -> Process:
    return Process("ann disconnects", partial(flows.disconnect_everything, "ann", SNAPTRADE, clauses))


SCENARIOS = {
    "history over midnight": Scenario(
        with_history(s.linked_plaid(now=DAY - 2, crashes=1)),
        lambda clauses: [
            s.refreshes(clauses, "first"),
            s.refreshes(clauses, "second", after="first", waits=(2,)),
            s.delivers(clauses, _UPDATE),
            s.happens_once("time passes", s.pass_time),
            s.unlinks(clauses, PLAID, PLAID),
        ],
    ),
    "history of a revoked source": Scenario(
        with_history(s.linked_plaid(crashes=1)),
        lambda clauses: [
            s.refreshes(clauses, "first"),
            s.refreshes(clauses, "second", after="first", waits=(0, 2)),
            s.delivers(clauses, _REVOKED),
            ends_access(clauses),
        ],
    ),
    "history of a user who disconnects everything": Scenario(
        with_history(s.linked_snaptrade("c1", crashes=1)),
        lambda clauses: [
            s.refreshes(clauses, "first", SNAPTRADE),
            disconnects_everything(clauses),
            s.delivers(clauses, _USER_DELETED),
        ],
    ),
}
