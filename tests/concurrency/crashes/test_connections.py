"""Connecting and disconnecting, killed at any store call: a retry completes the work."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.aws.engine import Engine
from tests.support.drivers.app import App, LinkedSource
from tests.support.drivers.kept_scenarios import KeptScenarios
from tests.support.drivers.process_pool import Invocation, ProcessPool, request_invocation
from tests.support.drivers.user_driver import UserDriver
from tests.support.fakes.clock import ClockAhead
from tests.support.faults.crash_tests import CrashTest

pytestmark = pytest.mark.invariant(id="I4")

EXCHANGE = "POST /plaid/exchange-public-token"
PORTAL = "POST /api/snaptrade/create-connection-url"


@dataclass
class Disconnect:
    user_driver: UserDriver
    linked: list[LinkedSource]
    parameters: dict[str, str]


def test_killed_link_is_completed_by_retry(
    app: App, engine: Engine, process_pool: ProcessPool, ahead: ClockAhead
) -> None:
    def prepare() -> tuple[tuple[UserDriver, LinkedSource], Invocation]:
        ahead.by_s = 0
        user_driver = UserDriver(app, engine.dynamodb)
        app.providers.reset()
        linked = user_driver.connect("plaid")
        # Plaid's public tokens can be used once: a later one of the same item stands for the user's second try.
        item = {"item_id": linked.item_id, "access_token": user_driver.credential(linked)}
        app.providers.plaid("faults", path="/item/public_token/exchange", kind="status", status=200, body=item)
        return (user_driver, linked), request_invocation(
            EXCHANGE, user_driver.cookie, body={"public_token": user_driver.user_id}
        )

    def check(scenario: tuple[UserDriver, LinkedSource]) -> None:
        user_driver, linked = scenario
        user_driver.deliver_webhooks(linked, user_driver.capture_webhooks(linked))
        ahead.by_s = 61
        again = app.request(EXCHANGE, user_driver.cookie, body={"public_token": user_driver.user_id})
        assert (again.status, again.json["item_id"]) == (201, linked.item_id)
        assert user_driver.generation(linked) in {2, 3}
        assert user_driver.pending("plaid")
        user_driver.refresh("plaid")
        assert user_driver.shown_holdings()
        assert not user_driver.pending("plaid")

    assert "Encrypt" in CrashTest(prepare, check).run_all_crashes(process_pool)


def test_killed_registration_is_completed_or_reported_lost(
    app: App, engine: Engine, process_pool: ProcessPool, ahead: ClockAhead
) -> None:
    """Killed between SnapTrade's response and the link, the secret is lost: SnapTrade sends it once."""

    def prepare() -> tuple[UserDriver, Invocation]:
        ahead.by_s = 0
        app.providers.reset()
        user_driver = UserDriver(app, engine.dynamodb)
        return user_driver, request_invocation(PORTAL, user_driver.cookie, body={})

    def check(user_driver: UserDriver) -> None:
        registered = bool(app.providers.calls("snaptrade", "/snapTrade/registerUser"))
        stored = bool(user_driver.state())
        ahead.by_s = 61
        again = app.request(PORTAL, user_driver.cookie, body={})
        if registered and not stored:
            assert (again.status, again.json["type"]) == (409, "urn:tidings:problem:reconnect-required")
            again = app.request(PORTAL, user_driver.cookie, body={"replace": True})
        assert again.status == 200, again.text
        assert list(user_driver.state()) == ["source#snaptrade#*"]
        assert app.request(PORTAL, user_driver.cookie, body={}).status == 200

    assert "Encrypt" in CrashTest(prepare, check).run_all_crashes(process_pool)


@pytest.mark.parametrize(
    ("route", "providers"),
    [
        ("DELETE /plaid/items/{item_id}", ["plaid"]),
        ("DELETE /api/snaptrade/connections/{connection_id}", ["snaptrade"]),
        ("DELETE /connections", ["plaid", "snaptrade"]),
    ],
)
def test_killed_disconnect_is_completed_by_retry(
    app: App, engine: Engine, kept_scenarios: KeptScenarios, process_pool: ProcessPool, route: str, providers: list[Any]
) -> None:
    def new() -> Disconnect:
        user_driver = UserDriver(app, engine.dynamodb)
        linked = [user_driver.link_and_refresh(provider) for provider in providers]
        names = {"item_id": linked[0].source_id, "connection_id": linked[-1].source_id}
        return Disconnect(user_driver, linked, {name: value for name, value in names.items() if name in route})

    def prepare() -> tuple[Disconnect, Invocation]:
        scenario = kept_scenarios.make(new)
        return scenario, request_invocation(route, scenario.user_driver.cookie, parameters=scenario.parameters)

    def check(scenario: Disconnect) -> None:
        user_driver = scenario.user_driver
        user_driver.shown_holdings()
        assert app.request(route, user_driver.cookie, parameters=scenario.parameters).status == 204
        assert [user_driver.source(linked) for linked in scenario.linked] == [None] * len(scenario.linked)
        assert user_driver.heads() == {}
        assert user_driver.parts() == set()
        assert user_driver.shown_holdings() == []
        assert not user_driver.pending()
        kinds = sorted(entry.split("#")[0] for entry in user_driver.history())
        assert kinds == ([] if route == "DELETE /connections" else ["day", "removed"])
        for linked in scenario.linked:
            assert user_driver.is_gone_at_provider(linked)
            kept = route == "DELETE /api/snaptrade/connections/{connection_id}"
            assert (user_driver.item(linked) is not None) == kept

    CrashTest(prepare, check).run_all_crashes(process_pool)
