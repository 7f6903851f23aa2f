"""Print the number of states of every scenario, and a shortest counterexample for each clause (`make model`)."""

import sys
import time

from verification.model_checker.counterexamples import NEEDED_IN, counterexample_without
from verification.model_checker.large_scenarios import LARGE
from verification.model_checker.scenario_list import SCENARIOS


def main() -> int:
    failures = 0
    for name, scenario in (SCENARIOS | LARGE).items():
        began = time.monotonic()
        counterexample, states = scenario.explore()
        print(f"{states:>12,} states {time.monotonic() - began:6.1f} s  {name}", flush=True)
        if counterexample:
            failures += 1
            print(counterexample)
    for clause in NEEDED_IN:
        counterexample = counterexample_without(clause)
        failures += counterexample is None
        print(f"\nwithout {clause.name} ({clause.value}):\n{counterexample or 'NO COUNTEREXAMPLE'}", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
