"""Scenarios of first fetches within a cooldown: sources that were linked after it was acquired."""

from verification.model_checker import scenarios as s
from verification.model_checker.provider_calls import Provider
from verification.model_checker.scenarios import PLAID, SNAPTRADE, Scenario
from verification.model_checker.worlds import Cooldown, Expected, Row, Table, World

_NOT_READY = Provider(is_not_ready=True)
_LIMITS = Provider(limits=True)
_LIMITS_OR_FAILS = Provider(limits=True, fails=True)
_UPDATE_OF_C2 = s.update("update of c2", "c2")


def within_cooldown(*linked: str, lasts: int = 2, unknown: str = "") -> World:
    """Build Ann's old SnapTrade connection c1, fetched by an earlier refresh, and connections linked since."""
    world = s.linked_snaptrade("c1", unknown=unknown)
    rows = {("ann", name): Row(f"l-{name}", SNAPTRADE, generation=1, linked_at=1) for name in linked}
    truth = world.truth
    return world._replace(
        now=1, rows=Table({**world.rows, **rows}), cooldowns=Table({"ann": Cooldown("earlier", lasts, acquired=0)})
    ).with_truth(
        alive=truth.alive | set(linked),
        version=Table({**truth.version, **dict.fromkeys(linked, 0)}),
        linked=Table({**truth.linked, **dict.fromkeys(rows, 1)}),
        began=Table({"ann": (0, 0)}),
    )


def linked_plaid_within_cooldown(updates: int = 1, **more: object) -> World:
    """Build Ann's Plaid item, linked within the cooldown of an earlier refresh."""
    world = s.linked_plaid(**more)
    return world._replace(
        now=1,
        rows=Table({("ann", PLAID): Row("l0", PLAID, generation=updates, linked_at=1)}),
        heads=Table(),
        cooldowns=Table({"ann": Cooldown("earlier", 2, acquired=0)}),
    ).with_truth(began=Table({"ann": (0, 0)}))


SCENARIOS = {
    "first fetch within a cooldown": Scenario(
        linked_plaid_within_cooldown(crashes=1),
        lambda clauses: [
            s.refreshes(clauses, "first", provider=Provider(fails=True, is_not_ready=True)),
            s.refreshes(clauses, "second", provider=_NOT_READY, after="first", waits=(0, 1)),
            s.refreshes(clauses, "third", after="second", waits=(0, 1)),
            s.delivers(clauses, s.update("update")),
        ],
    ),
    "first fetch, unlinked and linked again": Scenario(
        linked_plaid_within_cooldown(),
        lambda clauses: [
            s.refreshes(clauses, "first"),
            s.refreshes(clauses, "second", after="first"),
            s.relinks(clauses),
        ],
    ),
    "first fetch during a refresh that finds the connection": Scenario(
        s.linked_snaptrade("c1", unknown="c2", resends=1),
        lambda clauses: [
            s.refreshes(clauses, "first", SNAPTRADE),
            s.refreshes(clauses, "second", SNAPTRADE, waits=(1,)),
            s.refreshes(clauses, "third", SNAPTRADE, after="second"),
            s.delivers(clauses, _UPDATE_OF_C2),
        ],
    ),
    "first fetches of three connections": Scenario(
        within_cooldown("c2", "c3", "c4"),
        lambda clauses: [
            s.refreshes(clauses, "first", SNAPTRADE),
            s.refreshes(clauses, "second", SNAPTRADE, after="first", waits=(0, 1)),
        ],
    ),
    "first fetch and a provider's limit": Scenario(
        s.linked_plaid(),
        lambda clauses: [
            s.refreshes(clauses, "first", provider=_LIMITS_OR_FAILS),
            s.refreshes(clauses, "second", provider=_LIMITS_OR_FAILS, waits=(1, 2)),
            s.refreshes(clauses, "third", after="second", waits=(0, 1)),
            s.links(clauses, "ann", "q", "q"),
            s.happens_once("time passes", s.pass_time),
        ],
    ),
    "listings within a cooldown": Scenario(
        within_cooldown(unknown="c2", lasts=5)._replace(expected=Table({"ann": Expected(4)})),
        lambda clauses: [
            s.refreshes(clauses, "first", SNAPTRADE, _LIMITS),
            s.refreshes(clauses, "second", SNAPTRADE, after="first", waits=(0, 1)),
            s.refreshes(clauses, "third", SNAPTRADE, after="second", waits=(0, 1)),
        ],
    ),
    "first fetch and a status check": Scenario(
        linked_plaid_within_cooldown(updates=0),
        lambda clauses: [
            s.refreshes(clauses, "first"),
            s.checks_status(clauses, "status check"),
            s.happens_once("time passes", s.pass_time),
            s.delivers(clauses, s.update("update")),
        ],
    ),
    "disconnect everything and link again within a cooldown": Scenario(
        s.linked_plaid(),
        lambda clauses: [
            s.refreshes(clauses, "first"),
            s.disconnects_and_links(clauses),
            s.refreshes(clauses, "second", after="first", waits=(0, 1)),
        ],
    ),
}
