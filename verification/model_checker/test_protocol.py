"""The protocol of DESIGN §4 over every interleaving of small scenarios, and each of its clauses left out."""

import pytest

from verification.model_checker.clauses import Clause
from verification.model_checker.counterexamples import NEEDED_IN, counterexample_without
from verification.model_checker.scenario_list import SCENARIOS


@pytest.mark.parametrize("name", SCENARIOS)
def test_no_interleaving_breaks_an_invariant(name: str) -> None:
    counterexample, states = SCENARIOS[name].explore()
    assert counterexample is None, str(counterexample)
    assert states > 1


@pytest.mark.parametrize("clause", NEEDED_IN, ids=lambda clause: clause.name)
def test_without_a_clause_something_goes_wrong(clause: Clause) -> None:
    counterexample = counterexample_without(clause)
    assert counterexample is not None, clause.value
    assert counterexample.invariant.startswith(f"{NEEDED_IN[clause][1]}:"), str(counterexample)


def test_no_clause_goes_without_its_counterexample() -> None:
    assert set(NEEDED_IN) == set(Clause)
