"""A response is measured as Lambda sends it, and compressed or refused if it is too large."""

import base64
import gzip
import json
from decimal import Decimal

import pytest

from tests.support.drivers.api_calls import gateway_event
from tidings.api import response
from tidings.api.request import Request, parse_request
from tidings.errors import (
    CoolingDown,
    InvalidToken,
    NotFound,
    ResponseTooLarge,
    StoreUnavailable,
    TidingsError,
    Unauthenticated,
)

LAMBDA_LIMIT = 6 * 1024 * 1024
ESCAPED = ['"', "\\"]


def request_with(**headers: str) -> Request:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return parse_request(gateway_event("GET /holdings", headers=sent))


PLAIN = request_with()


def test_large_body_is_sent_plain_to_caller_without_gzip() -> None:
    sent = response.decimal_response(PLAIN, 200, "a" * 6_000_000)
    assert sent["body"] == json.dumps("a" * 6_000_000)
    assert len(json.dumps(sent)) < LAMBDA_LIMIT


@pytest.mark.parametrize("character", ESCAPED)
def test_characters_that_lambda_escapes_count_twice(character: str) -> None:
    """In a JSON text such a character is two already, and Lambda's own JSON makes them four, or three."""
    text = character * 1_700_000
    assert len(json.dumps(text)) < LAMBDA_LIMIT - 4096 < len(json.dumps(json.dumps(text)))
    with pytest.raises(ResponseTooLarge):
        response.decimal_response(PLAIN, 200, text)


@pytest.mark.parametrize("character", ["a", *ESCAPED])
def test_largest_response_fits_lambda(character: str) -> None:
    low, high = 0, LAMBDA_LIMIT
    while high - low > 1:
        middle = (low + high) // 2
        try:
            response.decimal_response(PLAIN, 200, character * middle)
            low = middle
        except ResponseTooLarge:
            high = middle
    largest = json.dumps(response.decimal_response(PLAIN, 200, character * low))
    assert LAMBDA_LIMIT - 8192 < len(largest) <= LAMBDA_LIMIT
    if character == "a":
        assert len(json.dumps(json.dumps("a" * low))) - 2 == LAMBDA_LIMIT - 4096, "without the quotes around it"


@pytest.mark.parametrize(("size", "compressed"), [(999_998, False), (999_999, True)])
def test_body_over_a_megabyte_is_compressed(size: int, compressed: bool) -> None:
    sent = response.decimal_response(request_with(accept_encoding="br, gzip"), 201, "a" * size)
    assert sent["statusCode"] == 201
    assert sent.get("isBase64Encoded", False) is compressed
    if compressed:
        assert sent["headers"] == {
            "content-type": "application/json",
            "content-encoding": "gzip",
            "vary": "accept-encoding",
            "cache-control": "private, no-store",
        }
        assert json.loads(gzip.decompress(base64.b64decode(sent["body"]))) == "a" * size


@pytest.mark.parametrize(("size", "compressed"), [(100_000, False), (100_001, True)])
def test_text_with_etag_is_compressed_over_a_tenth_of_a_megabyte(size: int, compressed: bool) -> None:
    sent = response.etag_text_response(request_with(accept_encoding="gzip"), "1" * size)
    plain = response.etag_text_response(PLAIN, "1" * size)
    assert sent.get("isBase64Encoded", False) is compressed
    assert plain["body"] == "1" * size
    assert sent["headers"]["etag"] == plain["headers"]["etag"]


