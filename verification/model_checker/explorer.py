"""Explore every interleaving of some flows, breadth first, so that a counterexample is a shortest one.

A flow is a generator that yields store calls. Its position is the sequence of results that it received so far.
Positions and worlds are numbered, and the effect of a call on a world is computed once.
"""

from collections.abc import Callable, Generator, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
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


class _Step(NamedTuple):
    label: str
    delta: int
    violation: str | None


class _Violated(Exception):
    """Ends the search: `step` leads to a violation, or, if None, `state` itself breaks an invariant at rest."""

    def __init__(self, state: int, step: _Step | None, invariant: str) -> None:
        super().__init__(invariant)
        self.state, self.step, self.invariant = state, step, invariant


@dataclass
class Explorer:
    """Returns violations by `check`, of any world, and `check_at_rest`, of a world in which every flow has ended.

    A state is one integer: the number of its world, then the position of each flow. A step is an addition.
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
    _steps: dict[int, tuple[_Step, ...]] = field(default_factory=dict)

    def explore(self, world: World) -> Counterexample | None:
        """Return a shortest counterexample, or None. `states` counts the states that were reached."""
        try:
            self._walk(world, None)
        except _Violated:
            return self._rerun_with_trace(world)
        return None

    def _rerun_with_trace(self, world: World) -> Counterexample:
        """Repeat the search and keep the step that led to each state, to reconstruct the path."""
        trace: dict[int, tuple[int, str]] = {}
        try:
            self._walk(world, trace)
        except _Violated as found:
            steps = [found.step.label] if found.step else []
            state = found.state
            while state in trace:
                state, label = trace[state]
                steps.append(label)
            return Counterexample(found.invariant, tuple(reversed(steps)))
        raise AssertionError("the second search took another path")

    def _walk(self, world: World, trace: dict[int, tuple[int, str]] | None) -> None:
        start = self._start(world)
        known, level = {start}, [start]
        shifts = [_BITS * slot for slot in range(len(self.processes))]
        waits = [
            (shift, self._find_predecessor(process, start))
            for shift, process in zip(shifts, self.processes, strict=True)
        ]
        top, steps, positions = _BITS * len(shifts), self._steps, (1 << _BITS) - 1
        while level:
            deeper: list[int] = []
            for state in level:
                if not state & ((1 << top) - 1):
                    self._check_rest(state, state >> top)
                for shift, predecessor in waits:
                    position = state >> shift & positions
                    if position == _ENDED or (predecessor and _must_wait(state, position, predecessor)):
                        continue
                    key = (state >> top) << _BITS | position
                    for step in steps.get(key) or self._steps_of(key, shift, top):
                        if step.violation:
                            self.states = len(known)
                            raise _Violated(state, step, step.violation)
                        after = state + step.delta
                        if after not in known:
                            known.add(after)
                            deeper.append(after)
                            if trace is not None:
                                trace[after] = state, step.label
            level = deeper
            self.states = len(known)

    def _start(self, world: World) -> int:
        state = self._world(world)
        for number in reversed(range(len(self.processes))):
            state = state << _BITS | self._position(number, ())
        return state

    def _find_predecessor(self, process: Process, start: int) -> tuple[int, int, int] | None:
        """Return the process's first position, and the shift and first position of its predecessor."""
        if process.after is None:
            return None
        names = [one.name for one in self.processes]
        shift = _BITS * names.index(process.after)
        mine = start >> _BITS * names.index(process.name) & ((1 << _BITS) - 1)
        return mine, shift, start >> shift & ((1 << _BITS) - 1)

    def _check_rest(self, state: int, world_id: int) -> None:
        violation = self.check_at_rest(self._worlds[world_id])
        if violation:
            raise _Violated(state, None, violation)

    def _steps_of(self, key: int, shift: int, top: int) -> tuple[_Step, ...]:
        world_id, position = key >> _BITS, key & ((1 << _BITS) - 1)
        steps = []
        for label, after, to in self._steps_from(self._worlds[world_id], position):
            number = self._world(after)
            delta = (number - world_id << top) + (to - position << shift)
            steps.append(_Step(label, delta, self._violations[number]))
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


def _must_wait(state: int, position: int, predecessor: tuple[int, int, int]) -> bool:
    mine, shift, others = predecessor
    return position == mine and state >> shift & ((1 << _BITS) - 1) == others


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
