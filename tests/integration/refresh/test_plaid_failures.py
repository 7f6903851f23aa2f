"""Refresh outcomes for each Plaid error (https://plaid.com/docs/errors/)."""

import pytest

from tests.support.drivers.app import App
from tests.support.fakes.clock import StoppedClock
from tests.support.faults.provider_failures import (
    MISCONFIGURED,
    NOT_READY,
    OUTAGE,
    TRANSPORT,
    UNUSABLE,
    ExpectedFailure,
    Fault,
    RefreshScenario,
    ended,
    login_required,
    nothing_to_fetch,
    one_of_each_problem,
    rate_limited,
)


def error(error_type: str, code: str, status: int = 400, **headers: str) -> Fault:
    body = {"error_type": error_type, "error_code": code, "error_message": "secret detail", "display_message": None}
    return {"kind": "error", "status": status, "body": body, "headers": headers}


def respond(**changes: object) -> Fault:
    return {
        "kind": "status",
        "status": 200,
        "body": {"accounts": [], "holdings": [], "securities": [], "item": {}} | changes,
    }


TABLE: dict[str, tuple[Fault, ExpectedFailure]] = {
    **TRANSPORT,
    # the user has to act
    "ITEM_LOGIN_REQUIRED": (error("ITEM_ERROR", "ITEM_LOGIN_REQUIRED"), login_required("item_login_required")),
    "ITEM_LOCKED": (error("ITEM_ERROR", "ITEM_LOCKED"), login_required("item_locked")),
    "NO_ACCOUNTS": (error("ITEM_ERROR", "NO_ACCOUNTS"), login_required("no_accounts")),
    "USER_SETUP_REQUIRED": (error("ITEM_ERROR", "USER_SETUP_REQUIRED"), login_required("user_setup_required")),
    "ACCESS_NOT_GRANTED": (error("ITEM_ERROR", "ACCESS_NOT_GRANTED"), login_required("access_not_granted")),
    "ADDITIONAL_CONSENT_REQUIRED": (
        error("INVALID_INPUT", "ADDITIONAL_CONSENT_REQUIRED"),
        login_required("additional_consent_required"),
    ),
    "an ITEM_ERROR that nobody knows": (error("ITEM_ERROR", "SOMETHING_NEW"), login_required("something_new")),
    "an error object within a success": (
        error("ITEM_ERROR", "ITEM_LOGIN_REQUIRED", 200),
        login_required("item_login_required"),
    ),
    "a login required, reported within a response": (
        respond(item={"error": {"error_type": "ITEM_ERROR", "error_code": "ITEM_LOGIN_REQUIRED"}}),
        login_required("item_login_required"),
    ),
    # later
    "PRODUCT_NOT_READY": (error("ITEM_ERROR", "PRODUCT_NOT_READY"), NOT_READY),
    # never
    "NO_INVESTMENT_ACCOUNTS": (
        error("ITEM_ERROR", "NO_INVESTMENT_ACCOUNTS"),
        nothing_to_fetch("no_investment_accounts"),
    ),
    "PRODUCTS_NOT_SUPPORTED": (
        error("ITEM_ERROR", "PRODUCTS_NOT_SUPPORTED"),
        nothing_to_fetch("products_not_supported"),
    ),
    "PRODUCT_NOT_SUPPORTED": (error("ITEM_ERROR", "PRODUCT_NOT_SUPPORTED"), nothing_to_fetch("product_not_supported")),
    "PRODUCT_NOT_ENABLED": (error("ITEM_ERROR", "PRODUCT_NOT_ENABLED"), nothing_to_fetch("product_not_enabled")),
    # never again
    "INVALID_ACCESS_TOKEN": (error("INVALID_INPUT", "INVALID_ACCESS_TOKEN"), ended("gone")),
    "ITEM_NOT_FOUND": (error("ITEM_ERROR", "ITEM_NOT_FOUND"), ended("gone")),
    "ITEM_NOT_SUPPORTED": (error("ITEM_ERROR", "ITEM_NOT_SUPPORTED"), ended("item_not_supported")),
    "USER_PERMISSION_REVOKED": (error("INVALID_INPUT", "USER_PERMISSION_REVOKED"), ended("user_permission_revoked")),
    "INSTITUTION_NO_LONGER_SUPPORTED of an item": (
        error("ITEM_ERROR", "INSTITUTION_NO_LONGER_SUPPORTED"),
        ended("institution_no_longer_supported"),
    ),
    # ours
    "INVALID_API_KEYS": (error("INVALID_INPUT", "INVALID_API_KEYS"), MISCONFIGURED),
    "an INVALID_INPUT that nobody knows": (error("INVALID_INPUT", "SOMETHING_NEW"), MISCONFIGURED),
    "MISSING_FIELDS": (error("INVALID_REQUEST", "MISSING_FIELDS"), MISCONFIGURED),
    "UNAUTHORIZED_ENVIRONMENT": (error("INVALID_INPUT", "UNAUTHORIZED_ENVIRONMENT"), MISCONFIGURED),
    # too often
    "INVESTMENT_HOLDINGS_GET_LIMIT": (
        error("RATE_LIMIT_EXCEEDED", "INVESTMENT_HOLDINGS_GET_LIMIT", 429),
        rate_limited(60),  # Plaid documents no Retry-After
    ),
    "a limit with its seconds": (
        error("RATE_LIMIT_EXCEEDED", "RATE_LIMIT", 429, **{"Retry-After": "17"}),
        rate_limited(17),
    ),
    "a limit that is a 400": (error("RATE_LIMIT_EXCEEDED", "INVESTMENTS_LIMIT"), rate_limited(60)),
    "a 429 from before Plaid": ({"kind": "status", "status": 429, "headers": {"Retry-After": "5"}}, rate_limited(5)),
    # the institution's or Plaid's own
    "INSTITUTION_DOWN": (error("INSTITUTION_ERROR", "INSTITUTION_DOWN"), OUTAGE),
    "INSTITUTION_NOT_RESPONDING": (error("INSTITUTION_ERROR", "INSTITUTION_NOT_RESPONDING"), OUTAGE),
    "INSTITUTION_NOT_AVAILABLE": (error("INSTITUTION_ERROR", "INSTITUTION_NOT_AVAILABLE"), OUTAGE),
    "INSTITUTION_NO_LONGER_SUPPORTED, reported once": (
        error("INSTITUTION_ERROR", "INSTITUTION_NO_LONGER_SUPPORTED"),
        OUTAGE,
    ),
    "INTERNAL_SERVER_ERROR": (error("API_ERROR", "INTERNAL_SERVER_ERROR", 500), OUTAGE),
    "PLANNED_MAINTENANCE": (error("API_ERROR", "PLANNED_MAINTENANCE", 503), OUTAGE),
    "a code that nobody knows": (error("NEW_ERROR", "SOMETHING_NEW"), OUTAGE),
    # answers that must not count
    "no account": (respond(), UNUSABLE),
    "an empty body": ({"kind": "status", "status": 200, "body": ""}, UNUSABLE),
    "no content": ({"kind": "status", "status": 204, "body": ""}, UNUSABLE),
    "an ITEM_ERROR without a code": ({"kind": "status", "status": 400, "body": {"error_type": "ITEM_ERROR"}}, OUTAGE),
    "another item": (respond(item={"item_id": "another"}), UNUSABLE),
    "no holdings": (respond(holdings=None), UNUSABLE),
    "a list": ({"kind": "status", "status": 200, "body": []}, OUTAGE),
}

COMBINED = one_of_each_problem(TABLE)


@pytest.fixture
def stage(app: App, stopped_clock: StoppedClock, monkeypatch: pytest.MonkeyPatch) -> RefreshScenario:
    return RefreshScenario(app, app.sign_in(), stopped_clock, monkeypatch, "plaid", "/investments/holdings/get")


@pytest.mark.parametrize(("fault", "expected"), TABLE.values(), ids=TABLE)
def test_plaid_error_on_provider_route_has_expected_result(
    stage: RefreshScenario, fault: Fault, expected: ExpectedFailure
) -> None:
    stage.inject(fault)
    stage.check_provider_route(expected)


@pytest.mark.parametrize(("fault", "expected"), COMBINED.values(), ids=COMBINED)
def test_plaid_error_on_combined_route_has_expected_result(
    stage: RefreshScenario, fault: Fault, expected: ExpectedFailure
) -> None:
    stage.inject(fault)
    stage.check_combined_route(expected)
