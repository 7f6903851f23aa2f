"""POST /live-ticket: a ticket for the caller's own channel, if the deployment has live updates."""

import json
from typing import Any

import pytest

from tests.unit.live.conftest import Keys
from tidings import clock
from tidings.api.request import Request
from tidings.errors import LiveUpdatesOff, TooManyRequests
from tidings.live import ticket_endpoint
from tidings.live.channels import channel_name
from tidings.live.tickets import verify_ticket
from tidings.model import User

NOW = 1_790_000_000_999


@pytest.fixture(autouse=True)
def limited(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> list[User]:
    """The users whose tickets were counted."""
    counted: list[User] = []
    monkeypatch.setattr(clock, "now_ms", lambda: NOW)
    monkeypatch.setattr(ticket_endpoint, "current_user", lambda _: User("alice"))
    monkeypatch.setattr(ticket_endpoint, "limit_live_tickets", counted.append)
    monkeypatch.setenv("TIDINGS_LIVE_HTTP_ENDPOINT", "api.live.example")
    monkeypatch.setenv("TIDINGS_LIVE_REALTIME_ENDPOINT", "realtime.live.example")
    return counted


def ask() -> Any:  # noqa: ANN401 - a response
    return ticket_endpoint.handle_request(Request("POST /live-ticket", "POST", "/live-ticket", {}, {}, {}, {}, b""))


def test_ticket_opens_the_callers_channel_for_five_minutes(limited: list[User]) -> None:
    sent = ask()
    body = json.loads(sent["body"])
    ticket = verify_ticket(body.pop("ticket"), NOW)
    assert ticket == (channel_name("alice"), NOW // 1000 + 300)
    assert (sent["statusCode"], body) == (
        200,
        {
            "channel": f"/updates/{channel_name('alice')}",
            "websocket_url": "wss://realtime.live.example/event/realtime",
            "http_host": "api.live.example",
            "expires_at": clock.iso((NOW // 1000 + 300) * 1000),
        },
    )
    assert limited == [User("alice")]


def test_deployment_without_live_updates_gives_none(limited: list[User], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TIDINGS_LIVE_HTTP_ENDPOINT")
    with pytest.raises(LiveUpdatesOff):
        ask()
    assert limited == []


def test_user_over_the_limit_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: User) -> None:
        raise TooManyRequests

    monkeypatch.setattr(ticket_endpoint, "limit_live_tickets", refuse)
    with pytest.raises(TooManyRequests):
        ask()


def test_request_is_answered_before_its_function_is_killed() -> None:
    assert ticket_endpoint.TIME_LIMIT_S == 10 - 2
