"""Number the worlds and the positions of each process, and compute the steps between them.

A process's position is the sequence of results that its flow received so far.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import NamedTuple

from verification.model_checker.flows import Call, Observation, Process
from verification.model_checker.worlds import World

ENDED = 0
START = 1
"""The positions with which every process begins and ends."""

_Results = tuple[Hashable, ...]


class Step(NamedTuple):
    """`world` and `position`: the numbers afterwards. `violation`: what is wrong with that world, if anything."""

    label: str
    world: int
    position: int
    violation: str | None


class ProcessSteps:
    """The positions of one process, and its steps."""

    def __init__(self, process: Process, worlds: "Worlds") -> None:
        self._process = process
        self._worlds = worlds
        self._results: list[_Results | None] = [None, ()]
        self._positions: dict[_Results, int] = {(): START}
        self._next: dict[int, Call | Observation | None] = {}

    @property
    def positions(self) -> int:
        """Count the positions so far, the end included."""
        return len(self._results)

    def steps_from(self, world_number: int, position: int) -> list[Step]:
        """List the steps from a world and a position that is not the end."""
        worlds, steps = self._worlds, list[Step]()
        world = worlds.by_number[world_number]
        for label, after, to in self._outcomes(world, position):
            number = world_number if after is world else worlds.number(after)
            steps.append(Step(label, number, to, worlds.violations[number]))
        return steps

    def _outcomes(self, world: World, position: int) -> Iterable[tuple[str, World, int]]:
        process, got, call = self._process, self._results[position], self._following(position)
        assert isinstance(call, Call)
        assert got is not None
        for word, after, result in call.run(world):
            label = f"{process.name}: {call.name}{word and f' -> {word}'}"
            followed = self._position((*got, result))
            ending = self._following(followed)
            if isinstance(ending, Call):
                yield label, after, followed
            elif ending is None:
                yield label, after, START
            else:
                yield label, ending(after), ENDED
            if world.crashes and process.may_crash and (_has_written(world, after) or not (got or process.restarts)):
                restarted = START if process.restarts else ENDED
                yield f"{label}, then killed", after._replace(crashes=world.crashes - 1), restarted

    def _following(self, position: int) -> Call | Observation | None:
        """Return what the flow does after it received the position's results."""
        if position not in self._next:
            flow = self._process.flow()
            try:
                call = next(flow)
                for result in self._results[position] or ():
                    call = flow.send(result)
                self._next[position] = call
            except StopIteration as ended:
                self._next[position] = ended.value
        return self._next[position]

    def _position(self, results: _Results) -> int:
        known = self._positions.get(results)
        if known is None:
            known = self._positions[results] = len(self._results)
            self._results.append(results)
        return known


class Worlds:
    """All worlds that were reached, by their numbers, and what is wrong with each."""

    def __init__(self, check: Callable[[World], str | None]) -> None:
        self.by_number: list[World] = []
        self.violations: list[str | None] = []
        self._check = check
        self._numbers: dict[World, int] = {}

    def number(self, world: World) -> int:
        """Return the world's number; a new world is checked."""
        known = self._numbers.get(world)
        if known is None:
            known = self._numbers[world] = len(self.by_number)
            self.by_number.append(world)
            self.violations.append(self._check(world))
        return known


def number_of(name: str, processes: Sequence[Process]) -> int:
    """Return the place of the process with this name."""
    return [process.name for process in processes].index(name)


def _has_written(before: World, after: World) -> bool:
    """Return whether the store changed. A crash after a read equals a crash before it, so it is not explored."""
    return after is not before and after._replace(truth=before.truth) != before
