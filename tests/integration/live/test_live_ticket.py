"""POST /live-ticket: who gets a ticket, how many, and that it opens the user's own channel."""

import os
import re
from typing import Any

import boto3
import pytest

from tests.support.aws.aws_calls import OperationRecorder
from tests.support.aws.deployment_secrets import put_secret
from tests.support.drivers.api_calls import ApiResponse, LambdaContext
from tests.support.drivers.app import App
from tests.support.drivers.output import Output
from tests.support.fakes.clock import StoppedClock
from tests.support.fakes.issuer import Issuer
from tidings import clock
from tidings.live import authorizer
from tidings.provider_access.rate_limits import CHANGES_PER_MINUTE, LIVE_TICKETS_PER_MINUTE
from tidings.store import rate_counters, sessions

ROUTE = "POST /live-ticket"
HOST = "api.live.example.com"


@pytest.fixture(autouse=True)
def live_updates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDINGS_LIVE_HTTP_ENDPOINT", HOST)
    monkeypatch.setenv("TIDINGS_LIVE_REALTIME_ENDPOINT", "realtime.live.example.com")


@pytest.fixture
def minute(stopped_clock: StoppedClock) -> StoppedClock:
    """The clock, stopped 20 s into a minute."""
    stopped_clock.now += 60_000 - stopped_clock.now % 60_000 + 20_000
    return stopped_clock


def is_subscription_allowed(answered: ApiResponse, channel: str) -> bool:
    asked = {"operation": "EVENT_SUBSCRIBE", "channelNamespaceName": "updates", "channel": channel}
    event = {"authorizationToken": answered.json["ticket"], "requestContext": asked, "requestHeaders": {}}
    return authorizer.handle(event, LambdaContext())["isAuthorized"]


