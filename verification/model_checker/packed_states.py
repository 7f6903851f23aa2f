"""Hold many states in arrays of integers, and make one process's steps from all of them at once.

A state is one integer: the number of its world above the position of each process. A step is an addition.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from verification.model_checker.transitions import ENDED, START, ProcessSteps, Step

Integers = NDArray[np.int64]

_FIRST_WIDTH = 4
_MOST_BITS = 63


class Layout:
    """Where a state holds what: the width of each process's position, the first process lowest."""

    def __init__(self, processes: int) -> None:
        self.widths = [_FIRST_WIDTH] * processes

    @property
    def world_shift(self) -> int:
        return sum(self.widths)

    def shift(self, process: int) -> int:
        return sum(self.widths[:process])

    def first_state(self, world: int) -> Integers:
        """Return the state in which no process has begun."""
        begun = sum(START << self.shift(process) for process in range(len(self.widths)))
        return np.array([(world << self.world_shift) + begun], np.int64)

    def positions(self, states: Integers, process: int) -> Integers:
        return states >> self.shift(process) & ((1 << self.widths[process]) - 1)

    def ended(self, states: Integers) -> list[tuple[int, int]]:
        """Return the states in which every process has ended, with the numbers of their worlds."""
        ended = states[states & ((1 << self.world_shift) - 1) == ENDED]
        return [(state, state >> self.world_shift) for state in ended.tolist()]

    def has_room(self, process: int, positions: int) -> bool:
        return positions <= 1 << self.widths[process]

    def widen(self, process: int, states: Sequence[Integers]) -> list[Integers]:
        """Give the positions of a process one more bit, and return the states so. Their order stays."""
        end = self.shift(process) + self.widths[process]
        self.widths[process] += 1
        return [((one >> end) << (end + 1)) | (one & ((1 << end) - 1)) for one in states]

    def require_room(self, worlds: int) -> None:
        """Raise OverflowError if the number of a world no longer fits."""
        if self.world_shift + worlds.bit_length() > _MOST_BITS:
            raise OverflowError("a state needs more bits than an integer has: make the scenario smaller")


class Going(NamedTuple):
    """States of a level in which a process can make a step. `rows`: which rows of its steps begin there."""

    may_go: NDArray[np.bool_]
    rows: Integers


@dataclass
class Moves:
    """The steps of one process, by world and position. The steps of a row stand one after the other.

    `places`: sorted; a place is a world's number and a position. `predecessor`: the process that must begin before.
    """

    process: int
    steps_of: ProcessSteps
    predecessor: int | None
    steps: list[Step] = field(default_factory=list)
    _places: Integers = field(default_factory=lambda: np.empty(0, np.int64))
    _begin: Integers = field(default_factory=lambda: np.empty(0, np.int64))
    _count: Integers = field(default_factory=lambda: np.empty(0, np.int64))
    _to_world: Integers = field(default_factory=lambda: np.empty(0, np.int64))
    _to_position: Integers = field(default_factory=lambda: np.empty(0, np.int64))
    is_wrong: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, np.bool_))

    def find(self, states: Integers, layout: Layout) -> Going:
        """Find the states in which the process can go on; compute the steps that are not known."""
        positions = layout.positions(states, self.process)
        may_go = positions != ENDED
        if self.predecessor is not None:
            waits = (positions == START) & (layout.positions(states, self.predecessor) == START)
            may_go &= ~waits
        places = (states[may_go] >> layout.world_shift) << _PLACE_BITS | positions[may_go]
        self._learn(places)
        return Going(may_go, np.searchsorted(self._places, places))

    def follow(self, states: Integers, going: Going, layout: Layout) -> tuple[Integers, Integers, Integers]:
        """Return every step from the states: the state before, the state after, and the step's number."""
        before = states[going.may_go]
        counts = self._count[going.rows]
        ends = np.cumsum(counts)
        numbers = np.repeat(self._begin[going.rows] - ends + counts, counts) + np.arange(counts.sum())
        added = (self._to_world << layout.world_shift) + (self._to_position << layout.shift(self.process))
        before = np.repeat(before, counts)
        return before, before + added[numbers], numbers

    def _learn(self, places: Integers) -> None:
        new = distinct(places)
        new = new[~is_in(new, self._places)]
        if not new.size:
            return
        first, counts, to_world, to_position = len(self.steps), [], list[int](), list[int]()
        for place in new.tolist():
            world, position = place >> _PLACE_BITS, place & ((1 << _PLACE_BITS) - 1)
            steps = self.steps_of.steps_from(world, position)
            self.steps += steps
            counts.append(len(steps))
            to_world += [step.world - world for step in steps]
            to_position += [step.position - position for step in steps]
        count = np.array(counts, np.int64)
        at = np.searchsorted(self._places, new)
        self._places = np.insert(self._places, at, new)
        self._begin = np.insert(self._begin, at, first + np.cumsum(count) - count)
        self._count = np.insert(self._count, at, count)
        self._to_world = np.concatenate([self._to_world, np.array(to_world, np.int64)])
        self._to_position = np.concatenate([self._to_position, np.array(to_position, np.int64)])
        self.is_wrong = np.array([step.violation is not None for step in self.steps])


_PLACE_BITS = 32


def distinct(values: Integers) -> Integers:
    """Return the different values, sorted."""
    ordered = np.sort(values)
    is_first = np.ones(ordered.size, np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=is_first[1:])
    return ordered[is_first]


def is_in(values: Integers, known: Integers) -> NDArray[np.bool_]:
    """Return which values a sorted array holds."""
    if not known.size:
        return np.zeros(values.size, np.bool_)
    at = np.searchsorted(known, values)
    at[at == known.size] = 0
    return np.equal(known[at], values)
