"""Fuzz the gateway's requests, with unusual values in every place that a caller controls."""

import json
from base64 import b64encode
from typing import Any

from tidings.api import request, request_bodies, response
from tidings.aws import secrets
from tidings.connections import redirect_uri
from tidings.errors import BadRequest, PayloadTooLarge, StoreUnavailable
from tidings.store import sessions
from verification.fuzzer.choices import Choices, one_in, pick
from verification.fuzzer.malformed_texts import UNUSUAL_VALUES, Fields, json_object

BODY_TYPES: tuple[type[request_bodies._Body], ...] = (
    request_bodies.RefreshBody,
    request_bodies.PlaidConnectionBody,
    request_bodies.PlaidCompletionBody,
    request_bodies.PlaidExchangeBody,
    request_bodies.SnapTradeConnectionBody,
)
_BODY: Fields = {
    "all": (b"true", b"false", b'"yes"', b"1"),
    "paid": (b"false", b"true"),
    "providers": (b'["plaid"]', b'["plaid","snaptrade"]', b"[]", b'["other"]', b'{"plaid":1}'),
    "public_token": (b'"public-sandbox-1"', *UNUSUAL_VALUES),
    "link_token": (b'"link-sandbox-1"', *UNUSUAL_VALUES),
    "reconnect": (b'"item"', *UNUSUAL_VALUES),
    "redirect_uri": (
        b'"https://app.example.com/back"',
        b'"https://app.example.com@evil"',
        b'"https://["',
        *UNUSUAL_VALUES,
    ),
    "broker": (b'"ALPACA"', *UNUSUAL_VALUES),
    "replace": (b"true", b'"true"'),
}
_TEXTS = (
    *("", "x", "é", "\ud800", "\0", "a" * 10_000, "=", ";", "session_id", "session_id=", "session_id==", "=x", " a=b "),
    *(
        "session_id=\ud800",
        "session_id=é",
        "session_id=x; session_id=y",
        'W/"x"',
        '"',
        "*",
        "gzip",
        "https://[",
        "null",
    ),
)
_SECRET: Fields = {
    "client_id": (b'"client"', *UNUSUAL_VALUES),
    "consumer_key": (b'"key"', *UNUSUAL_VALUES),
    "webhook_secret": (b'""', *UNUSUAL_VALUES),
}


def parse_request(choices: Choices) -> str:
    """Parse a request: its body, cookies, ETags and redirect URI."""
    sent = _build_event(choices)
    try:
        parsed = request.parse_request(sent)
    except BadRequest:
        return "not base64"
    for value in parsed.cookies.values():
        sessions.session_key(value)
    response.etag_response(parsed, {"a": 1})
    response.decimal_response(parsed, 200, {"a": 1})
    try:
        body = request_bodies.parse_body(parsed, pick(choices, BODY_TYPES))
    except PayloadTooLarge:
        return "too large"
    except BadRequest as rejected:
        response.problem_response(rejected)
        return "rejected"
    address = getattr(body, "redirect_uri", None)
    try:
        redirect_uri.validate_redirect_uri(address)
    except BadRequest:
        return "redirect rejected"
    return "parsed"


def parse_secret(choices: Choices) -> str:
    """Parse the deployment's secret, as an operator may have corrupted it."""
    text = json_object(choices, _SECRET, varied=True).decode("utf-8", "surrogateescape")
    try:
        values = secrets._parse(text)
    except StoreUnavailable:
        return "unreadable"
    assert all(value.encode() for value in values.values())
    return "parsed"


def _build_event(choices: Choices) -> dict[str, Any]:
    body = json_object(choices, _BODY, varied=True)
    encoded = one_in(choices, 2)
    text = b64encode(body).decode() if encoded else body.decode("utf-8", pick(choices, ("replace", "surrogateescape")))
    headers = {pick(choices, ("Origin", "if-none-match", "Accept-Encoding", "é")): pick(choices, _TEXTS) for _ in "ab"}
    whole: dict[str, Any] = {
        "version": "2.0",
        "routeKey": pick(choices, ("POST /holdings/refresh", "$default", "")),
        "rawPath": pick(choices, ("/holdings/refresh", *_TEXTS)),
        "headers": headers,
        "cookies": [pick(choices, _TEXTS) for _ in range(choices.choose_below(4))],
        "pathParameters": {"item_id": pick(choices, _TEXTS)},
        "requestContext": {"http": {"method": pick(choices, ("POST", "get", "")), "path": pick(choices, _TEXTS)}},
        "body": pick(choices, _TEXTS) if one_in(choices, 12) else text,
        "isBase64Encoded": encoded != one_in(choices, 24),
    }
    if one_in(choices, 6):
        del whole[pick(choices, sorted(whole))]
    if one_in(choices, 12):
        whole[pick(choices, ("headers", "cookies", "pathParameters", "body"))] = None
    json.dumps(whole)
    return whole