def test_signed_in_user_gets_a_ticket_for_five_minutes(app: App, cookie: str, minute: StoppedClock) -> None:
    answered = app.request(ROUTE, cookie)
    assert answered.status == 200
    body = answered.json
    assert set(body) == {"ticket", "channel", "websocket_url", "http_host", "expires_at"}
    assert re.fullmatch(r"/updates/[0-9a-f]{40}", body["channel"])
    assert body["websocket_url"] == "wss://realtime.live.example.com/event/realtime"
    assert body["http_host"] == HOST
    assert body["expires_at"] == clock.iso(minute.now // 1000 * 1000 + 300_000)
    assert answered.headers["cache-control"] == "private, no-store"
    assert "alice" not in answered.text


@pytest.mark.threat(id="foreign-channel")
def test_ticket_opens_the_users_own_channel_only(app: App, cookie: str) -> None:
    alice, bob = app.request(ROUTE, cookie), app.request(ROUTE, app.sign_in("bob"))
    again = app.request(ROUTE, cookie)
    assert alice.json["channel"] == again.json["channel"] != bob.json["channel"]
    for answered in (alice, again, bob):
        allowed = [
            channel
            for channel in (alice.json["channel"], bob.json["channel"], "/updates/*")
            if is_subscription_allowed(answered, channel)
        ]
        assert allowed == [answered.json["channel"]]


@pytest.mark.parametrize("asked", [{}, {"body": {}}, {"body": {"channel": "/updates/*"}}, {"raw": b"not JSON"}])
def test_body_is_not_needed_and_not_read(app: App, cookie: str, asked: dict[str, Any]) -> None:
    assert app.request(ROUTE, cookie, **asked).status == 200


@pytest.mark.threat(id="outliving-subscription")
def test_ended_session_gets_no_further_ticket(app: App, cookie: str) -> None:
    """A subscription is renewed with a new ticket, so it ends within the hour after its session."""
    assert app.request(ROUTE, cookie).status == 200
    sessions.revoke_session(cookie)
    assert app.request(ROUTE, cookie).status == 401


def test_bearer_token_gets_a_ticket_without_an_origin(app: App, issuer: Issuer) -> None:
    answered = app.request(ROUTE, headers=issuer.bearer())
    assert answered.status == 200
    assert answered.json["channel"] == app.request(ROUTE, app.sign_in()).json["channel"]


def test_deployment_without_live_updates_is_404(
    app: App, cookie: str, monkeypatch: pytest.MonkeyPatch, store_calls: OperationRecorder
) -> None:
    monkeypatch.setenv("TIDINGS_LIVE_HTTP_ENDPOINT", "")
    answered = app.request(ROUTE, cookie)
    assert (answered.status, answered.json["type"]) == (404, "urn:tidings:problem:live-updates-off")
    assert store_calls.operations == ["GetItem"], "a session is still required, and nothing is counted"


@pytest.mark.threat(id="shared-quota")
def test_ticket_beyond_the_limit_is_429_with_retry_after(app: App, cookie: str, minute: StoppedClock) -> None:
    statuses = [app.request(ROUTE, cookie).status for _ in range(LIVE_TICKETS_PER_MINUTE)]
    assert statuses == [200] * 12
    limited = app.request(ROUTE, cookie)
    assert (limited.status, limited.json["type"]) == (429, "urn:tidings:problem:too-many-requests")
    assert limited.headers["retry-after"] == str(limited.json["retry_after"]) == "40"
    assert app.request(ROUTE, app.sign_in("bob")).status == 200
    minute.advance(40)
    assert app.request(ROUTE, cookie).status == 200


def test_tickets_and_changes_of_connections_are_counted_apart(app: App, cookie: str, minute: StoppedClock) -> None:
    assert minute.now
    for _ in range(CHANGES_PER_MINUTE):
        assert app.request("DELETE /connections", cookie).status == 204
    assert app.request("DELETE /connections", cookie).status == 429
    assert app.request(ROUTE, cookie).status == 200


def test_erasure_of_a_user_finds_the_counter_of_tickets(app: App, cookie: str, minute: StoppedClock) -> None:
    app.request(ROUTE, cookie)
    assert rate_counters.rate_counter_keys("alice") == [f"user#alice#live#{minute.now // 60_000}"]


def test_ticket_takes_two_round_trips(app: App, cookie: str, store_calls: OperationRecorder) -> None:
    app.request(ROUTE, cookie)
    assert store_calls.operations == ["GetItem", "UpdateItem"]


def test_key_that_cannot_be_read_is_503(app: App, cookie: str) -> None:
    put_secret("live_ticket", "{}")
    assert app.request(ROUTE, cookie).status == 503


@pytest.mark.parametrize("secret", ["live_ticket", "live_channel"])
def test_generated_keys_stay_out_of_the_response(app: App, cookie: str, secret: str, output: Output) -> None:
    stored = boto3.client("secretsmanager").get_secret_value(SecretId=os.environ[f"{secret.upper()}_SECRET_ID"])
    answered = app.request(ROUTE, cookie)
    assert stored["SecretString"].split('"')[3] not in answered.text + output.text
    assert answered.json["ticket"] not in output.text


@pytest.mark.parametrize(("setting", "said"), [("on", True), ("off", False), ("", False)])
def test_poll_says_whether_there_are_live_updates(
    app: App, cookie: str, monkeypatch: pytest.MonkeyPatch, setting: str, said: bool, store_calls: OperationRecorder
) -> None:
    monkeypatch.setenv("LIVE_UPDATES", setting)
    answered = app.request("GET /pending-updates", cookie)
    assert answered.json["live"] is said
    assert store_calls.operations == ["GetItem", "Query"], "as many calls as without"
    tagged = {"if-none-match": answered.headers["etag"]}
    assert app.request("GET /pending-updates", cookie, headers=tagged).status == 304
    assert "live" not in app.request("GET /plaid/pending-updates", cookie).json


def test_etag_changes_with_live_alone(app: App, cookie: str, monkeypatch: pytest.MonkeyPatch) -> None:
    etags = []
    for setting in ("off", "on"):
        monkeypatch.setenv("LIVE_UPDATES", setting)
        etags += [app.request("GET /pending-updates", cookie).headers["etag"] for _ in range(2)]
    assert etags[0] == etags[1] != etags[2] == etags[3]
