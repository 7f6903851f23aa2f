"""What a call sends, how long it may take, and where it may go."""

import http.client
import ssl
import time
from types import SimpleNamespace
from typing import Any

import pytest
from urllib3.exceptions import NewConnectionError, ProtocolError, ReadTimeoutError

from tidings import concurrency
from tidings.concurrency import limit_time
from tidings.errors import ProviderError, ProviderMisconfigured, ProviderTimeout
from tidings.http import client as http_client
from tidings.http import connection_pool
from tidings.http.client import HttpResponse

NOW = 100.0
NO_POOL: Any = None
LARGEST = 32 * 1024 * 1024


class Pool:
    """The connections: what was requested, and how it is answered. `size`: of a body in place of `body`."""

    def __init__(self) -> None:
        self.requests: list[tuple[tuple[str, ...], dict[str, Any]]] = []
        self.error: Exception | None = None
        self.status = 200
        self.body = b"{}"
        self.size = 0
        self.deadlines: list[float] = []
        self.ended: list[str] = []

    def request(self, *named: str, **sent: Any) -> Any:  # noqa: ANN401 - urllib3's
        self.requests.append((named, sent))
        if self.error:
            raise self.error
        self.deadlines.append(connection_pool.deadline.get())
        return self

    @property
    def headers(self) -> dict[str, str]:
        return {"Content-Length": "2", "X-Other": "Kept"}

    def read(self, most: int) -> bytes:
        if self.size:
            taken, self.size = min(most, self.size), max(0, self.size - most)
            return b"x" * taken
        taken_body, self.body = self.body[:most], self.body[most:]
        return taken_body

    def close(self) -> None:
        self.ended.append("closed")

    def release_conn(self) -> None:
        self.ended.append("released")


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Pool:
    pool = Pool()
    monkeypatch.setattr(connection_pool, "pools", lambda: SimpleNamespace(pool_manager=lambda: pool))
    stopped = SimpleNamespace(monotonic=lambda: NOW, time=time.time)
    for module in (http_client, connection_pool, concurrency):
        monkeypatch.setattr(module, "time", stopped)
    return pool


def send(url: str = "https://provider.example/x", deadline: float = NOW + 60, **more: Any) -> HttpResponse:  # noqa: ANN401
    return http_client.send_request("GET", url, headers={}, body=None, deadline=deadline, **more)


def test_call_sends_its_method_body_and_headers(pool: Pool) -> None:
    http_client.send_request(
        "POST", "https://provider.example/x", headers={"x-key": "k", "accept": "text/csv"}, body=b"{}", deadline=NOW + 9
    )
    [(named, sent)] = pool.requests
    assert (named, sent["body"]) == (("POST", "https://provider.example/x"), b"{}")
    assert sent["headers"] == {
        "accept": "text/csv",
        "accept-encoding": "gzip",
        "user-agent": "tidings",
        "x-key": "k",
    }
    send()
    assert pool.requests[1][1]["headers"]["accept"] == "application/json"


@pytest.mark.parametrize(
    ("deadline_s", "cap_s", "work_s", "expected"),
    [
        (60, None, None, 20),
        (60, 5, None, 5),
        (4, 5, None, 4),
        (60, 5, 3.5, 3.5),
        (2, None, None, 2),
        (60, 40, None, 40),
    ],
)
def test_call_ends_with_the_first_of_its_limits(
    pool: Pool, deadline_s: float, cap_s: float | None, work_s: float | None, expected: float
) -> None:
    cap: dict[str, Any] = {} if cap_s is None else {"cap_s": cap_s}
    with limit_time(3600 if work_s is None else work_s):
        send(deadline=NOW + deadline_s, **cap)
    timeout = pool.requests[0][1]["timeout"]
    assert (timeout.read_timeout, pool.deadlines) == (expected, [NOW + expected])
    assert timeout.connect_timeout == min(3, expected), "a host that can't be reached is left early"


def test_deadline_of_a_call_is_that_calls_alone(pool: Pool) -> None:
    send(deadline=NOW + 1)
    assert connection_pool.deadline.get(None) is None


@pytest.mark.parametrize("deadline", [NOW, NOW - 1])
def test_call_without_time_is_not_sent(pool: Pool, deadline: float) -> None:
    with pytest.raises(ProviderTimeout):
        send(deadline=deadline)
    assert pool.requests == []


