"""Whatever a server does, a call ends by its deadline with a response or a typed error."""

import contextlib
import gzip
import logging
import socket
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.providers.raw_server import RawServer, raw_server, response
from tidings.errors import ProviderError, ProviderMisconfigured, ProviderTimeout
from tidings.http import client as http_client
from tidings.http import connection_pool
from tidings.http.client import HttpResponse

SECRET = "user-secret-in-the-query"


@pytest.fixture
def server() -> Iterator[RawServer]:
    with raw_server() as server:
        yield server


PIECES = 600
"""The pieces of a slow response, a tenth of a second each."""


def call(url: str, deadline_s: float = 60.0, cap_s: float = 60.0) -> HttpResponse:
    return http_client.send_request(
        "GET",
        f"{url}/x?userSecret={SECRET}",
        headers={},
        body=None,
        deadline=time.monotonic() + deadline_s,
        cap_s=cap_s,
    )


def expect_failure(url: str, deadline_s: float = 60.0, cap_s: float = 60.0) -> ProviderError:
    with pytest.raises(ProviderError) as failure:
        call(url, deadline_s, cap_s)
    assert SECRET not in "".join(traceback.format_exception(failure.value)) + repr(failure.value)
    return failure.value


def test_response_decimals_are_exact(server: RawServer) -> None:
    server.pieces = [response(b'{"a": 0.1, "b": 12345678901234567890.123456789, "c": 1e-7}')]
    assert call(server.url).body == {
        "a": Decimal("0.1"),
        "b": Decimal("12345678901234567890.123456789"),
        "c": Decimal("1e-7"),
    }


def test_gzip_response_is_decompressed(server: RawServer) -> None:
    server.pieces = [response(gzip.compress(b'{"a": 1}'), "200 OK", "content-encoding: gzip")]
    assert call(server.url).body == {"a": 1}


def test_chunked_response_is_joined(server: RawServer) -> None:
    server.pieces = [
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
        b'3\r\n{"a\r\n',
        b'4\r\n":1}\r\n0\r\n\r\n',
    ]
    server.pause_s = 0.02
    assert call(server.url).body == {"a": 1}


def test_error_response_keeps_status_and_body(server: RawServer) -> None:
    server.pieces = [response(b'{"error_code": "X"}', "400 Bad Request", "Retry-After: 7")]
    server.closes = False  # a server that closes says so; this one's second answer comes on the kept connection
    answer = call(server.url)
    assert (answer.status, answer.body, answer.retry_after_s()) == (400, {"error_code": "X"}, 7)
    server.pieces = [response(b"<html>", "502 Bad Gateway")]
    assert call(server.url) == HttpResponse(502, {"content-length": "6"}, None)


@pytest.mark.parametrize(
    "body",
    [b"{", b"<html></html>", b'{"a": NaN}', b'{"a": -Infinity}', b"\xff", b"[" * 200_000,
     b'{"a": 1e999999999999999999999}', b'{"a": ' + b"1" * 5000 + b"}"],
)  # fmt: skip
def test_non_json_success_is_error(server: RawServer, body: bytes) -> None:
    server.pieces = [response(body)]
    assert type(expect_failure(server.url)) is ProviderError


@pytest.mark.parametrize(
    "head",
    [b"204 No Content\r\n", b"200 OK\r\ncontent-length: 0\r\n", b"202 Accepted\r\ncontent-length: 0\r\n"],
)
def test_empty_success_has_no_body(server: RawServer, head: bytes) -> None:
    server.pieces = [b"HTTP/1.1 " + head + b"\r\n"]
    answer = call(server.url)
    assert (answer.is_success, answer.body) == (True, None)


