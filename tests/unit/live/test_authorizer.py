"""What the authorizer lets through: a valid ticket connects, and opens its own channel alone."""

from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.drivers.api_calls import LambdaContext
from tests.support.drivers.output import capture_output
from tests.support.fakes.clock import StoppedClock
from tests.unit.live.conftest import Keys
from tidings import clock, concurrency
from tidings.concurrency import remaining_s
from tidings.live import authorizer
from tidings.live.channels import channel_name, channel_path
from tidings.live.tickets import LIFETIME_S, issue_ticket

NOW = 1_790_000_000_000
REFUSED = {"isAuthorized": False, "ttlOverride": 0}
ALLOWED = {"isAuthorized": True, "ttlOverride": 0}


@pytest.fixture(autouse=True)
def stopped_clock(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> StoppedClock:
    stopped = StoppedClock(NOW)
    monkeypatch.setattr(clock, "now_ms", stopped.now_ms)
    return stopped


def decide(operation: object, channel: object = None, ticket: object = None) -> Any:  # noqa: ANN401 - the response
    """Ask as AppSync does. By default with a valid ticket of Alice."""
    event = {
        "authorizationToken": alices_ticket() if ticket is None else ticket,
        "requestContext": {
            "apiId": "api",
            "accountId": "111122223333",
            "requestId": "request",
            "operation": operation,
            "channelNamespaceName": "updates" if channel else None,
            "channel": channel,
        },
        "requestHeaders": {},
    }
    return authorizer.handle(event, LambdaContext())


def alices_ticket() -> str:
    return issue_ticket(channel_name("alice"), NOW)[0]


OWN, FOREIGN = "alice", "bob"


def path(user_id: str) -> str:
    return channel_path(channel_name(user_id))


def test_valid_ticket_connects_and_opens_its_own_channel() -> None:
    assert decide("EVENT_CONNECT") == ALLOWED
    assert decide("EVENT_SUBSCRIBE", path(OWN)) == ALLOWED


def test_connection_may_come_without_the_names_of_a_channel() -> None:
    """AppSync's documents show them as null; what it sends leaves them out."""
    asked = {"authorizationToken": alices_ticket(), "requestContext": {"operation": "EVENT_CONNECT"}}
    assert authorizer.handle(asked, LambdaContext()) == ALLOWED
    asked["requestContext"] = {"operation": "EVENT_SUBSCRIBE"}
    assert authorizer.handle(asked, LambdaContext()) == REFUSED


@pytest.mark.threat(id="foreign-channel")
def test_every_other_channel_is_refused() -> None:
    own = path(OWN)
    others = [
        *(path(FOREIGN), "*", "/*", "/updates", "/updates/", "/updates/*", f"{own}/*", f"{own}/", f"{own}/deeper"),
        *(own.upper(), own[1:], f"/{own}", own[:-1], f"{own} ", f"{own}\n", own.replace("/updates/", "/default/")),
        *(None, "", 0, [own], {"channel": own}),
    ]
    assert [channel for channel in others if decide("EVENT_SUBSCRIBE", channel) != REFUSED] == []


@pytest.mark.threat(id="foreign-channel")
def test_a_connection_allows_no_other_channel_since_no_decision_may_be_reused() -> None:
    """AppSync caches by token: one that it may reuse for a connect would let the same token subscribe anywhere."""
    ticket = alices_ticket()
    decisions = [decide("EVENT_CONNECT", ticket=ticket), decide("EVENT_SUBSCRIBE", path(FOREIGN), ticket)]
    assert [one["isAuthorized"] for one in decisions] == [True, False]
    assert {one["ttlOverride"] for one in decisions} == {0}


@pytest.mark.threat(id="forged-nudge")
@pytest.mark.parametrize("operation", ["EVENT_PUBLISH", "event_connect", "", None, 1])
def test_valid_ticket_opens_no_other_operation(operation: object) -> None:
    assert decide(operation, path(OWN)) == REFUSED


@pytest.mark.threat(id="forged-ticket")
@pytest.mark.parametrize("ticket", ["", "v1", "Bearer token", 0, [], {}])
@pytest.mark.parametrize("operation", ["EVENT_CONNECT", "EVENT_SUBSCRIBE"])
def test_request_without_a_ticket_is_refused(operation: str, ticket: object) -> None:
    assert decide(operation, path(OWN), ticket) == REFUSED


@pytest.mark.threat(id="reused-ticket")
def test_expired_ticket_opens_neither_connection_nor_channel(stopped_clock: StoppedClock) -> None:
    ticket = alices_ticket()
    stopped_clock.advance(LIFETIME_S)
    assert decide("EVENT_CONNECT", ticket=ticket) == decide("EVENT_SUBSCRIBE", path(OWN), ticket) == REFUSED


@pytest.mark.parametrize("event", [{}, {"authorizationToken": "x"}, {"requestContext": None}])
def test_malformed_event_is_refused(event: dict[str, Any]) -> None:
    assert authorizer.handle(event, LambdaContext()) == REFUSED


def test_unreadable_key_refuses_and_counts(keys: Keys, capsys: pytest.CaptureFixture[str]) -> None:
    """Pages then poll as without live updates: no nudge is needed to see new data."""
    ticket = alices_ticket()
    del keys["live_ticket"]
    with capture_output(capsys) as output:
        assert decide("EVENT_CONNECT", ticket=ticket) == REFUSED
        assert output.metric_sum("LiveAuthorizerFailed") == 1
        assert output.metric_sum("Refused", problem="store-unavailable") == 1
        assert (output.metric_sum("Failed"), output.metric_sum("LiveRefused")) == (0, 0)
        assert ticket not in output.text


def test_malformed_event_counts_as_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    with capture_output(capsys) as output:
        authorizer.handle({}, LambdaContext())
        assert (output.metric_sum("LiveAuthorizerFailed"), output.metric_sum("Failed")) == (1, 1)
        assert output.metric_sum("Refused") == 0


def test_refusal_is_counted_without_the_ticket(capsys: pytest.CaptureFixture[str]) -> None:
    ticket = alices_ticket()
    with capture_output(capsys) as output:
        decide("EVENT_SUBSCRIBE", path(FOREIGN), ticket)
        assert output.metric_sum("LiveRefused") == 1
        assert ticket not in output.text
        decide("EVENT_CONNECT")
        assert output.metric_sum("LiveRefused") == 1, "what is allowed is not counted"


def test_decision_ends_before_appsync_stops_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[float] = []
    monkeypatch.setattr(concurrency, "time", SimpleNamespace(monotonic=lambda: 100.0))
    monkeypatch.setattr(authorizer, "verify_ticket", lambda *_: left.append(remaining_s()))
    decide("EVENT_CONNECT")
    assert left == [10 - 2]
