"""What is walked through: small worlds, and what goes on in them at once."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from verification.model_checker.clauses import ALL_CLAUSES, Clauses
from verification.model_checker.explorer import Call, Counterexample, Explorer, Flow, Outcomes, Process
from verification.model_checker.invariants import violation, violation_at_rest
from verification.model_checker.link_flows import disconnect_item, link, relink, unlink
from verification.model_checker.paid_refresh_flows import clock, execute_paid_refresh, happen_once, request_paid_refresh
from verification.model_checker.refresh_flows import HEALTHY, Provider, refresh
from verification.model_checker.refresh_writes import Refresher
from verification.model_checker.status_check_flows import check_status
from verification.model_checker.steps import disconnect_at_provider, write
from verification.model_checker.webhook_flows import deliver, deliver_again
from verification.model_checker.worlds import WILDCARD, Event, Head, Item, Row, Table, Truth, World

Processes = Callable[[Clauses], Sequence[Process]]


class Scenario(NamedTuple):
    """`large`: only walked through by `make model`."""

    world: World
    processes: Processes
    large: bool = False

    def explore(self, clauses: Clauses = ALL_CLAUSES) -> tuple[Counterexample | None, int]:
        """What is wrong, and how many states were seen."""
        explorer = Explorer(self.processes(clauses), violation, lambda world: violation_at_rest(world, clauses))
        return explorer.explore(self.world), explorer.states


PLAID = "p"
SNAPTRADE = "u"


def update(name: str, source: str = PLAID, **more: object) -> Event:
    return Event(name, PLAID if source == PLAID else SNAPTRADE, source)._replace(**more)  # type: ignore[arg-type]


def delivers(clauses: Clauses, event: Event, after: str | None = None) -> Process:
    return Process(event.name, partial(deliver, event, clauses), again=True, after=after)


def redelivers(clauses: Clauses, *events: Event) -> Process:
    return Process("one more delivery", partial(deliver_again, events, clauses), again=True, may_crash=False)


def refreshes(
    clauses: Clauses,
    name: str,
    item: str = PLAID,
    provider: Provider = HEALTHY,
    skew: int = 0,
    after: str | None = None,
    waits: Sequence[int] = (0,),
) -> Process:
    return Process(name, partial(refresh, Refresher(name, "ann", skew), item, clauses, provider, waits), after=after)


def links(clauses: Clauses, user: str, item: str, source: str, update: int = 1, after: str | None = None) -> Process:
    return Process(f"{user} links", partial(link, user, item, source, clauses, update), after=after)


def relinks(clauses: Clauses) -> Process:
    return Process("ann unlinks and links", partial(relink, "ann", PLAID, PLAID, clauses))


def unlinks(clauses: Clauses, item: str, source: str) -> Process:
    return Process("ann unlinks", partial(unlink, "ann", item, source, clauses))


def ticks(*clauses: int) -> Process:
    return Process("clock", partial(clock, clauses), may_crash=False)


def disconnects(clauses: Clauses, user: str, item: str) -> Process:
    return Process(f"{user} ends everything", partial(_disconnect, user, item, clauses))


def _disconnect(user: str, item: str, clauses: Clauses) -> Flow:
    yield write("end at the provider", lambda world: disconnect_at_provider(world, world.truth.alive))
    return (yield from disconnect_item(user, item, clauses))


def requests_paid_refresh(clauses: Clauses, name: str) -> Process:
    return Process(name, partial(request_paid_refresh, Refresher(name, "ann"), PLAID, clauses))


def executes_paid_refresh(clauses: Clauses, name: str) -> Process:
    return Process(name, partial(execute_paid_refresh, PLAID, clauses))


def status_checks(clauses: Clauses, name: str) -> Process:
    return Process(name, partial(check_status, "ann", PLAID, clauses))


def happens_once(name: str, run: Callable[[World], Outcomes]) -> Process:
    return Process("outside", partial(happen_once, Call(name, run)), may_crash=False)


def linked_plaid(**more: object) -> World:
    """Ann's item, fetched long ago."""
    row = Row("l0", PLAID, generation=1, seen=1, fetched_at=-9)
    return World(
        items=Table({PLAID: Item("ann", 0, "ann")}),
        rows=Table({("ann", PLAID): row}),
        heads=Table({("ann", PLAID): Head("l0", 1, -9, 0)}),
        truth=Truth(version=Table({PLAID: 0}), alive=frozenset({PLAID}), linked=Table({("ann", PLAID): 1})),
    )._replace(**more)  # type: ignore[arg-type]


def repaired_plaid() -> World:
    """An item that says broken, and was repaired without a word."""
    world = linked_plaid()
    row = world.row("ann", PLAID)._replace(status="broken", status_version=1)
    return world.with_row("ann", PLAID, row).with_truth(health=Table({PLAID: "ok"}))


def unlinked_plaid(**more: object) -> World:
    truth = Truth(version=Table({PLAID: 0}), alive=frozenset({PLAID}))
    return World(truth=truth)._replace(**more)  # type: ignore[arg-type]


def linked_snaptrade(*known: str, unknown: str = "", wildcard_updates: int = 0, **more: object) -> World:
    """Ann's SnapTrade user with connections that were fetched long ago, and one that was never heard of.

    `of_all`: how much was heard of all, and fetched.
    """
    rows = {("ann", name): Row(f"l-{name}", SNAPTRADE, 1, 1, fetched_at=-9) for name in known}
    alive = frozenset({*known, unknown} - {""})
    return World(
        items=Table({SNAPTRADE: Item("ann", 0, "ann")}),
        rows=Table({**rows, ("ann", WILDCARD): Row("l-*", SNAPTRADE, wildcard_updates, wildcard_updates)}),
        heads=Table({("ann", name): Head(f"l-{name}", 1, -9, 0) for name in known}),
        truth=Truth(
            version=Table(dict.fromkeys(alive, 0)),
            alive=alive,
            linked=Table({**dict.fromkeys(rows, 1), ("ann", WILDCARD): wildcard_updates}),
        ),
    )._replace(**more)  # type: ignore[arg-type]


def unlinked_snaptrade(**more: object) -> World:
    truth = Truth(version=Table({"c1": 0}), alive=frozenset({"c1"}))
    return World(truth=truth)._replace(**more)  # type: ignore[arg-type]


def restore_wildcard_row(world: World) -> Outcomes:
    """The row that stands for all is what it was two updates ago, all of them fetched since: from a backup."""
    wildcard = world.row("ann", WILDCARD)
    if wildcard.generation > 2 and not wildcard.pending:
        earlier = wildcard._replace(generation=wildcard.generation - 2, seen=wildcard.generation - 2)
        yield "", world.with_row("ann", WILDCARD, earlier), None


def reconnect(world: World) -> Outcomes:
    """The same connection, once nothing of the user's first registration is left."""
    if world.row("ann", WILDCARD).link_id != "l-*" and not world.tombstones and ("ann", "c1") not in world.rows:
        yield "", world.with_truth(alive=world.truth.alive | {"c1"}), None
