"""Every fault, and after it every invariant: some in `make test`, all of them CHAOS_ROUNDS times in `make chaos`."""

import itertools
import os

import pytest

from tests.e2e.faults import counters, invariants, user_journey
from tests.e2e.faults.cloud import FaultyCloud
from tests.e2e.faults.fault import Fault
from tests.e2e.faults.matrix import FAULTS

ROUNDS = int(os.environ.get("CHAOS_ROUNDS", "0"))
"""0: only the faults of `make test`, once."""
_numbers = itertools.count(1)


def _runs() -> list[tuple[int, Fault]]:
    if not ROUNDS:
        return [(0, fault) for fault in FAULTS if fault.short]
    return [(number, fault) for number in range(ROUNDS) for fault in FAULTS]


@pytest.mark.parametrize(("round_number", "fault"), _runs(), ids=lambda value: getattr(value, "name", None))
def test_fault_breaks_no_invariant(faulty: FaultyCloud, fault: Fault, round_number: int) -> None:
    with user_journey.run_journey(faulty, fault, next(_numbers)) as journey:
        invariants.check_all(faulty, journey)
        counters.add(journey)
