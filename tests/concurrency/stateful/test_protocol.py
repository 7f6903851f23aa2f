"""The product's flows in an order that nobody chose. `make stateful-tests` walks longer, and each time elsewhere."""

import os

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.concurrency.stateful.protocol import Protocol
from tests.concurrency.stateful.provider_events import RefreshScenario
from tests.support.aws.engine import Engine
from tests.support.drivers.app import App
from tests.support.drivers.process_pool import ProcessPool
from tests.support.fakes.clock import ClockAhead

_WALKS = int(os.environ.get("MACHINE_WALKS", "0"))
_SHORT = settings(max_examples=4, stateful_step_count=20, derandomize=True, phases=[Phase.generate])
"""Shrinking would take minutes: a failing walk is reported whole."""
_LONG = settings(max_examples=_WALKS or 1, stateful_step_count=50, print_blob=True)


def test_random_flows_lose_nothing_and_restore_nothing(
    app: App, engine: Engine, process_pool: ProcessPool, ahead: ClockAhead
) -> None:
    class Walk(Protocol):
        stage = RefreshScenario(app, engine, process_pool, ahead)

    chosen = _LONG if _WALKS else _SHORT
    walk = settings(chosen, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Walk, settings=walk)
