"""Explore every interleaving of some flows, breadth first, so that a counterexample is a shortest one.

A flow is a generator that yields store calls. Its position is the sequence of results that it received so far.
Positions and worlds are numbered, and the effect of a call on a world is computed once.
"""

from collections import defaultdict
from collections.abc import Callable, Generator, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
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


class Counterexample(NamedTuple):
    invariant: str
    steps: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join([self.invariant, *(f"  {number}. {step}" for number, step in enumerate(self.steps, 1))])


_ENDED = 0
_BITS = 16
_POSITION = (1 << _BITS) - 1
_ALL_ENDED = 0

Level = dict[int, set[int]]
"""States that are equally far from the first, by the number of their world."""


class _Step(NamedTuple):
    label: str
    world: int
    delta: int
    violation: str | None


class _Slot(NamedTuple):
    """Where a state holds the position of a process, and the same of the process that must begin before."""

    shift: int
    start: int
    predecessor: "_Slot | None"


class _Violated(Exception):
    """Ends the search: `step` leads to a violation, or, if None, `state` itself breaks an invariant at rest."""

    def __init__(self, world: int, state: int, step: _Step | None, invariant: str) -> None:
        super().__init__(invariant)
        self.world, self.state, self.step, self.invariant = world, state, step, invariant


@dataclass
class Explorer:
    """Returns violations by `check`, of any world, and `check_at_rest`, of a world in which every flow has ended.

    A state is the number of its world and one integer with the position of each flow. A step is an addition, made
    at once for all states of a world that have the same position.
    """

    processes: Sequence[Process]
    check: Callable[[World], str | None]
    check_at_rest: Callable[[World], str | None]
    states: int = 0
    _worlds: list[World] = field(default_factory=list)
    _world_ids: dict[World, int] = field(default_factory=dict)
    _violations: list[str | None] = field(default_factory=list)
    _positions: list[tuple[int, tuple[Hashable, ...]]] = field(default_factory=lambda: [(-1, ())])
    _position_ids: dict[tuple[int, tuple[Hashable, ...]], int] = field(default_factory=dict)
    _next: dict[int, Call | Observation | None] = field(default_factory=dict)
    _steps: dict[tuple[int, int], tuple[_Step, ...]] = field(default_factory=dict)

    def explore(self, world: World) -> Counterexample | None:
        """Return a shortest counterexample, or None. `states` counts the states that were reached."""
        try:
            self._walk(world, None)
        except _Violated:
            return self._rerun_with_trace(world)
        return None

    def _rerun_with_trace(self, world: World) -> Counterexample:
        """Repeat the search and keep all levels, to go the path back."""
        levels: list[Level] = []
        try:
            self._walk(world, levels)
        except _Violated as found:
            steps = [found.step.label] if found.step else []
            at, state = found.world, found.state
            for level in reversed(levels[:-1]):
                at, state, label = self._step_before(level, at, state)
                steps.append(label)
            return Counterexample(found.invariant, tuple(reversed(steps)))
        raise AssertionError("the second search took another path")

    def _step_before(self, level: Level, world_id: int, state: int) -> tuple[int, int, str]:
        """Return the state of a level that one step leads from to the given state, and the step's label."""
        for before, states, step in self._steps_from_all(level):
            if step.world == world_id and state - step.delta in states:
                return before, state - step.delta, step.label
        raise AssertionError("no step leads to a state that was reached")

    def _walk(self, world: World, levels: list[Level] | None) -> None:
        level: Level = {self._world(world): {sum(slot.start << slot.shift for slot in self._slots)}}
        known: defaultdict[int, set[int]] = defaultdict(set)
        self.states = 0
        while level:
            if levels is not None:
                levels.append(level)
            for world_id, states in level.items():
                known[world_id] |= states
                if _ALL_ENDED in states:
                    self._check_rest(world_id)
            self.states += sum(map(len, level.values()))
            deeper: defaultdict[int, set[int]] = defaultdict(set)
            for world_id, going, step in self._steps_from_all(level):
                if step.violation:
                    raise _Violated(world_id, going[0], step, step.violation)
                delta = step.delta
                deeper[step.world].update([state + delta for state in going])
            level = {number: new for number, states in deeper.items() if (new := states - known[number])}

    def _steps_from_all(self, level: Level) -> Iterator[tuple[int, list[int], _Step]]:
        """Yield each step from a level, with the world and the states that it begins in."""
        for world_id, states in level.items():
            for slot in self._slots:
                shift, by_position = slot.shift, defaultdict[int, list[int]](list)
                for state in states:
                    by_position[state >> shift & _POSITION].append(state)
                by_position.pop(_ENDED, None)
                if slot.predecessor and slot.start in by_position:
                    by_position[slot.start] = _without_waiting(by_position[slot.start], slot.predecessor)
                for position, going in by_position.items():
                    for step in self._steps_of(world_id, position, shift) if going else ():
                        yield world_id, going, step

    @cached_property
    def _slots(self) -> list[_Slot]:
        names, slots = [process.name for process in self.processes], list[_Slot]()
        for number, process in enumerate(self.processes):
            predecessor = slots[names.index(process.after)] if process.after else None
            slots.append(_Slot(_BITS * number, self._position(number, ()), predecessor))
        return slots

    def _check_rest(self, world_id: int) -> None:
        violation = self.check_at_rest(self._worlds[world_id])
        if violation:
            raise _Violated(world_id, _ALL_ENDED, None, violation)

    def _steps_of(self, world_id: int, position: int, shift: int) -> tuple[_Step, ...]:
        key = world_id, position
        if key not in self._steps:
            steps = []
            for label, after, to in self._steps_from(self._worlds[world_id], position):
                number = self._world(after)
                steps.append(_Step(label, number, (to - position) << shift, self._violations[number]))
            self._steps[key] = tuple(steps)
        return self._steps[key]

    def _steps_from(self, world: World, position: int) -> Iterable[tuple[str, World, int]]:
        number, got = self._positions[position]
        process, call = self.processes[number], self._call(position)
        assert isinstance(call, Call)
        for word, after, result in call.run(world):
            label = f"{process.name}: {call.name}{word and f' -> {word}'}"
            followed = self._position(number, (*got, result))
            ending = self._call(followed)
            if isinstance(ending, Call):
                yield label, after, followed
            elif ending is None:
                yield label, after, self._position(number, ())
            else:
                yield label, ending(after), _ENDED
            if world.crashes and process.may_crash and (_has_written(world, after) or not (got or process.restarts)):
                restarted = self._position(number, ()) if process.restarts else _ENDED
                yield f"{label}, then killed", after._replace(crashes=world.crashes - 1), restarted

    def _call(self, position: int) -> Call | Observation | None:
        if position not in self._next:
            number, got = self._positions[position]
            flow = self.processes[number].flow()
            try:
                call = next(flow)
                for result in got:
                    call = flow.send(result)
                self._next[position] = call
            except StopIteration as ended:
                self._next[position] = ended.value
        return self._next[position]

    def _position(self, number: int, got: tuple[Hashable, ...]) -> int:
        key = (number, got)
        known = self._position_ids.get(key)
        if known is None:
            known = self._position_ids[key] = len(self._positions)
            self._positions.append(key)
        return known

    def _world(self, world: World) -> int:
        known = self._world_ids.get(world)
        if known is None:
            known = self._world_ids[world] = len(self._worlds)
            self._worlds.append(world)
            self._violations.append(self.check(world))
        return known


def _without_waiting(states: list[int], predecessor: _Slot) -> list[int]:
    return [state for state in states if state >> predecessor.shift & _POSITION != predecessor.start]


def _has_written(before: World, after: World) -> bool:
    """Return whether the store changed. A crash after a read equals a crash before it, so it is not explored."""
    return after._replace(truth=before.truth) != before


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
