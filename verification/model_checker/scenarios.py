"""Build scenarios: small worlds, and the processes that run in them concurrently."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from verification.model_checker.clauses import ALL_CLAUSES, Clauses
from verification.model_checker.event_writes import ItemRemoval
from verification.model_checker.exchange_flows import apply_delayed_link, end_everything, exchange_token
from verification.model_checker.explorer import Counterexample, Explorer
from verification.model_checker.flows import Call, Flow, Outcomes, Process
from verification.model_checker.invariants import violation, violation_at_rest
from verification.model_checker.link_flows import disconnect_item, link, relink, unlink
from verification.model_checker.paid_refresh_flows import execute_paid_refresh, request_paid_refresh
from verification.model_checker.provider_calls import HEALTHY, Provider
from verification.model_checker.refresh_flows import refresh
from verification.model_checker.refresh_writes import Refresher
from verification.model_checker.schedule_flows import check_item, fail_refresh, page_items
from verification.model_checker.status_check_flows import check_status
from verification.model_checker.steps import (
    consistent_read,
    disconnect_at_provider,
    happen_once,
    item_of,
    unchanged,
    write,
)
from verification.model_checker.webhook_flows import deliver, deliver_again
from verification.model_checker.worlds import WILDCARD, Event, Head, Item, Row, Table, Truth, World

Processes = Callable[[Clauses], Sequence[Process]]


class Scenario(NamedTuple):
    """A world, and the processes that run in it."""

    world: World
    processes: Processes

    def explore(self, clauses: Clauses = ALL_CLAUSES) -> tuple[Counterexample | None, int]:
        """Explore every interleaving. Returns a counterexample, if any, and the number of states."""
        explorer = Explorer(self.processes(clauses), violation, lambda world: violation_at_rest(world, clauses))
        return explorer.explore(self.world), explorer.states


PLAID = "p"
SNAPTRADE = "u"


def update(name: str, source: str = PLAID, **more: object) -> Event:
    return Event(name, PLAID if source == PLAID else SNAPTRADE, source)._replace(**more)  # type: ignore[arg-type]


def delivers(clauses: Clauses, event: Event, after: str | None = None) -> Process:
    return Process(event.name, partial(deliver, event, clauses), restarts=True, after=after)


def redelivers(clauses: Clauses, *events: Event) -> Process:
    return Process("repeated delivery", partial(deliver_again, events, clauses), restarts=True, may_crash=False)


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


def links(clauses: Clauses, user: str, item: str, source: str, updates: int = 1, after: str | None = None) -> Process:
    return Process(f"{user} links", partial(link, user, item, source, clauses, updates), after=after)


def exchanges(clauses: Clauses, name: str) -> Process:
    return Process(name, partial(exchange_token, name, "ann", PLAID, clauses))


def ends_everything(clauses: Clauses) -> Process:
    return Process("ann ends everything", partial(end_everything, "ann", PLAID, clauses), restarts=True)


def takes_effect_later(clauses: Clauses) -> Process:
    """Let a link transaction whose caller gave up take effect, or expire, at any later time."""
    call = Call("the delayed link", partial(apply_delayed_link, "ann", PLAID, clauses))
    return Process("DynamoDB", partial(happen_once, call), may_crash=False)


def relinks(clauses: Clauses) -> Process:
    return Process("ann unlinks and links", partial(relink, "ann", PLAID, PLAID, clauses))


def unlinks(clauses: Clauses, item: str, source: str) -> Process:
    return Process("ann unlinks", partial(unlink, "ann", item, source, clauses))


def disconnects(clauses: Clauses, user: str, item: str) -> Process:
    return Process(f"{user} disconnects", partial(_disconnect, user, item, clauses))


def _disconnect(user: str, item: str, clauses: Clauses) -> Flow:
    read = yield consistent_read("read item", lambda world: item_of(world, item).registration)
    yield write("remove at the provider", lambda world: disconnect_at_provider(world, world.truth.alive))
    yield from disconnect_item(ItemRemoval(user, item, read, read), clauses)
    return unchanged


def registers_anew(clauses: Clauses, event: Event) -> Process:
    return Process("ann registers anew", partial(_register_anew, event, clauses))


def _register_anew(event: Event, clauses: Clauses) -> Flow:
    """Register the user again after the event said that the provider deleted it."""
    yield Call("is deleted at the provider", lambda world: _wait_for(world, event))
    return (yield from link("ann", SNAPTRADE, WILDCARD, clauses, updates=0))


def _wait_for(world: World, event: Event) -> Outcomes:
    if event.name in world.truth.events:
        yield "", world, None


def disconnects_and_links(clauses: Clauses) -> Process:
    return Process("ann disconnects and links", partial(_disconnect_and_link, clauses))


def _disconnect_and_link(clauses: Clauses) -> Flow:
    yield from _disconnect("ann", PLAID, clauses)
    return (yield from link("ann", PLAID, PLAID, clauses))


def requests_paid_refresh(clauses: Clauses, name: str) -> Process:
    return Process(name, partial(request_paid_refresh, Refresher(name, "ann"), PLAID, clauses))


def executes_paid_refresh(clauses: Clauses, name: str) -> Process:
    return Process(name, partial(execute_paid_refresh, PLAID, clauses))


def checks_status(clauses: Clauses, name: str) -> Process:
    return Process(name, partial(check_status, "ann", PLAID, clauses))


def pages_items(clauses: Clauses, name: str) -> Process:
    return Process(name, partial(page_items, clauses), restarts=True)


def checks_item(clauses: Clauses, name: str, after: str | None = None) -> Process:
    return Process(name, partial(check_item, clauses), restarts=True, after=after)


def fails_refresh(clauses: Clauses) -> Process:
    return Process("refresh", partial(fail_refresh, clauses))


def happens_once(name: str, run: Callable[[World], Outcomes]) -> Process:
    return Process("outside", partial(happen_once, Call(name, run)), may_crash=False)


def linked_plaid(**more: object) -> World:
    """Build Ann's item, which was fetched long ago."""
    row = Row("l0", PLAID, generation=1, seen=1, fetched_at=-9)
    return World(
        items=Table({PLAID: Item("ann", 0, "ann")}),
        rows=Table({("ann", PLAID): row}),
        heads=Table({("ann", PLAID): Head("l0", 1, -9, 0)}),
        truth=Truth(version=Table({PLAID: 0}), alive=frozenset({PLAID}), linked=Table({("ann", PLAID): 1})),
    )._replace(**more)  # type: ignore[arg-type]


