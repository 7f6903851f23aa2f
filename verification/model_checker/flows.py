"""Describe what runs concurrently: a flow is a generator that yields store calls and receives their results."""

from collections.abc import Callable, Generator, Hashable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from verification.model_checker.worlds import World

Outcomes = Iterable[tuple[str, World, Hashable]]
"""Possible outcomes: a label, the world afterwards, and the flow's result. If there is none, the call must wait."""


class Call(NamedTuple):
    """One atomic step of a flow."""

    name: str
    run: Callable[[World], Outcomes]


Observation = Callable[[World], World]
"""What an observer notes when a flow has ended."""

Flow = Generator[Call, Any, Observation | None]
"""A flow that returns None was refused and starts again."""


@dataclass(frozen=True)
class Process:
    """A named flow. `restarts`: starts again if killed or refused, as a webhook is delivered until it is answered.

    `after`: the process that must begin before this one. Of two equal processes, only one order needs exploring.
    """

    name: str
    flow: Callable[[], Flow]
    restarts: bool = False
    may_crash: bool = True
    after: str | None = None


def run_alone(flow: Flow, world: World) -> World:
    """Run one flow alone, with the first outcome of each call."""
    result: Hashable = None
    try:
        call = next(flow)
        while True:
            _, world, result = next(iter(call.run(world)))
            call = flow.send(result)
    except StopIteration as ended:
        return world if ended.value is None else ended.value(world)
