"""What AppSync, the authorizer or its key fail to do costs a nudge, and nothing that the next poll does not show."""

from collections.abc import Iterator
from typing import Any

import pytest

from functions.announce import handler
from tests.support.aws.deployment_secrets import put_secret
from tests.support.drivers.api_calls import LambdaContext
from tests.support.drivers.app import App, LinkedSource
from tests.support.fakes.clock import StoppedClock
from tests.support.fakes.stream_records import source_image, stream_record
from tests.unit.live.event_api import EventApi, closing_response, event_api

CONFIRMED = closing_response(b'{"successful": [{"identifier": "1", "index": 0}], "failed": []}')
CHANGE = (source_image(generation=3, seen_generation=3), source_image(generation=4, seen_generation=3))


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[EventApi]:
    with event_api(CONFIRMED) as server:
        monkeypatch.setenv("TIDINGS_LIVE_HTTP_ENDPOINT", "live.example.com")
        monkeypatch.setenv("TIDINGS_LIVE_REALTIME_ENDPOINT", "realtime.live.example.com")
        monkeypatch.setenv("LIVE_PUBLISH_URL", f"{server.url}/event")
        monkeypatch.setenv("NOTIFY_QUEUE_URL", "")
        yield server


@pytest.fixture
def updated(app: App, cookie: str, stopped_clock: StoppedClock) -> LinkedSource:
    """A source of Alice that has an update."""
    linked = app.link_and_refresh(cookie, "plaid")
    stopped_clock.advance(61)
    app.trade(linked)
    return linked


def announce() -> list[Any]:
    answered = handler.lambda_handler({"Records": [stream_record(*CHANGE)]}, LambdaContext())
    failures: list[Any] = answered["batchItemFailures"]
    return failures


@pytest.mark.parametrize(
    "answer",
    [
        closing_response(b"{}", "401 Unauthorized"),
        closing_response(b"{}", "429 Too Many Requests"),
        closing_response(b"", "500 Error"),
        b"",
    ],
    ids=["refused", "throttled", "failing", "closed"],
)
@pytest.mark.usefixtures("updated")
def test_update_is_in_the_next_poll_while_appsync_refuses(app: App, cookie: str, api: EventApi, answer: bytes) -> None:
    api.answer = answer
    assert announce(), "the stream is read again"
    assert app.pending(cookie)["has_pending_updates"] is True
    api.answer = CONFIRMED
    assert announce() == [], "and then it is over"
    assert app.pending(cookie)["has_pending_updates"] is True, "a nudge changes nothing"


@pytest.mark.usefixtures("updated")
def test_update_is_in_the_next_poll_while_no_key_can_be_read(app: App, cookie: str, api: EventApi) -> None:
    put_secret("live_channel", "{}")
    put_secret("live_ticket", "{}")
    assert announce()
    assert api.requests == []
    assert app.request("POST /live-ticket", cookie).status == 503
    assert app.pending(cookie)["has_pending_updates"] is True


@pytest.mark.usefixtures("updated")
def test_duplicated_record_sends_another_nudge_and_changes_nothing(app: App, cookie: str, api: EventApi) -> None:
    before = app.pending(cookie)
    assert announce() == announce() == []
    assert len(api.requests) == 2
    assert app.pending(cookie) == before