def test_chunked_empty_success_has_no_body(server: RawServer) -> None:
    server.pieces = [b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"]
    assert call(server.url).body is None


@pytest.mark.parametrize(
    "pieces",
    [
        [b"HTTP/1.1 200 OK\r\n\r\n"],
        [b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{}"],
        [b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{}"],
        [b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n"],
        [b"HTTP/1.1 200 OK\r\ncontent-le"],
        [b"nonsense\r\n\r\n"],
        [b""],
        [b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\ncontent-encoding: gzip\r\n\r\nnope"],
    ],
)
def test_truncated_response_is_error(server: RawServer, pieces: list[bytes]) -> None:
    server.pieces = pieces
    assert type(expect_failure(server.url)) is ProviderError


@pytest.mark.threat(id="provider-impostor")
@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent", "304 Not Modified"])
def test_redirect_is_not_followed(server: RawServer, status: str) -> None:
    server.pieces = [response(b"{}", status, f"location: {server.url}/elsewhere")]
    assert type(expect_failure(server.url)) is ProviderError
    assert len(server.requests) == 1


def test_unreachable_server_is_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert type(expect_failure(f"http://127.0.0.1:{port}")) is ProviderError


@pytest.mark.threat(id="endless-provider")
@pytest.mark.parametrize(
    "pieces",
    [
        [b""] * PIECES,
        [b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{", *[b""] * PIECES],
        [b"HTTP/1.1 200 OK\r\ncontent-length: 9000\r\n\r\n", *[b"x"] * PIECES],
        [b"HTTP/1.1 200 OK\r\n", *[b"x: y\r\n"] * PIECES],
        [b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", *[b"1\r\nx\r\n"] * PIECES],
    ],
    ids=["silence", "a stall", "a trickle", "a trickle of headers", "a trickle of chunks"],
)
@pytest.mark.parametrize(("deadline_s", "cap_s"), [(0.25, 600.0), (600.0, 0.25)])
def test_slow_server_ends_at_deadline(server: RawServer, pieces: list[bytes], deadline_s: float, cap_s: float) -> None:
    """Not when the server hangs up, a minute later: that would be another error."""
    server.pieces, server.pause_s = pieces, 0.1
    assert type(expect_failure(server.url, deadline_s, cap_s)) is ProviderTimeout


def test_call_past_deadline_is_not_sent(server: RawServer) -> None:
    assert type(expect_failure(server.url, -1.0)) is ProviderTimeout
    assert server.requests == []


@pytest.mark.threat(id="endless-provider")
def test_endless_response_is_cut_off(server: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_client, "MAX_BODY_BYTES", 1000)
    server.pieces = [response(b"[" + b" " * 2000 + b"]")]
    assert "too large" in expect_failure(server.url).detail
    server.pieces = [response(gzip.compress(b" " * 5_000_000), "200 OK", "content-encoding: gzip")]
    assert "too large" in expect_failure(server.url).detail


def test_caller_may_lower_size_limit(server: RawServer) -> None:
    server.pieces, server.closes = [response(b'"' + b"x" * 98 + b'"')], False

    def call_with_limit(max_bytes: int) -> http_client.HttpResponse:
        deadline = time.monotonic() + 60
        return http_client.send_request(
            "GET", server.url, headers={}, body=None, deadline=deadline, max_bytes=max_bytes
        )

    assert call_with_limit(100).status == 200
    with pytest.raises(ProviderError, match="too large"):
        call_with_limit(99)


def test_connection_is_reused_except_after_failure(server: RawServer) -> None:
    server.pieces, server.closes = [response(b"{}")], False
    call(server.url)
    call(server.url)
    server.pieces = [b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"]
    expect_failure(server.url, 0.1)
    server.pieces = [response(b'{"fresh": true}')]
    assert call(server.url).body == {"fresh": True}


def test_idle_connection_is_dropped(server: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    connection_pool.pools.cache_clear()
    server.pieces, server.closes = [response(b"{}")], False
    call(server.url)
    monkeypatch.setattr(connection_pool, "_IDLE_LIMIT_S", 0.0)
    call(server.url)
    assert server.connections == 2


def test_concurrent_calls_keep_each_others_connections(server: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.pieces, server.closes = [response(b"{}")], False
    monkeypatch.setattr(connection_pool, "_IDLE_LIMIT_S", 0.02)
    for _ in range(10):
        time.sleep(0.03)
        with ThreadPoolExecutor(8) as pool:
            assert [answer.body for answer in pool.map(call, [server.url] * 8)] == [{}] * 8


@pytest.mark.parametrize(
    "piece", [response(b"{}"), response(b"{}", "302 Found", "location: /y"), b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n{}"]
)
def test_url_is_never_logged(server: RawServer, piece: bytes, caplog: pytest.LogCaptureFixture) -> None:
    server.pieces = [piece]
    with caplog.at_level(logging.DEBUG), contextlib.suppress(ProviderError):
        call(server.url)
    assert server.requests
    assert SECRET not in caplog.text


@pytest.mark.threat(id="cleartext-key")
@pytest.mark.parametrize("url", ["http://api.snaptrade.com", "ftp://127.0.0.1", "http://127.0.0.1.evil.example"])
def test_secret_is_never_sent_in_clear(url: str) -> None:
    assert type(expect_failure(url)) is ProviderMisconfigured


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 60),
        ({"retry-after": "7"}, 7),
        ({"retry-after": " 0 "}, 1),
        ({"retry-after": "999999999999"}, 86400),
        ({"retry-after": "Tue, 22 Sep 2026 12:00:30 GMT"}, 30),
        ({"retry-after": "2026-09-22T12:00:29.5Z"}, 30),
        ({"retry-after": "2026-09-22T12:00:30+00:00"}, 30),
        ({"retry-after": "Tue, 22 Sep 2026 11:00:00 GMT"}, 1),
        ({"retry-after": "soon"}, 60),
        ({"retry-after": "-5"}, 60),
        ({"retry-after": "\u0663"}, 60),
        ({"x-ratelimit-reset": "12"}, 12),
        ({"retry-after": "soon", "x-ratelimit-reset": "12"}, 12),
        ({"retry-after": "7", "x-ratelimit-reset": "12"}, 7),
        # an instant as an epoch, in seconds or finer
        ({"x-ratelimit-reset": "1790078430"}, 30),
        ({"x-ratelimit-reset": "1790078430.5"}, 31),
        ({"x-ratelimit-reset": "1790078430000"}, 30),
        ({"retry-after": "1790078430"}, 30),
        ({"retry-after": "1790078430000000000"}, 30),
        ({"retry-after": "1790078399"}, 1),
        ({"retry-after": "2000000000"}, 86400),
        ({"retry-after": "1000000000"}, 86400),
        # fractions round up
        ({"retry-after": "1.5"}, 2),
        ({"x-ratelimit-reset": "0.8"}, 1),
        # repeated headers, joined by a proxy
        ({"retry-after": "120, 120"}, 120),
        ({"retry-after": "7,1790078430"}, 30),
        ({"retry-after": "2026-09-22T12:00:30Z, 2026-09-22T12:00:30Z"}, 30),
        ({"retry-after": "Tue, 22 Sep 2026 12:00:30 GMT, Tue, 22 Sep 2026 12:00:30 GMT"}, 30),
        ({"retry-after": "Tue, 22 Sep 2026 12:00:30"}, 30),
        # not understood
        ({"retry-after": "120, soon"}, 60),
        ({"retry-after": ","}, 60),
        ({"retry-after": "1e3"}, 60),
        ({"retry-after": "5 s"}, 60),
        ({"retry-after": "9" * 20}, 60),
        ({"retry-after": "nan"}, 60),
        ({"retry-after": "Sat, 28 Nov 2026 25:61:00 GMT"}, 60),
    ],
)
def test_retry_after_is_parsed(headers: dict[str, str], seconds: int) -> None:
    assert http_client.retry_after_s(headers, 1_790_078_400.0) == seconds


@given(wait=st.integers(1, 86_400), scale=st.sampled_from([1, 10**3, 10**6, 10**9]))
def test_epoch_of_any_resolution_is_an_instant(wait: int, scale: int) -> None:
    reset = str((1_790_078_400 + wait) * scale)
    assert http_client.retry_after_s({"x-ratelimit-reset": reset}, 1_790_078_400.0) == wait


@given(text=st.text(alphabet=st.characters(codec="latin-1"), max_size=60))
def test_no_header_locks_out_for_more_than_a_day(text: str) -> None:
    assert 1 <= http_client.retry_after_s({"retry-after": text}, 1_790_078_400.0) <= 86_400
