"""The kinds of steps that flows are made of."""

from collections.abc import Callable, Generator, Hashable, Iterable
from typing import Any

from verification.model_checker.explorer import Call, Outcomes
from verification.model_checker.worlds import WILDCARD, Item, World

SubFlow = Generator[Call, Any, Any]
"""A part of a flow, and what came of it."""


def conditional_write(name: str, apply: Callable[[World], tuple[World, Any]]) -> Call:
    """A write with one outcome, which the flow gets."""

    def run(world: World) -> Outcomes:
        after, result = apply(world)
        yield str(result), after, result

    return Call(name, run)


def write(name: str, apply: Callable[[World], World]) -> Call:
    """A write whose outcome nobody looks at."""
    return Call(name, lambda world: [("", apply(world), None)])


def consistent_read(name: str, read: Callable[[World], Hashable]) -> Call:
    """A consistent read."""
    return Call(name, lambda world: [("", world, read(world))])


def unchanged(world: World) -> World:
    return world


def item_of(world: World, name: str) -> Item:
    return world.items.get(name, Item())


def disconnect_at_provider(world: World, sources: Iterable[str]) -> World:
    """Ended at the provider: of what happened before nobody asks any more."""
    truth, gone = world.truth, frozenset(sources)
    about = {WILDCARD, *gone} if truth.alive <= gone else gone
    world = world.with_settled(name for name in truth.happened if truth.events[name].source in about)
    return world.with_truth(alive=truth.alive - gone)