def test_answer_is_read_up_to_its_limit(pool: Pool) -> None:
    pool.size, pool.body = LARGEST, b""
    assert send(parse=len).body == LARGEST
    pool.size = LARGEST + 1
    with pytest.raises(ProviderError, match="too large"):
        send(parse=len)
    assert pool.ended == ["closed", "released"] * 2, "even if the response is too large"


@pytest.mark.parametrize(("status", "is_success"), [(199, False), (200, True), (299, True), (404, False)])
def test_only_a_2xx_is_a_success(pool: Pool, status: int, is_success: bool) -> None:
    pool.status = status
    found = send()
    assert (found.status, found.is_success) == (status, is_success)
    assert not HttpResponse(300, {}, None).is_success


@pytest.mark.parametrize("status", [300, 304, 399])
def test_redirect_of_any_kind_is_an_error(pool: Pool, status: int) -> None:
    pool.status = status
    with pytest.raises(ProviderError, match="redirect"):
        send()


@pytest.mark.parametrize("status", [400, 404, 500])
def test_error_without_json_has_no_body(pool: Pool, status: int) -> None:
    pool.status, pool.body = status, b"<html>"
    assert send().body is None


@pytest.mark.parametrize("body", [b"<html>", b"{", b"NaN"])
def test_success_without_json_is_an_error(pool: Pool, body: bytes) -> None:
    pool.body = body
    with pytest.raises(ProviderError, match="not JSON"):
        send()


@pytest.mark.parametrize("body", [b"", b" \r\n"])
def test_declared_empty_body_is_none(pool: Pool, body: bytes) -> None:
    pool.body = body
    assert send().body is None


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (TimeoutError(), ProviderTimeout),
        (ReadTimeoutError(NO_POOL, "/x", "slow"), ProviderTimeout),
        (ConnectionResetError(), ProviderError),
        (ssl.SSLError(), ProviderError),
        (http.client.BadStatusLine("nonsense"), ProviderError),
        (ProtocolError("cut off"), ProviderError),
        (NewConnectionError(NO_POOL, "refused"), ProviderError),
    ],
    ids=lambda given: type(given).__name__ if isinstance(given, Exception) else "",
)
def test_broken_transport_is_the_providers_error(pool: Pool, error: Exception, kind: type[ProviderError]) -> None:
    pool.error = error
    with pytest.raises(ProviderError) as raised:
        send()
    assert type(raised.value) is kind
    assert raised.value.__suppress_context__, "what the transport says may quote the request"


def test_names_of_headers_are_lower_case(pool: Pool) -> None:
    assert send().headers == {"content-length": "2", "x-other": "Kept"}


def test_response_shows_nothing_of_its_content() -> None:
    assert repr(HttpResponse(200, {"set-cookie": "secret"}, {"token": "secret"})) == "HttpResponse(status=200)"


def test_wait_of_a_response_counts_from_now(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_client, "time", SimpleNamespace(time=lambda: 1_790_078_400.0))
    assert HttpResponse(429, {"retry-after": "1790078430"}, None).retry_after_s() == 30


def test_date_without_a_zone_is_utc_wherever_the_process_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "America/New_York")
        time.tzset()
        wait_s = http_client.retry_after_s({"retry-after": "Tue, 22 Sep 2026 12:00:30"}, 1_790_078_400.0)
    time.tzset()
    assert wait_s == 30


def test_date_with_a_zone_is_in_that_zone() -> None:
    headers = {"retry-after": "Tue, 22 Sep 2026 14:00:30 +0200"}
    assert http_client.retry_after_s(headers, 1_790_078_400.0) == 30


def test_date_outside_the_calendar_is_not_understood() -> None:
    headers = {"retry-after": "Sat, 28 Nov 99999999999999999999 12:00:00 GMT"}
    assert http_client.retry_after_s(headers, 1_790_078_400.0) == 60


@pytest.mark.parametrize(
    "url", ["https://x.example", "https://127.0.0.1", "http://127.0.0.1:9", "http://[::1]:9/x", "http://localhost"]
)
def test_call_is_sent_over_tls_or_to_this_machine(pool: Pool, url: str) -> None:
    assert send(url).status == 200


@pytest.mark.parametrize(
    "url", ["http://x.example", "http://localhost.x.example", "ftp://localhost", "ws://127.0.0.1", "//localhost", ""]
)
def test_call_over_another_transport_is_not_sent(pool: Pool, url: str) -> None:
    with pytest.raises(ProviderMisconfigured):
        send(url)
    assert pool.requests == []
