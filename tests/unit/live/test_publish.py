"""Publishing a nudge: what is sent, how it is signed, and every way in which it can fail."""

import json
import time
from collections.abc import Iterator

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from tests.support.fakes.product_modules import replace_in_product
from tests.unit.live.conftest import Keys
from tests.unit.live.event_api import EventApi, closing_response, event_api
from tidings.aws.clients import session
from tidings.errors import LiveUpdatesUnavailable, StoreUnavailable
from tidings.http.client import HttpResponse
from tidings.live import publish
from tidings.live.channels import channel_name
from tidings.live.publish import publish_nudge

PUBLISHED = closing_response(b'{"successful": [{"identifier": "1", "index": 0}], "failed": []}')
REFUSED = closing_response(
    b'{"successful": [], "failed": [{"identifier": "1", "index": 0, "code": 400, "errorMessage": "x"}]}'
)


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch, keys: Keys) -> Iterator[EventApi]:
    with event_api(PUBLISHED) as server:
        monkeypatch.setenv("TIDINGS_LIVE_HTTP_ENDPOINT", "live.example.com")
        monkeypatch.setenv("LIVE_PUBLISH_URL", f"{server.url}/event")
        yield server


@pytest.mark.threat(id="reused-ticket")
def test_nudge_is_an_empty_event_on_the_users_channel(api: EventApi) -> None:
    publish_nudge("alice")
    [request] = api.requests
    assert request.line == "POST /event HTTP/1.1"
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.body) == {"channel": f"/updates/{channel_name('alice')}", "events": ["{}"]}
    assert "alice" not in repr(request)


@pytest.mark.threat(id="forged-nudge")
def test_nudge_is_signed_by_the_functions_own_role(api: EventApi) -> None:
    publish_nudge("alice")
    [request] = api.requests
    headers = request.headers
    names = headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    assert {"content-type", "host", "x-amz-date"} <= set(names)
    repeated = AWSRequest("POST", f"{api.url}/event", {name: headers[name] for name in names}, request.body)
    credentials = session().get_credentials()
    assert credentials is not None
    signer = SigV4Auth(credentials, "appsync", "us-east-1")
    repeated.context["timestamp"] = headers["x-amz-date"]
    signature = signer.signature(signer.string_to_sign(repeated, signer.canonical_request(repeated)), repeated)
    assert headers["authorization"].endswith(f"Signature={signature}")
    assert f"Credential={credentials.access_key}/" in headers["authorization"]


@pytest.mark.usefixtures("keys")
def test_deployment_without_live_updates_publishes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "send_request", pytest.fail)
    monkeypatch.setenv("TIDINGS_LIVE_HTTP_ENDPOINT", "")
    publish_nudge("alice")


@pytest.mark.usefixtures("keys")
def test_nudge_goes_over_https_to_the_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    called = []

    def refuse(method: str, url: str, **_: object) -> None:
        called.append((method, url))
        raise LiveUpdatesUnavailable

    monkeypatch.setattr(publish, "send_request", refuse)
    monkeypatch.setenv("TIDINGS_LIVE_HTTP_ENDPOINT", "live.example.com")
    with pytest.raises(LiveUpdatesUnavailable):
        publish_nudge("alice")
    assert called == [("POST", "https://live.example.com/event")]


@pytest.mark.usefixtures("keys")
def test_nudge_is_confirmed_within_three_seconds_and_in_few_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: dict[str, object] = {}
    replace_in_product(monkeypatch, time, monotonic=lambda: 100.0)
    monkeypatch.setattr(publish, "send_request", lambda *_, **more: sent.update(more) or HttpResponse(500, {}, None))
    monkeypatch.setenv("TIDINGS_LIVE_HTTP_ENDPOINT", "live.example.com")
    with pytest.raises(LiveUpdatesUnavailable):
        publish_nudge("alice")
    assert (sent["deadline"], sent["max_bytes"]) == (103, 65_536)


@pytest.mark.parametrize(
    "answer",
    [
        REFUSED,
        closing_response(b"{}", "401 Unauthorized"),
        closing_response(b'{"successful": [{"index": 0}]}', "403 Forbidden"),
        closing_response(b"", "500 Internal Server Error"),
        closing_response(b"[]"),
        closing_response(b"null"),
        closing_response(b"not JSON"),
        closing_response(b"", "302 Found", "location: https://example.com/"),
        PUBLISHED[:-10],
        closing_response(b" " * 100_000),
        b"",
    ],
    ids=["event failed", "401", "403", "500", "list", "null", "text", "redirect", "cut off", "too large", "closed"],
)
def test_nudge_that_is_not_confirmed_is_an_error(api: EventApi, answer: bytes) -> None:
    api.answer = answer
    with pytest.raises(LiveUpdatesUnavailable):
        publish_nudge("alice")


def test_api_that_hangs_is_given_up(api: EventApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "TIMEOUT_S", 0.2)
    api.hangs = True
    with pytest.raises(LiveUpdatesUnavailable):
        publish_nudge("alice")


def test_unreadable_channel_key_is_an_error(api: EventApi, keys: Keys) -> None:
    del keys["live_channel"]
    with pytest.raises(StoreUnavailable):
        publish_nudge("alice")
    assert api.requests == []
