"""What is walked through: small worlds, and what goes on in them at once."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from verification.model_checker.clauses import ALL, Clauses
from verification.model_checker.explorer import Call, Counterexample, Explorer, Flow, Outcomes, Program
from verification.model_checker.invariants import wrong, wrong_at_rest
from verification.model_checker.link_flows import end_item, link, relink, unlink
from verification.model_checker.look_flows import look
from verification.model_checker.pull_flows import clock, once, pull, pull_task
from verification.model_checker.refresh_flows import WELL, Provider, refresh
from verification.model_checker.refresh_writes import Clicker
from verification.model_checker.steps import does, ended_there
from verification.model_checker.webhook_flows import duplicate, webhook
from verification.model_checker.worlds import EVERY, Event, Head, Item, Row, Table, Truth, World

Programs = Callable[[Clauses], Sequence[Program]]


class Scenario(NamedTuple):
    """`large`: only walked through by `make model`."""

    world: World
    programs: Programs
    large: bool = False

    def explore(self, on: Clauses = ALL) -> tuple[Counterexample | None, int]:
        """What is wrong, and how many states were seen."""
        explorer = Explorer(self.programs(on), wrong, lambda world: wrong_at_rest(world, on))
        return explorer.explore(self.world), explorer.states


PLAID = "p"
SNAPTRADE = "u"


def news(name: str, source: str = PLAID, **more: object) -> Event:
    return Event(name, PLAID if source == PLAID else SNAPTRADE, source)._replace(**more)  # type: ignore[arg-type]


def delivery(on: Clauses, event: Event, after: str | None = None) -> Program:
    return Program(event.name, partial(webhook, event, on), again=True, after=after)


def again(on: Clauses, *events: Event) -> Program:
    return Program("one more delivery", partial(duplicate, events, on), again=True, may_crash=False)


def clicks(
    on: Clauses,
    name: str,
    item: str = PLAID,
    provider: Provider = WELL,
    skew: int = 0,
    after: str | None = None,
    waits: Sequence[int] = (0,),
) -> Program:
    return Program(name, partial(refresh, Clicker(name, "ann", skew), item, on, provider, waits), after=after)


def links(on: Clauses, user: str, item: str, source: str, news: int = 1, after: str | None = None) -> Program:
    return Program(f"{user} links", partial(link, user, item, source, on, news), after=after)


def relinks(on: Clauses) -> Program:
    return Program("ann unlinks and links", partial(relink, "ann", PLAID, PLAID, on))


def unlinks(on: Clauses, item: str, source: str) -> Program:
    return Program("ann unlinks", partial(unlink, "ann", item, source, on))


def ticks(*on: int) -> Program:
    return Program("clock", partial(clock, on), may_crash=False)


def ends(on: Clauses, user: str, item: str) -> Program:
    return Program(f"{user} ends everything", partial(_ends, user, item, on))


def _ends(user: str, item: str, on: Clauses) -> Flow:
    yield does("end at the provider", lambda world: ended_there(world, world.truth.alive))
    return (yield from end_item(user, item, on))


def pulls(on: Clauses, name: str) -> Program:
    return Program(name, partial(pull, Clicker(name, "ann"), PLAID, on))


def pull_tasks(on: Clauses, name: str) -> Program:
    return Program(name, partial(pull_task, PLAID, on))


def looked_at(on: Clauses, name: str) -> Program:
    return Program(name, partial(look, "ann", PLAID, on))


def outside(name: str, run: Callable[[World], Outcomes]) -> Program:
    return Program("outside", partial(once, Call(name, run)), may_crash=False)


def plaid(**more: object) -> World:
    """Ann's item, fetched long ago."""
    row = Row("l0", PLAID, generation=1, seen=1, fetched_at=-9)
    return World(
        items=Table({PLAID: Item("ann", 0, "ann")}),
        rows=Table({("ann", PLAID): row}),
        heads=Table({("ann", PLAID): Head("l0", 1, -9, 0)}),
        truth=Truth(version=Table({PLAID: 0}), alive=frozenset({PLAID}), linked=Table({("ann", PLAID): 1})),
    )._replace(**more)  # type: ignore[arg-type]


def repaired() -> World:
    """An item that says broken, and was repaired without a word."""
    world = plaid()
    row = world.row("ann", PLAID)._replace(status="broken", status_version=1)
    return world.with_row("ann", PLAID, row).knowing(health=Table({PLAID: "ok"}))


def unlinked_plaid(**more: object) -> World:
    truth = Truth(version=Table({PLAID: 0}), alive=frozenset({PLAID}))
    return World(truth=truth)._replace(**more)  # type: ignore[arg-type]


def snaptrade(*known: str, unknown: str = "", of_all: int = 0, **more: object) -> World:
    """Ann's SnapTrade user with connections that were fetched long ago, and one that was never heard of.

    `of_all`: how much was heard of all, and fetched.
    """
    rows = {("ann", name): Row(f"l-{name}", SNAPTRADE, 1, 1, fetched_at=-9) for name in known}
    alive = frozenset({*known, unknown} - {""})
    return World(
        items=Table({SNAPTRADE: Item("ann", 0, "ann")}),
        rows=Table({**rows, ("ann", EVERY): Row("l-*", SNAPTRADE, of_all, of_all)}),
        heads=Table({("ann", name): Head(f"l-{name}", 1, -9, 0) for name in known}),
        truth=Truth(
            version=Table(dict.fromkeys(alive, 0)),
            alive=alive,
            linked=Table({**dict.fromkeys(rows, 1), ("ann", EVERY): of_all}),
        ),
    )._replace(**more)  # type: ignore[arg-type]


def unlinked_snaptrade(**more: object) -> World:
    truth = Truth(version=Table({"c1": 0}), alive=frozenset({"c1"}))
    return World(truth=truth)._replace(**more)  # type: ignore[arg-type]


def restored(world: World) -> Outcomes:
    """The row that stands for all is what it was two updates ago, all of them fetched since: from a backup."""
    star = world.row("ann", EVERY)
    if star.generation > 2 and not star.pending:
        earlier = star._replace(generation=star.generation - 2, seen=star.generation - 2)
        yield "", world.with_row("ann", EVERY, earlier), None


def connected_again(world: World) -> Outcomes:
    """The same connection, once nothing of the user's first registration is left."""
    if world.row("ann", EVERY).link != "l-*" and not world.tombstones and ("ann", "c1") not in world.rows:
        yield "", world.knowing(alive=world.truth.alive | {"c1"}), None
