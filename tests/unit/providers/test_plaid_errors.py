"""Plaid's error table, mapped once."""

import pytest

from tidings.errors import (
    BadRequest,
    ItemGone,
    NotOffered,
    ProviderLimit,
    ProviderMisconfigured,
    ProviderNotReady,
    ReconnectRequired,
    TidingsError,
)
from tidings.http.client import HttpResponse
from tidings.providers.plaid import client


def map_error(
    code: object, error_type: str = "ITEM_ERROR", status: int = 400, headers: dict[str, str] | None = None
) -> TidingsError:
    body = {"error_type": error_type, "error_code": code, "error_message": "secret words", "display_message": None}
    return client.error_from_response(HttpResponse(status, headers or {}, body))


@pytest.mark.parametrize(
    ("code", "error"),
    [
        *((code, ReconnectRequired) for code in sorted(client.USER_ACTION)),
        ("PRODUCT_NOT_READY", ProviderNotReady),
        ("NO_INVESTMENT_ACCOUNTS", NotOffered),
        ("PRODUCTS_NOT_SUPPORTED", NotOffered),
        ("PRODUCT_NOT_SUPPORTED", NotOffered),
        ("PRODUCT_NOT_ENABLED", NotOffered),
        ("ITEM_NOT_FOUND", ItemGone),
        ("INVALID_ACCESS_TOKEN", ProviderMisconfigured),
        ("INVALID_API_KEYS", ProviderMisconfigured),
        ("UNAUTHORIZED_ENVIRONMENT", ProviderMisconfigured),
        ("INVALID_PUBLIC_TOKEN", BadRequest),
        ("INVALID_LINK_TOKEN", BadRequest),
        ("INSTITUTION_DOWN", client.PlaidError),
        ("INTERNAL_SERVER_ERROR", client.PlaidError),
        ("SOMETHING_NEW", client.PlaidError),
        (None, client.PlaidError),
        (5, client.PlaidError),
        ("<script>", client.PlaidError),
    ],
)
def test_plaid_code_decides_error_for_any_status(code: object, error: type[TidingsError]) -> None:
    for status in (400, 404, 500):
        mapped = map_error(code, status=status)
        assert type(mapped) is error
        assert "secret words" not in f"{mapped} {mapped.detail}"
        assert "<" not in mapped.detail


@pytest.mark.parametrize(
    ("status", "error_type"), [(429, "RATE_LIMIT_EXCEEDED"), (400, "RATE_LIMIT_EXCEEDED"), (429, "NEW")]
)
def test_plaid_limit_has_retry_after(status: int, error_type: str) -> None:
    limit = map_error("INVESTMENT_HOLDINGS_GET_LIMIT", error_type, status, {"retry-after": "17"})
    assert isinstance(limit, ProviderLimit)
    assert limit.retry_after_s == 17
    assert map_error("RATE_LIMIT", "RATE_LIMIT_EXCEEDED", 429).retry_after_s == 60


def test_oauth_reason_takes_precedence() -> None:
    body = {"error_code": "ITEM_LOGIN_REQUIRED", "error_code_reason": "OAUTH_CONSENT_EXPIRED"}
    mapped = client.error_from_response(HttpResponse(400, {}, body))
    assert isinstance(mapped, ReconnectRequired)
    assert mapped.reason == "oauth_consent_expired"


@pytest.mark.parametrize("body", [None, [], "text", 5])
def test_error_without_body_is_plaid_error(body: object) -> None:
    assert type(client.error_from_response(HttpResponse(502, {}, body))) is client.PlaidError
