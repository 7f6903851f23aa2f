"""Build the atomic steps of which flows consist."""

from collections.abc import Callable, Generator, Hashable, Iterable
from typing import Any

from verification.model_checker.flows import Call, Flow, Outcomes
from verification.model_checker.worlds import WILDCARD, Item, World

SubFlow = Generator[Call, Any, Any]
"""A part of a flow; it returns its outcome."""


def conditional_write(name: str, apply: Callable[[World], tuple[World, Any]]) -> Call:
    """Apply a write and return its outcome to the flow."""

    def run(world: World) -> Outcomes:
        after, result = apply(world)
        yield str(result), after, result

    return Call(name, run)


def write(name: str, apply: Callable[[World], World]) -> Call:
    """Apply a write whose outcome the flow ignores."""
    return Call(name, lambda world: [("", apply(world), None)])


def consistent_read(name: str, read: Callable[[World], Hashable]) -> Call:
    """Read the world, consistently."""
    return Call(name, lambda world: [("", world, read(world))])


def happen_once(call: Call) -> Flow:
    """Let something happen outside the system once, at any time."""
    yield call
    return unchanged


def unchanged(world: World) -> World:
    return world


def item_of(world: World, name: str) -> Item:
    return world.items.get(name, Item())


def disconnect_at_provider(world: World, sources: Iterable[str]) -> World:
    """Remove sources at the provider, which settles their earlier events."""
    truth, gone = world.truth, frozenset(sources)
    about = {WILDCARD, *gone} if truth.alive <= gone else gone
    world = world.with_settled(name for name in truth.happened if truth.events[name].source in about)
    return world.with_truth(alive=truth.alive - gone)
