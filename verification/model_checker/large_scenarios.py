"""List the scenarios that only `make model` explores."""

from verification.model_checker import scenarios as s
from verification.model_checker.scenario_list import SECOND_UPDATE, UPDATE
from verification.model_checker.scenarios import Scenario

LARGE = {
    "everything at once, with clock skew and a third update": Scenario(
        s.linked_plaid(crashes=1).with_truth(clocks_agree=False),
        lambda clauses: [
            s.refreshes(clauses, "first", skew=1),
            s.refreshes(clauses, "second", after="first", waits=(0, 1, 2)),
            s.delivers(clauses, UPDATE),
            s.delivers(clauses, SECOND_UPDATE, after="update"),
            s.delivers(clauses, s.update("third update"), after="second update"),
            s.relinks(clauses),
        ],
    ),
}