def test_body_that_stays_too_large_compressed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Base64 makes four characters of three bytes."""
    monkeypatch.setattr(gzip, "compress", lambda data, _: data)
    most = (LAMBDA_LIMIT - 4096) // 4 * 3 - 2
    sent = response.decimal_response(request_with(accept_encoding="gzip"), 200, "a" * most)
    assert len(sent["body"]) == LAMBDA_LIMIT - 4096
    with pytest.raises(ResponseTooLarge):
        response.decimal_response(request_with(accept_encoding="gzip"), 200, "a" * (most + 1))


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (Unauthenticated(), 'Bearer realm="tidings"'),
        (InvalidToken("expired"), 'Bearer realm="tidings", error="invalid_token"'),
        (NotFound(), None),
    ],
)
def test_challenge_says_whether_token_is_invalid(
    monkeypatch: pytest.MonkeyPatch, error: TidingsError, expected: str | None
) -> None:
    for issuer in ("https://issuer.example", ""):
        monkeypatch.setenv("OIDC_ISSUER", issuer)
        monkeypatch.setenv("OIDC_AUDIENCE", "tidings")
        headers = response.problem_response(error)["headers"]
        assert headers.get("www-authenticate") == (expected if issuer else None)


def test_decimals_are_written_exactly() -> None:
    body = {"value": Decimal("0.10"), "none": None}
    assert response.decimal_response(PLAIN, 200, body)["body"] == '{"value":0.10,"none":null}'


@pytest.mark.parametrize("known", ["{}", "W/{}", '"other", {}', '{}, "other"'])
def test_known_etag_returns_304_without_body(known: str) -> None:
    first = response.etag_response(PLAIN, {"a": 1, "b": 2})
    etag = first["headers"]["etag"]
    again = response.etag_response(request_with(if_none_match=known.format(etag)), {"a": 1, "b": 2})
    assert again == {"statusCode": 304, "headers": {"etag": etag, "cache-control": "private, no-cache"}}
    changed = response.etag_response(request_with(if_none_match=known.format(etag)), {"a": 2, "b": 2})
    assert (changed["statusCode"], changed["body"]) == (200, '{"a":2,"b":2}')
    assert changed["headers"]["cache-control"] == "private, no-cache"


def test_known_text_returns_304_without_body() -> None:
    etag = response.etag_text_response(PLAIN, "[1]")["headers"]["etag"]
    again = response.etag_text_response(request_with(if_none_match=etag), "[1]")
    assert again == {"statusCode": 304, "headers": {"etag": etag, "cache-control": "private, no-cache"}}
    changed = response.etag_text_response(request_with(if_none_match=etag), "[2]")
    assert (changed["statusCode"], changed["body"]) == (200, "[2]")
    assert changed["headers"] == {
        "content-type": "application/json",
        "cache-control": "private, no-store",
        "etag": changed["headers"]["etag"],
    }
    assert changed["headers"]["etag"] != etag


def test_response_without_body_has_no_content_type() -> None:
    not_stored = {"cache-control": "private, no-store"}
    assert response.json_response(204) == {"statusCode": 204, "headers": not_stored, "body": ""}
    assert response.json_response(200, {"a": [1, 2]}, {"x": "y"}) == {
        "statusCode": 200,
        "headers": {**not_stored, "content-type": "application/json", "x": "y"},
        "body": '{"a":[1,2]}',
    }


@pytest.mark.parametrize(("error", "seconds"), [(CoolingDown(retry_after_s=7), 7), (StoreUnavailable(), 60)])
def test_problem_names_its_wait_twice(error: CoolingDown | StoreUnavailable, seconds: int) -> None:
    sent = response.problem_response(error)
    assert sent["headers"] == {
        "cache-control": "private, no-store",
        "content-type": "application/problem+json",
        "retry-after": str(seconds),
    }
    assert '","' in sent["body"], "no spaces"
    assert json.loads(sent["body"]) == {
        "type": f"urn:tidings:problem:{error.slug}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "retry_after": seconds,
    }


def test_problem_that_no_wait_solves_names_none() -> None:
    sent = response.problem_response(NotFound("No such thing."))
    assert "retry_after" not in json.loads(sent["body"])
    assert "retry-after" not in sent["headers"]


def test_problem_of_a_combined_refresh_has_each_providers_outcome() -> None:
    error = CoolingDown(retry_after_s=7)
    error.outcomes = {"plaid": {"status": "cooling_down"}}
    assert json.loads(response.problem_response(error)["body"])["providers"] == error.outcomes
