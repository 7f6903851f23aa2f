"""The exchange of a public token, killed at any store call: Plaid gives each access token away once."""

from dataclasses import dataclass

import pytest

from tests.support.aws.engine import Engine
from tests.support.drivers import reconcile_queue
from tests.support.drivers.app import App
from tests.support.drivers.plaid_link import create_public_token
from tests.support.drivers.process_pool import Invocation, ProcessPool, request_invocation
from tests.support.drivers.user_driver import UserDriver
from tests.support.fakes.clock import ClockAhead
from tests.support.faults.crash_tests import CrashTest

pytestmark = pytest.mark.invariant(id="I11")

EXCHANGE = "POST /plaid/exchange-public-token"


@dataclass(frozen=True)
class Exchange:
    user_driver: UserDriver
    token: str

    @property
    def was_used(self) -> bool:
        return self.token not in self.user_driver.app.providers.plaid_simulator.state["public_tokens"]

    def repeat(self) -> tuple[int, str]:
        answered = self.user_driver.app.request(EXCHANGE, self.user_driver.cookie, body={"public_token": self.token})
        return answered.status, answered.json.get("item_id") or answered.json["type"].rpartition(":")[2]

    def connections(self) -> list[tuple[str, str, str | None]]:
        listed = self.user_driver.app.connections(self.user_driver.cookie)
        return [(one["source_id"], one["status"], one["status_reason"]) for one in listed]


def prepare(app: App, engine: Engine, ahead: ClockAhead) -> tuple[Exchange, Invocation]:
    ahead.by_s = 0
    app.providers.reset()
    user_driver = UserDriver(app, engine.dynamodb)
    token = create_public_token(app)
    invocation = request_invocation(EXCHANGE, user_driver.cookie, body={"public_token": token})
    return Exchange(user_driver, token), invocation


def is_shown_as_lost(connections: list[tuple[str, str, str | None]]) -> bool:
    return [(status, reason) for _, status, reason in connections] == [("revoked", "not_stored")]


def test_killed_exchange_is_completed_or_reported_lost_by_retry(
    app: App, engine: Engine, process_pool: ProcessPool, ahead: ClockAhead
) -> None:
    outcomes = set()

    def check(scenario: Exchange) -> None:
        was_used, linked = scenario.was_used, scenario.connections()
        ahead.by_s = 61
        outcome = scenario.repeat()
        assert scenario.repeat() == outcome
        if outcome[0] == 201:
            assert scenario.connections() == [(outcome[1], "ok", None)]
            assert len(app.providers.calls("plaid", "/item/public_token/exchange")) == 1
        else:
            assert (outcome, was_used, linked) == ((409, "connection-not-stored"), True, [])
            assert is_shown_as_lost(scenario.connections())
        outcomes.add((was_used, bool(linked), outcome[0]))

    operations = CrashTest(lambda: prepare(app, engine, ahead), check).run_all_crashes(process_pool)
    assert "Encrypt" in operations
    assert outcomes == {(False, False, 201), (True, False, 409), (True, True, 201)}


def test_killed_exchange_that_nobody_repeats_is_found_by_reconciler(
    app: App, engine: Engine, process_pool: ProcessPool, ahead: ClockAhead
) -> None:
    def check(scenario: Exchange) -> None:
        was_used, linked = scenario.was_used, scenario.connections()
        ahead.by_s = 40 * 60
        reconcile_queue.start_run()
        if linked:
            assert scenario.connections() == linked
        elif was_used:
            assert is_shown_as_lost(scenario.connections())

    CrashTest(lambda: prepare(app, engine, ahead), check).run_all_crashes(process_pool)
