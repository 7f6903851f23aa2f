"""A SnapTrade secret replaced or rotated, killed at any store call: a retry succeeds or reports the loss."""

from typing import Any

import pytest

from tests.support.aws.engine import Engine
from tests.support.drivers.api_calls import gateway_event
from tests.support.drivers.app import App, LinkedSource
from tests.support.drivers.kept_scenarios import KeptScenarios
from tests.support.drivers.process_pool import Invocation, ProcessPool, request_invocation
from tests.support.drivers.user_driver import UserDriver
from tests.support.fakes.clock import ClockAhead
from tests.support.faults.crash_tests import CrashTest

pytestmark = pytest.mark.invariant(id="I4")

PORTAL = "POST /api/snaptrade/create-connection-url"
BACK = {"redirect_uri": "https://app.example.com/back"}
LATER_S = 700
"""All leases have expired, and a refresh deletes orphaned parts."""


def set_secret(app: App, linked: LinkedSource, secret: str) -> None:
    app.providers.snaptrade_simulator.state["users"][linked.item_id]["user_secret"] = secret


def reconnect(app: App, user_driver: UserDriver) -> None:
    """Connect through the portal, fetch holdings, and find no remains of the old connection."""
    made = app.request(PORTAL, user_driver.cookie, body=BACK)
    assert made.status == 200, made.text
    _, connection_id = app.providers.snaptrade_portal(made.json["connection_url"])
    app.deliver_all("snaptrade")
    user_driver.end_cooldowns()
    user_driver.refresh("snaptrade")
    assert user_driver.shown_holdings()
    assert not user_driver.pending("snaptrade")
    sources = {entry for entry in user_driver.state() if entry.startswith("source#")}
    assert sources == {"source#snaptrade#*", f"source#snaptrade#{connection_id}"}
    assert set(user_driver.heads()) == {f"snaptrade#{connection_id}"}
    assert user_driver.parts() == user_driver.referenced_parts()


def test_killed_credential_replacement_is_completed_by_retry(
    app: App, engine: Engine, kept_scenarios: KeptScenarios, process_pool: ProcessPool, ahead: ClockAhead
) -> None:
    def new() -> tuple[UserDriver, LinkedSource]:
        user_driver = UserDriver(app, engine.dynamodb)
        linked = user_driver.link_and_refresh("snaptrade")
        set_secret(app, linked, "lost secret")
        return user_driver, linked

    def prepare() -> tuple[tuple[UserDriver, LinkedSource], Invocation]:
        scenario = kept_scenarios.make(new)
        return scenario, request_invocation(PORTAL, scenario[0].cookie, body={"replace": True})

    def check(scenario: tuple[UserDriver, LinkedSource]) -> None:
        user_driver, linked = scenario
        app.deliver_all("snaptrade")  # the deletion's event, if it came so far
        ahead.by_s = LATER_S
        again = app.request(PORTAL, user_driver.cookie, body={"replace": True})
        assert again.status == 200, again.text
        assert user_driver.item(linked) is not None
        reconnect(app, user_driver)
        assert len(app.providers.calls("snaptrade", "/snapTrade/deleteUser")) <= 2

    assert CrashTest(prepare, check).run_all_crashes(process_pool).count("TransactWriteItems") >= 3


def test_killed_secret_rotation_completes_or_reports_loss(
    app: App, engine: Engine, kept_scenarios: KeptScenarios, process_pool: ProcessPool, ahead: ClockAhead
) -> None:
    outcomes = set()

    def rotation(user_driver: UserDriver) -> Invocation:
        route = f"ROTATE /{user_driver.user_id}"
        return Invocation(route, gateway_event(route))

    def new() -> tuple[UserDriver, LinkedSource, str]:
        user_driver = UserDriver(app, engine.dynamodb)
        linked = user_driver.link_and_refresh("snaptrade")
        return user_driver, linked, user_driver.credential(linked)

    def prepare() -> tuple[tuple[UserDriver, LinkedSource, str], Invocation]:
        scenario = kept_scenarios.make(new)
        return scenario, rotation(scenario[0])

    def check(scenario: tuple[UserDriver, LinkedSource, str]) -> None:
        user_driver, linked, old = scenario
        ahead.by_s = LATER_S
        rotated = user_driver.credential(linked) != old
        stored = (user_driver.item(linked) or {}).get("credential_version", 0) == 2
        again: Any = app.request(f"ROTATE /{user_driver.user_id}")
        outcomes.add((rotated, stored, again.status))
        if again.status == 410:
            assert (rotated, stored) == (True, False)
            assert user_driver.source_row(linked)["status_reason"] == "credential_lost"
            assert app.request(PORTAL, user_driver.cookie, body={"replace": True}).status == 200
            reconnect(app, user_driver)
        else:
            assert again.status == 200
            user_driver.refresh("snaptrade")
            assert user_driver.shown_holdings()

    CrashTest(prepare, check).run_all_crashes(process_pool)
    assert outcomes == {(False, False, 200), (True, False, 410), (True, True, 200)}
