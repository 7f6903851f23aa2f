"""The explorer, which holds states in arrays, reaches the same states as a plain search."""

import pytest

from verification.model_checker.clauses import ALL_CLAUSES
from verification.model_checker.flows import Process
from verification.model_checker.scenario_list import SCENARIOS
from verification.model_checker.transitions import ENDED, START, ProcessSteps, Worlds, number_of
from verification.model_checker.worlds import World


@pytest.mark.parametrize("name", ["wildcard row restored from a backup", "write conflicts", "two users link"])
def test_explorer_reaches_as_many_states_as_a_plain_search(name: str) -> None:
    scenario = SCENARIOS[name]

    assert scenario.explore()[1] == _count_states(scenario.world, list(scenario.processes(ALL_CLAUSES)))


def _count_states(first: World, processes: list[Process]) -> int:
    worlds = Worlds(lambda _world: None)
    steps = [ProcessSteps(process, worlds) for process in processes]
    predecessors = [number_of(one.after, processes) if one.after else None for one in processes]
    waiting = [(worlds.number(first), (START,) * len(processes))]
    known = set(waiting)
    while waiting:
        world, positions = waiting.pop()
        for number, position in enumerate(positions):
            before = predecessors[number]
            must_wait = before is not None and position == positions[before] == START
            for step in [] if position == ENDED or must_wait else steps[number].steps_from(world, position):
                after = (step.world, (*positions[:number], step.position, *positions[number + 1 :]))
                if after not in known:
                    known.add(after)
                    waiting.append(after)
    return len(known)
