"""The protocol holds its invariants in every interleaving of small scenarios, and needs each of its clauses."""

import pytest

from verification.model_checker.clauses import Clause
from verification.model_checker.counterexamples import NEEDED_IN, counterexample_without
from verification.model_checker.scenario_list import SCENARIOS


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario_holds_invariants_in_every_interleaving(name: str) -> None:
    counterexample, states = SCENARIOS[name].explore()
    assert counterexample is None, str(counterexample)
    assert states > 1


@pytest.mark.parametrize("clause", NEEDED_IN, ids=lambda clause: clause.name)
def test_missing_clause_breaks_its_invariant(clause: Clause) -> None:
    counterexample = counterexample_without(clause)
    assert counterexample is not None, clause.value
    assert counterexample.invariant.startswith(f"{NEEDED_IN[clause][1]}:"), str(counterexample)


def test_every_clause_has_a_counterexample() -> None:
    assert set(NEEDED_IN) == set(Clause)
