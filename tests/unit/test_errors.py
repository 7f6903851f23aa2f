"""What each error tells the caller: its status, its problem type and its words."""

import json

import pytest

from tidings import errors
from tidings.api.response import problem_response
from tidings.errors import TidingsError
from tidings.model import StatusChange


@pytest.mark.parametrize(
    ("error", "status", "problem"),
    [
        (errors.TidingsError(), 500, "internal"),
        (errors.BadRequest(), 400, "bad-request"),
        (errors.MalformedWebhook(), 400, "malformed-webhook"),
        (errors.Unauthenticated(), 401, "unauthenticated"),
        (errors.InvalidToken("expired"), 401, "invalid-token"),
        (errors.Forbidden(), 403, "forbidden"),
        (errors.InvalidSignature("header"), 403, "invalid-signature"),
        (errors.PaidRefreshOff(), 403, "paid-refresh-off"),
        (errors.EmailNotVerified(), 403, "email-not-verified"),
        (errors.NotFound(), 404, "not-found"),
        (errors.LiveUpdatesOff(), 404, "live-updates-off"),
        (errors.ResponseTooLarge(), 406, "answer-too-large"),
        (errors.Conflict(), 409, "conflict"),
        (errors.PayloadTooLarge(), 413, "payload-too-large"),
        (errors.CoolingDown(), 429, "cooling-down"),
        (errors.TooManyRequests(), 429, "too-many-requests"),
        (errors.NotConfigured(), 503, "not-configured"),
        (errors.WebhookUnverifiable(), 503, "webhook-unverifiable"),
        (errors.IssuerUnavailable(), 503, "issuer-unavailable"),
        (errors.LiveUpdatesUnavailable(), 503, "live-updates-unavailable"),
        (errors.StoreUnavailable(), 503, "store-unavailable"),
        (errors.StateUnavailable(), 503, "store-unavailable"),
        (errors.HostUnavailable(), 502, "host-unavailable"),
        (errors.ProviderError(), 502, "provider-outage"),
        (errors.ReconnectRequired("item_login_required"), 409, "reconnect-required"),
        (errors.ConnectionEnded("gone"), 409, "reconnect-required"),
        (errors.ProviderLimit(), 429, "provider-limit"),
        (errors.RateLimitExceeded(), 429, "provider-busy"),
        (errors.ProviderTimeout(), 504, "provider-timeout"),
        (errors.ProviderNotReady(), 503, "provider-not-ready"),
        (errors.ProviderMisconfigured(), 503, "provider-misconfigured"),
        (errors.UnusableResponse(), 502, "unusable-answer"),
        (errors.NotOffered("no_investments"), 502, "not-offered"),
        (errors.EndReported("gone"), 502, "provider-outage"),
        (errors.ItemGone(), 404, "gone"),
    ],
    ids=lambda given: type(given).__name__ if isinstance(given, TidingsError) else "",
)
def test_error_has_its_status_and_problem_type(error: TidingsError, status: int, problem: str) -> None:
    sent = problem_response(error)
    assert (sent["statusCode"], json.loads(sent["body"])["status"]) == (status, status)
    assert json.loads(sent["body"])["type"] == f"urn:tidings:problem:{problem}"


def test_every_error_describes_itself_by_its_detail_or_its_title() -> None:
    told = errors.NotFound("No such link session.")
    assert (told.detail, str(told)) == ("No such link session.", "No such link session.")
    assert (errors.NotFound().detail, str(errors.NotFound())) == ("Not found", "Not found")


def test_error_keeps_its_wait() -> None:
    assert errors.CoolingDown(retry_after_s=7).retry_after_s == 7
    assert errors.CoolingDown().retry_after_s is None


def test_only_an_expired_token_is_told_apart() -> None:
    assert errors.InvalidToken("expired").detail == "The bearer token has expired."
    assert errors.InvalidToken("signature").detail == errors.InvalidToken.title


@pytest.mark.parametrize(
    "error",
    [
        errors.InvalidToken("why"),
        errors.InvalidSignature("why"),
        errors.ReconnectRequired("why"),
        errors.NotOffered("why"),
        errors.EndReported("why"),
        errors.ItemGone("why"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_reason_is_kept_and_not_told(error: TidingsError) -> None:
    assert getattr(error, "reason", None) == "why"
    assert "why" not in problem_response(error)["body"]


@pytest.mark.parametrize("kind", [errors.ReconnectRequired, errors.EndReported])
def test_provider_error_with_a_reason_keeps_its_detail(
    kind: type[errors.ReconnectRequired] | type[errors.EndReported],
) -> None:
    assert kind("why", "The bank wants a new login.").detail == "The bank wants a new login."
    assert kind("why").detail == kind.title


def test_error_of_a_connection_gives_its_source_a_status() -> None:
    assert errors.ReconnectRequired("locked").status_change == StatusChange("reconnect_required", "locked")
    assert errors.ItemGone().status_change == StatusChange("revoked", "gone")
    assert errors.ItemGone("deleted").status_change == StatusChange("revoked", "deleted")


def test_only_a_gone_item_is_final() -> None:
    kinds: list[type[errors.ProviderError]] = [
        errors.ProviderError,
        *errors.ProviderError.__subclasses__(),
        *errors.ProviderLimit.__subclasses__(),
    ]
    assert [kind for kind in kinds if kind.is_final] == [errors.ItemGone]