def repaired_plaid() -> World:
    """Build an item whose status is broken, but which was repaired without an event."""
    world = linked_plaid()
    row = world.row("ann", PLAID)._replace(status="broken", status_version=1)
    return world.with_row("ann", PLAID, row).with_truth(health=Table({PLAID: "ok"}))


def unlinked_plaid(**more: object) -> World:
    truth = Truth(version=Table({PLAID: 0}), alive=frozenset({PLAID}))
    return World(truth=truth)._replace(**more)  # type: ignore[arg-type]


def linked_snaptrade(*known: str, unknown: str = "", wildcard_updates: int = 0, **more: object) -> World:
    """Build Ann's SnapTrade user with known connections, fetched long ago, and an unknown one.

    `wildcard_updates`: updates of the wildcard row, all of them fetched.
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


def pass_time(world: World) -> Outcomes:
    yield "", world._replace(now=world.now + 1), None


def restore_wildcard_row(world: World) -> Outcomes:
    """Restore the wildcard row from a backup: two updates are missing, both of them fetched since."""
    wildcard = world.row("ann", WILDCARD)
    if wildcard.generation > 2 and not wildcard.pending:
        earlier = wildcard._replace(generation=wildcard.generation - 2, seen=wildcard.generation - 2)
        yield "", world.with_row("ann", WILDCARD, earlier), None


def connect_after_registration(world: World) -> Outcomes:
    """Connect c2 under the user's second registration."""
    if world.items.get(SNAPTRADE, Item()).registration:
        yield "", world.with_truth(alive=world.truth.alive | {"c2"}), None


def reconnect(world: World) -> Outcomes:
    """Reconnect c1 after everything of the user's first registration was deleted."""
    if world.row("ann", WILDCARD).link_id != "l-*" and not world.tombstones and ("ann", "c1") not in world.rows:
        yield "", world.with_truth(alive=world.truth.alive | {"c1"}), None
