"""Which routes the connections' function serves, for whom, and which of them are limited."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from tidings import providers
from tidings.api.request import Request
from tidings.aws import secrets
from tidings.connections import disconnect, endpoint, plaid, plaid_exchange, snaptrade, snaptrade_secret
from tidings.errors import NotFound, TooManyRequests
from tidings.model import ProviderName, Source, User
from tidings.store import institutions, user_state
from tidings.store.institutions import Broker
from tidings.store.user_state import UserState

ANN = User("ann")


class World:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.limited: list[User] = []
        self.removed: list[tuple[object, ...]] = []
        self.configured: tuple[ProviderName, ...] = ("plaid", "snaptrade")
        state = UserState((Source("plaid", "item", "item", "link"),), {})
        monkeypatch.setattr(endpoint, "current_user", lambda _: ANN)
        monkeypatch.setattr(endpoint, "limit_connection_changes", self.limited.append)
        monkeypatch.setattr(user_state, "read_user_state", lambda _: state)
        monkeypatch.setattr(disconnect, "disconnect_source", lambda *given: self.removed.append(given))
        monkeypatch.setattr(disconnect, "disconnect_all", lambda *given: self.removed.append(given))
        monkeypatch.setattr(secrets, "app_secret", lambda name: name)
        monkeypatch.setattr(institutions, "read_brokers", lambda name: [Broker("ALPACA", f"Alpaca of {name}")])
        remover = SimpleNamespace(is_configured=lambda name: name in self.configured)
        monkeypatch.setattr(providers, "connection_remover", lambda _: remover)

    def request(self, route: str, **path_parameters: str) -> Any:  # noqa: ANN401 - a response
        method = route.partition(" ")[0]
        return endpoint.handle_request(Request(route, method, "/", {}, {}, path_parameters, {}, b""))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


def test_connections_are_listed_without_limit(world: World) -> None:
    answered = world.request("GET /connections")
    assert answered["statusCode"] == 200
    assert [one["source_id"] for one in json.loads(answered["body"])["connections"]] == ["item"]
    assert world.limited == []


@pytest.mark.parametrize(
    ("route", "parameters", "removed"),
    [
        ("DELETE /connections", {}, (ANN,)),
        ("DELETE /plaid/items/{item_id}", {"item_id": "item"}, (ANN, "plaid", "item")),
        (
            "DELETE /api/snaptrade/connections/{connection_id}",
            {"connection_id": "first"},
            (ANN, "snaptrade", "first"),
        ),
    ],
)
def test_removal_is_limited_and_answers_nothing(
    world: World, route: str, parameters: dict[str, str], removed: tuple[object, ...]
) -> None:
    assert world.request(route, **parameters)["statusCode"] == 204
    assert (world.limited, world.removed) == ([ANN], [removed])


def test_too_many_changes_remove_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: User) -> None:
        raise TooManyRequests

    monkeypatch.setattr(endpoint, "limit_connection_changes", refuse)
    with pytest.raises(TooManyRequests):
        world.request("DELETE /connections")
    assert world.removed == []


def test_unknown_route_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        world.request("GET /unknown")


@pytest.mark.parametrize(
    ("configured", "brokers"),
    [(("plaid", "snaptrade"), ["Alpaca of snaptrade"]), (("plaid",), []), ((), [])],
)
def test_institutions_are_those_of_configured_providers(
    world: World, configured: tuple[ProviderName, ...], brokers: list[str]
) -> None:
    world.configured = configured
    answered = world.request("GET /institutions")
    body = json.loads(answered["body"])
    assert (answered["statusCode"], body["providers"]) == (200, list(configured))
    assert body["institutions"] == [{"provider": "snaptrade", "broker": "ALPACA", "name": name} for name in brokers]


def test_credential_in_hand_is_settled_before_the_request_ends(world: World) -> None:
    """Lambda ends the function after 29 s. The limit of a request must leave time for the response."""
    exchange_s = plaid_exchange.STORE_S + 3 * plaid_exchange.SHORT_WRITE_S + plaid_exchange.END_S
    registration_s = snaptrade_secret.STORE_S + snaptrade_secret.GIVE_UP_S + snaptrade_secret.DELETE_S
    steps_s = (
        plaid.EXCHANGE_UNTIL_S + exchange_s,
        snaptrade.TIMEOUT_S - snaptrade_secret.REGISTER_BEFORE_END_S + registration_s,
    )
    assert world.request("GET /connections")["statusCode"] == 200
    assert max(steps_s) < endpoint.TIME_LIMIT_S < 29
