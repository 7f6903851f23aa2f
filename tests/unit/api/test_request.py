"""Parsing an event of API Gateway: the request, its body and its provider."""

import base64
from typing import Any

import pytest

from tests.support.drivers.api_calls import gateway_event
from tidings.api.request import MAX_BODY_BYTES, Request, parse_request
from tidings.api.request_bodies import (
    PlaidCompletionBody,
    PlaidConnectionBody,
    PlaidExchangeBody,
    RefreshBody,
    SnapTradeConnectionBody,
    parse_body,
)
from tidings.errors import BadRequest, PayloadTooLarge, TidingsError


def with_body(body: bytes) -> Request:
    return parse_request(gateway_event("POST /holdings/refresh", raw=body))


def test_event_is_parsed_into_its_parts() -> None:
    request = parse_request(
        {
            "routeKey": "DELETE /plaid/connections/{item_id}",
            "rawPath": "/stage/plaid/connections/a",
            "headers": {"Accept-Encoding": "gzip", "X-OTHER": "Kept"},
            "cookies": ["session_id=a=b", " theme = dark ", "flag"],
            "pathParameters": {"item_id": "a"},
            "queryStringParameters": {"currency": "EUR,USD"},
            "requestContext": {"http": {"method": "delete", "path": "/plaid/connections/a"}},
            "body": "ä",
        }
    )
    assert request == Request(
        route="DELETE /plaid/connections/{item_id}",
        method="DELETE",
        path="/plaid/connections/a",
        headers={"accept-encoding": "gzip", "x-other": "Kept"},
        cookies={"session_id": "a=b", "theme": " dark ", "flag": ""},
        path_parameters={"item_id": "a"},
        query={"currency": "EUR,USD"},
        body="ä".encode(),
    )


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"headers": None, "cookies": None, "pathParameters": None, "queryStringParameters": None, "body": None},
        {"requestContext": {}, "isBase64Encoded": False},
    ],
)
def test_event_without_content_is_an_empty_request(event: dict[str, Any]) -> None:
    assert parse_request(event) == Request("$default", "GET", "/", {}, {}, {}, {}, b"")


def test_path_is_that_of_the_event_if_its_context_has_none() -> None:
    assert parse_request({"rawPath": "/hook"}).path == "/hook"


def test_base64_body_is_decoded() -> None:
    sent = b"\xff\x00{"
    event = {"body": base64.b64encode(sent).decode(), "isBase64Encoded": True}
    assert parse_request(event).body == sent


@pytest.mark.parametrize("body", ["e30", "e3 0=", "****", "ä"])
def test_body_that_is_not_base64_is_refused(body: str) -> None:
    with pytest.raises(BadRequest, match="base64"):
        parse_request({"body": body, "isBase64Encoded": True})


def test_lone_surrogate_in_a_body_is_kept_for_the_parser() -> None:
    assert parse_request({"body": "\ud800"}).body == b"\xed\xa0\x80"


@pytest.mark.parametrize(
    ("route", "provider"),
    [
        ("GET /plaid/holdings", "plaid"),
        ("GET /api/snaptrade/holdings", "snaptrade"),
        ("GET /holdings", None),
        ("GET /snaptrade/holdings", None),
        ("GET /x/plaid/holdings", None),
        ("$default", None),
    ],
)
def test_route_names_its_provider(route: str, provider: str | None) -> None:
    assert parse_request({"routeKey": route}).provider == provider


def test_json_of_a_body_is_an_object() -> None:
    assert with_body(b' {"a": [1]} ').json() == {"a": [1]}
    assert with_body(b"").json() == {}
    assert with_body(b" \r\n").json() == {}


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 20_000, b"[]", b"1", b"null", b'"text"'])
def test_body_that_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequest, match=r"not (a )?JSON"):
        Request("", "", "", {}, {}, {}, {}, body).json()


def test_body_over_the_limit_is_refused_before_it_is_parsed() -> None:
    largest = b"{}".ljust(64 * 1024)
    assert with_body(largest).json() == {}
    with pytest.raises(PayloadTooLarge):
        with_body(largest + b" ").json()


def refused(body: bytes, kind: type[Any]) -> str:
    with pytest.raises(TidingsError) as error:
        parse_body(with_body(body), kind)
    assert isinstance(error.value, BadRequest)
    return error.value.detail


def test_refresh_fetches_what_needs_it_from_all_providers_by_default() -> None:
    body = parse_body(with_body(b'{"unknown": 1}'), RefreshBody)
    assert (body.all, body.paid, body.providers) == (False, False, None)


def test_reconnecting_replaces_nothing_by_default() -> None:
    body = parse_body(with_body(b"{}"), SnapTradeConnectionBody)
    assert (body.replace, body.broker, body.reconnect, body.redirect_uri) == (False, None, None, None)


@pytest.mark.parametrize(
    ("kind", "body", "field"),
    [
        (RefreshBody, b'{"all": 1}', "all"),
        (RefreshBody, b'{"paid": "true"}', "paid"),
        (RefreshBody, b'{"all": 1, "paid": 1, "providers": []}', "all"),
        (RefreshBody, b'{"providers": []}', "providers"),
        (RefreshBody, b'{"providers": ["plaid", "bank"]}', "providers.1"),
        (PlaidConnectionBody, b'{"reconnect": ""}', "reconnect"),
        (PlaidCompletionBody, b"{}", "link_token"),
        (PlaidExchangeBody, b'{"public_token": 7}', "public_token"),
        (SnapTradeConnectionBody, '{"broker": "ä"}'.encode(), "broker"),
        (SnapTradeConnectionBody, b'{"broker": "A B"}', "broker"),
        (SnapTradeConnectionBody, b'{"reconnect": ""}', "reconnect"),
    ],
)
def test_invalid_field_is_named_and_not_quoted(kind: type[Any], body: bytes, field: str) -> None:
    assert refused(body, kind).startswith(f"`{field}`: ")


def test_texts_of_a_body_have_a_largest_length() -> None:
    longest = "a" * 2048
    body = parse_body(with_body(f'{{"public_token": "{longest}"}}'.encode()), PlaidExchangeBody)
    assert body.public_token == longest
    detail = refused(f'{{"public_token": "{longest}a"}}'.encode(), PlaidExchangeBody)
    assert detail == "`public_token`: String should have at most 2048 characters"
    broker = parse_body(with_body(b'{"broker": "' + b"!" * 127 + b'~"}'), SnapTradeConnectionBody).broker
    assert broker == "!" * 127 + "~"
    assert refused(b'{"broker": "' + b"A" * 129 + b'"}', SnapTradeConnectionBody).startswith("`broker`: ")


@pytest.mark.parametrize("character", [" ", "\x7f", "\x1f"])
def test_brokers_name_is_visible_ascii(character: str) -> None:
    assert refused(f'{{"broker": "A\\u{ord(character):04x}"}}'.encode(), SnapTradeConnectionBody)


def test_short_texts_are_accepted() -> None:
    assert parse_body(with_body(b'{"link_token": "x"}'), PlaidCompletionBody).link_token == "x"
    assert parse_body(with_body(b'{"broker": "x"}'), SnapTradeConnectionBody).broker == "x"
    assert parse_body(with_body(b'{"providers": ["plaid"]}'), RefreshBody).providers == ["plaid"]


def test_limit_of_a_body_is_that_of_the_gateway_routes() -> None:
    assert MAX_BODY_BYTES == 65_536
