"""The kinds of steps that flows are made of."""

from collections.abc import Callable, Generator, Hashable, Iterable
from typing import Any

from verification.model_checker.explorer import Call, Outcomes
from verification.model_checker.worlds import EVERY, Item, World

Calls = Generator[Call, Any, Any]
"""A part of a flow, and what came of it."""


def did(name: str, write: Callable[[World], tuple[World, Any]]) -> Call:
    """A write with one outcome, which the flow gets."""

    def run(world: World) -> Outcomes:
        after, result = write(world)
        yield str(result), after, result

    return Call(name, run)


def does(name: str, write: Callable[[World], World]) -> Call:
    """A write whose outcome nobody looks at."""
    return Call(name, lambda world: [("", write(world), None)])


def looks(name: str, see: Callable[[World], Hashable]) -> Call:
    """A consistent read."""
    return Call(name, lambda world: [("", world, see(world))])


def nothing(world: World) -> World:
    return world


def item_of(world: World, name: str) -> Item:
    return world.items.get(name, Item())


def ended_there(world: World, sources: Iterable[str]) -> World:
    """Ended at the provider: of what happened before nobody asks any more."""
    truth, gone = world.truth, frozenset(sources)
    about = {EVERY, *gone} if truth.alive <= gone else gone
    world = world.settling(name for name in truth.happened if truth.events[name].source in about)
    return world.knowing(alive=truth.alive - gone)
