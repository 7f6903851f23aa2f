"""Connecting and disconnecting, killed at any store call: a retry completes the work."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.aws.engine import Engine
from tests.support.drivers.app import App, Linked
from tests.support.drivers.process_pool import Invocation, ProcessPool, request
from tests.support.drivers.user_driver import UserDriver
from tests.support.fakes.clock import ClockAhead
from tests.support.faults.crashes import Flow

pytestmark = pytest.mark.invariant(id="I4")

EXCHANGE = "POST /plaid/exchange-public-token"
PORTAL = "POST /api/snaptrade/create-connection-url"


@dataclass
class Disconnect:
    investor: UserDriver
    linked: list[Linked]
    parameters: dict[str, str]


def test_killed_link_is_completed_by_retry(
    app: App, engine: Engine, process_pool: ProcessPool, ahead: ClockAhead
) -> None:
    def prepare() -> tuple[tuple[UserDriver, Linked], Invocation]:
        ahead.by_s = 0
        investor = UserDriver(app, engine.dynamodb)
        app.providers.reset()
        linked = investor.connects("plaid")
        # Plaid's public tokens can be used once: a later one of the same item stands for the user's second try.
        item = {"item_id": linked.item_id, "access_token": investor.credential(linked)}
        app.providers.plaid("faults", path="/item/public_token/exchange", kind="status", status=200, body=item)
        return (investor, linked), request(EXCHANGE, investor.cookie, body={"public_token": investor.user_id})

    def check(scene: tuple[UserDriver, Linked]) -> None:
        investor, linked = scene
        investor.delivers(linked, investor.announced(linked))
        ahead.by_s = 61
        again = app.request(EXCHANGE, investor.cookie, body={"public_token": investor.user_id})
        assert (again.status, again.json["item_id"]) == (201, linked.item_id)
        assert investor.generation(linked) in {2, 3}
        assert investor.pending("plaid")
        investor.refreshed("plaid")
        assert investor.held()
        assert not investor.pending("plaid")

    assert "Encrypt" in Flow(prepare, check).survives(process_pool)


def test_killed_registration_is_completed_or_reported_lost(
    app: App, engine: Engine, process_pool: ProcessPool, ahead: ClockAhead
) -> None:
    """Killed between SnapTrade's response and the link, the secret is lost: SnapTrade sends it once."""

    def prepare() -> tuple[UserDriver, Invocation]:
        ahead.by_s = 0
        app.providers.reset()
        investor = UserDriver(app, engine.dynamodb)
        return investor, request(PORTAL, investor.cookie, body={})

    def check(investor: UserDriver) -> None:
        registered = bool(app.providers.calls("snaptrade", "/snapTrade/registerUser"))
        stored = bool(investor.state())
        ahead.by_s = 61
        again = app.request(PORTAL, investor.cookie, body={})
        if registered and not stored:
            assert (again.status, again.json["type"]) == (409, "urn:tidings:problem:reconnect-required")
            again = app.request(PORTAL, investor.cookie, body={"replace": True})
        assert again.status == 200, again.text
        assert list(investor.state()) == ["source#snaptrade#*"]
        assert app.request(PORTAL, investor.cookie, body={}).status == 200

    assert "Encrypt" in Flow(prepare, check).survives(process_pool)


@pytest.mark.parametrize(
    ("route", "providers"),
    [
        ("DELETE /plaid/items/{item_id}", ["plaid"]),
        ("DELETE /api/snaptrade/connections/{connection_id}", ["snaptrade"]),
        ("DELETE /connections", ["plaid", "snaptrade"]),
    ],
)
def test_killed_disconnect_is_completed_by_retry(
    app: App, engine: Engine, process_pool: ProcessPool, ahead: ClockAhead, route: str, providers: list[Any]
) -> None:
    def prepare() -> tuple[Disconnect, Invocation]:
        investor = UserDriver(app, engine.dynamodb)
        linked = [investor.holds(provider) for provider in providers]
        names = {"item_id": linked[0].source_id, "connection_id": linked[-1].source_id}
        scene = Disconnect(investor, linked, {name: value for name, value in names.items() if name in route})
        return scene, request(route, investor.cookie, parameters=scene.parameters)

    def check(scene: Disconnect) -> None:
        investor = scene.investor
        investor.held()
        assert app.request(route, investor.cookie, parameters=scene.parameters).status == 204
        assert [investor.source(linked) for linked in scene.linked] == [None] * len(scene.linked)
        assert investor.heads() == {}
        assert investor.parts() == set()
        assert investor.held() == []
        assert not investor.pending()
        for linked in scene.linked:
            assert investor.is_gone_at_provider(linked)
            kept = route == "DELETE /api/snaptrade/connections/{connection_id}"
            assert (investor.item(linked) is not None) == kept

    Flow(prepare, check).survives(process_pool)
