"""A SnapTrade secret replaced or rotated, killed at any store call: a retry succeeds or reports the loss."""

from typing import Any

import pytest

from tests.support.aws.engine import Engine
from tests.support.drivers.api_calls import event
from tests.support.drivers.app import App, Linked
from tests.support.drivers.process_pool import Invocation, ProcessPool, request
from tests.support.drivers.user_driver import UserDriver
from tests.support.fakes.clock import ClockAhead
from tests.support.faults.crashes import Flow

pytestmark = pytest.mark.invariant(id="I4")

PORTAL = "POST /api/snaptrade/create-connection-url"
BACK = {"redirect_uri": "https://app.example.com/back"}
LATER_S = 700
"""All leases have expired, and a refresh deletes orphaned parts."""


def set_secret(app: App, linked: Linked, secret: str) -> None:
    app.providers.snaptrade_simulator.state["users"][linked.item_id]["user_secret"] = secret


def reconnect(app: App, investor: UserDriver) -> None:
    """Connect through the portal, fetch holdings, and find no remains of the old connection."""
    made = app.request(PORTAL, investor.cookie, body=BACK)
    assert made.status == 200, made.text
    _, connection_id = app.providers.snaptrade_portal(made.json["connection_url"])
    app.deliver_all("snaptrade")
    investor.end_cooldowns()
    investor.refreshed("snaptrade")
    assert investor.held()
    assert not investor.pending("snaptrade")
    sources = {entry for entry in investor.state() if entry.startswith("source#")}
    assert sources == {"source#snaptrade#*", f"source#snaptrade#{connection_id}"}
    assert set(investor.heads()) == {f"snaptrade#{connection_id}"}
    assert investor.parts() == investor.named_parts()


def test_killed_credential_replacement_is_completed_by_retry(
    app: App, engine: Engine, process_pool: ProcessPool, ahead: ClockAhead
) -> None:
    def prepare() -> tuple[tuple[UserDriver, Linked], Invocation]:
        ahead.by_s = 0
        app.providers.reset()
        investor = UserDriver(app, engine.dynamodb)
        linked = investor.holds("snaptrade")
        set_secret(app, linked, "lost secret")
        return (investor, linked), request(PORTAL, investor.cookie, body={"replace": True})

    def check(scene: tuple[UserDriver, Linked]) -> None:
        investor, linked = scene
        app.deliver_all("snaptrade")  # the deletion's event, if it came so far
        ahead.by_s = LATER_S
        again = app.request(PORTAL, investor.cookie, body={"replace": True})
        assert again.status == 200, again.text
        assert investor.item(linked) is not None
        reconnect(app, investor)
        assert len(app.providers.calls("snaptrade", "/snapTrade/deleteUser")) <= 2

    assert Flow(prepare, check).survives(process_pool).count("TransactWriteItems") >= 3


def test_killed_secret_rotation_completes_or_reports_loss(
    app: App, engine: Engine, process_pool: ProcessPool, ahead: ClockAhead
) -> None:
    outcomes = set()

    def rotation(investor: UserDriver) -> Invocation:
        route = f"ROTATE /{investor.user_id}"
        return Invocation(route, event(route))

    def prepare() -> tuple[tuple[UserDriver, Linked, str], Invocation]:
        ahead.by_s = 0
        app.providers.reset()
        investor = UserDriver(app, engine.dynamodb)
        linked = investor.holds("snaptrade")
        return (investor, linked, investor.credential(linked)), rotation(investor)

    def check(scene: tuple[UserDriver, Linked, str]) -> None:
        investor, linked, old = scene
        ahead.by_s = LATER_S
        rotated = investor.credential(linked) != old
        stored = (investor.item(linked) or {}).get("credential_version", 0) == 2
        again: Any = app.request(f"ROTATE /{investor.user_id}")
        outcomes.add((rotated, stored, again.status))
        if again.status == 410:
            assert (rotated, stored) == (True, False)
            assert investor.row(linked)["status_reason"] == "credential_lost"
            assert app.request(PORTAL, investor.cookie, body={"replace": True}).status == 200
            reconnect(app, investor)
        else:
            assert again.status == 200
            investor.refreshed("snaptrade")
            assert investor.held()

    Flow(prepare, check).survives(process_pool)
    assert outcomes == {(False, False, 200), (True, False, 410), (True, True, 200)}
