"""Plaid's error table (docs/provider-errors.md), mapped once."""

from typing import Any

import pytest

from tidings.errors import (
    BadRequest,
    EndReported,
    ItemGone,
    NotOffered,
    ProviderLimit,
    ProviderMisconfigured,
    ProviderNotReady,
    ReconnectRequired,
    TidingsError,
)
from tidings.http.client import HttpResponse
from tidings.model import StatusChange
from tidings.providers.plaid import client
from tidings.providers.plaid.errors import PlaidError, status_from_object


def error_object(error_type: object, code: object, **more: object) -> dict[str, Any]:
    return {"error_type": error_type, "error_code": code, "error_message": "secret words", **more}


def map_error(
    error_type: object, code: object, status: int = 400, headers: dict[str, str] | None = None
) -> TidingsError:
    return client.error_from_response(HttpResponse(status, headers or {}, error_object(error_type, code)))


ITEM, INPUT, REQUEST = "ITEM_ERROR", "INVALID_INPUT", "INVALID_REQUEST"

TABLE: list[tuple[object, object, type[TidingsError], str | None]] = [
    # the user's
    *((ITEM, code, ReconnectRequired, code.lower()) for code in (
        "ACCESS_NOT_GRANTED", "ADDITIONAL_CONSENT_REQUIRED", "INSUFFICIENT_CREDENTIALS", "INVALID_CREDENTIALS",
        "INVALID_MFA", "INVALID_OTP", "INVALID_SEND_METHOD", "ITEM_LOCKED", "ITEM_LOGIN_REQUIRED",
        "MANUAL_VERIFICATION_REQUIRED", "MFA_NOT_SUPPORTED", "NO_ACCOUNTS", "PASSWORD_RESET_REQUIRED",
        "USER_INPUT_TIMEOUT", "USER_SETUP_REQUIRED", "SOMETHING_NEW", "INVALID_SOMETHING_NEW",
    )),
    (INPUT, "ADDITIONAL_CONSENT_REQUIRED", ReconnectRequired, "additional_consent_required"),
    (None, "ITEM_LOGIN_REQUIRED", ReconnectRequired, "item_login_required"),
    (None, "ITEM_LOCKED", ReconnectRequired, "item_locked"),
    # later
    (ITEM, "PRODUCT_NOT_READY", ProviderNotReady, None),
    (None, "PRODUCT_NOT_READY", ProviderNotReady, None),
    # never for this item: no investments
    *((ITEM, code, NotOffered, code.lower()) for code in (
        "NO_INVESTMENT_ACCOUNTS", "PRODUCTS_NOT_SUPPORTED", "PRODUCT_NOT_SUPPORTED", "PRODUCT_NOT_ENABLED",
    )),
    # never for this item: it has ended
    (INPUT, "INVALID_ACCESS_TOKEN", ItemGone, "gone"),
    (ITEM, "ITEM_NOT_FOUND", ItemGone, "gone"),
    (INPUT, "ITEM_NOT_FOUND", ItemGone, "gone"),
    (ITEM, "ITEM_CONCURRENTLY_DELETED", ItemGone, "gone"),
    (ITEM, "ITEM_NOT_SUPPORTED", ItemGone, "item_not_supported"),
    (ITEM, "USER_PERMISSION_REVOKED", ItemGone, "user_permission_revoked"),
    (INPUT, "USER_PERMISSION_REVOKED", ItemGone, "user_permission_revoked"),
    (ITEM, "INSTITUTION_NO_LONGER_SUPPORTED", ItemGone, "institution_no_longer_supported"),
    *((kind, "INSTITUTION_NO_LONGER_SUPPORTED", EndReported, "institution_no_longer_supported") for kind in (
        "INSTITUTION_ERROR", INPUT, "API_ERROR", "SOMETHING_NEW", None,
    )),
    # ours
    *((INPUT, code, ProviderMisconfigured, None) for code in (
        "DIRECT_INTEGRATION_NOT_ENABLED", "INVALID_ACCOUNT_ID", "INVALID_API_KEYS", "INVALID_INSTITUTION",
        "INVALID_PRODUCT", "INVALID_USER_ID", "UNAUTHORIZED_ENVIRONMENT", "UNAUTHORIZED_ROUTE_ACCESS", "SOMETHING_NEW",
    )),
    *((kind, code, ProviderMisconfigured, None) for kind in (ITEM, None) for code in (
        "INVALID_API_KEYS", "UNAUTHORIZED_ENVIRONMENT",
    )),
    *((REQUEST, code, ProviderMisconfigured, None) for code in (
        "INVALID_BODY", "INVALID_FIELD", "INVALID_HEADERS", "MISSING_FIELDS", "NOT_FOUND", "UNKNOWN_FIELDS",
    )),
    ("INVALID_RESULT", "PLAID_DIRECT_ITEM_IMPORT_RETURNED_INVALID_MFA", ProviderMisconfigured, None),
    # the caller's
    (INPUT, "INVALID_PUBLIC_TOKEN", BadRequest, None),
    (INPUT, "INVALID_LINK_TOKEN", BadRequest, None),
    (INPUT, "INVALID_WEBHOOK_VERIFICATION_KEY_ID", PlaidError, None),
    # too often
    ("RATE_LIMIT_EXCEEDED", "INVESTMENT_HOLDINGS_GET_LIMIT", ProviderLimit, None),
    ("RATE_LIMIT_EXCEEDED", "SOMETHING_NEW", ProviderLimit, None),
    ("RATE_LIMIT_EXCEEDED", None, ProviderLimit, None),
    # outages, whatever the code
    *(("INSTITUTION_ERROR", code, PlaidError, None) for code in (
        "INSTITUTION_DOWN", "INSTITUTION_NOT_AVAILABLE", "INSTITUTION_NOT_RESPONDING", "UNAUTHORIZED_INSTITUTION",
        "ITEM_LOGIN_REQUIRED", "SOMETHING_NEW",
    )),
    *(("API_ERROR", code, PlaidError, None) for code in (
        "INTERNAL_SERVER_ERROR", "PLANNED_MAINTENANCE", "ITEM_NOT_FOUND",
    )),
    *((kind, code, PlaidError, None) for kind in ("OAUTH_ERROR", "SOMETHING_NEW") for code in (
        "ITEM_LOGIN_REQUIRED", "INVALID_API_KEYS", "SOMETHING_NEW",
    )),
    (None, "INSTITUTION_DOWN", PlaidError, None),
    # no valid code
    *((kind, code, PlaidError, None) for kind in (ITEM, INPUT, None, 5) for code in (None, 5, "<script>", "")),
]  # fmt: skip


@pytest.mark.parametrize(("error_type", "code", "error", "reason"), TABLE)
def test_plaid_type_and_code_decide_error_for_any_status(
    error_type: object, code: object, error: type[TidingsError], reason: str | None
) -> None:
    for status in (200, 400, 404, 500):
        mapped = map_error(error_type, code, status=status)
        assert type(mapped) is error
        assert getattr(mapped, "reason", None) == reason
        assert "secret words" not in f"{mapped} {mapped.detail}"
        assert "<" not in mapped.detail


@pytest.mark.parametrize(("error_type", "code", "error", "reason"), TABLE)
def test_plaid_type_and_code_decide_status_of_item(
    error_type: object, code: object, error: type[TidingsError], reason: str | None
) -> None:
    if error is EndReported:
        with pytest.raises(EndReported):
            status_from_object(error_object(error_type, code))
        return
    expected = {
        ReconnectRequired: StatusChange("reconnect_required", reason),
        ItemGone: StatusChange("revoked", reason),
    }
    assert status_from_object(error_object(error_type, code)) == expected.get(error)


@pytest.mark.parametrize("error", [None, [], "text", 5, {}])
def test_item_without_error_object_keeps_status(error: object) -> None:
    assert status_from_object(error) is None


@pytest.mark.parametrize(
    ("status", "error_type"), [(429, "RATE_LIMIT_EXCEEDED"), (400, "RATE_LIMIT_EXCEEDED"), (429, "NEW")]
)
def test_plaid_limit_has_retry_after(status: int, error_type: str) -> None:
    limit = map_error(error_type, "INVESTMENT_HOLDINGS_GET_LIMIT", status, {"retry-after": "17"})
    assert isinstance(limit, ProviderLimit)
    assert limit.retry_after_s == 17
    assert map_error("RATE_LIMIT_EXCEEDED", "RATE_LIMIT", 429).retry_after_s == 60


def test_plaid_says_when_a_product_may_be_ready() -> None:
    waits = [map_error(ITEM, "PRODUCT_NOT_READY", headers=headers) for headers in ({"retry-after": "17"}, {})]
    assert [error.retry_after_s for error in waits] == [17, 60]


def test_oauth_reason_takes_precedence() -> None:
    body = {"error_code": "ITEM_LOGIN_REQUIRED", "error_code_reason": "OAUTH_CONSENT_EXPIRED"}
    mapped = client.error_from_response(HttpResponse(400, {}, body))
    assert isinstance(mapped, ReconnectRequired)
    assert mapped.reason == "oauth_consent_expired"


@pytest.mark.parametrize("body", [None, [], "text", 5])
def test_error_without_body_is_plaid_error(body: object) -> None:
    assert type(client.error_from_response(HttpResponse(502, {}, body))) is PlaidError


def test_only_end_of_item_is_final() -> None:
    finals = {code for kind, code, _, _ in TABLE if getattr(map_error(kind, code), "is_final", False)}
    assert finals == {code for _, code, error, _ in TABLE if error is ItemGone}
