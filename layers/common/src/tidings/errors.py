"""Define every error that becomes an HTTP response. `status` is its HTTP status; `slug` names the problem type.

TidingsError
├── BadRequest 400 ── MalformedWebhook
├── Unauthenticated 401 ── InvalidToken
├── Forbidden 403 ── InvalidSignature, PaidRefreshOff, EmailNotVerified
├── NotFound 404 ── LiveUpdatesOff
├── ResponseTooLarge 406
├── Conflict 409
├── PayloadTooLarge 413
├── CoolingDown 429
├── TooManyRequests 429
├── NotConfigured 503
├── WebhookUnverifiable 503
├── IssuerUnavailable 503
├── LiveUpdatesUnavailable 503
├── StoreUnavailable 503 ── StateUnavailable
└── ProviderError 502
    ├── ReconnectRequired 409 ── ConnectionEnded
    ├── ProviderLimit 429 ── RateLimitExceeded
    ├── ProviderTimeout 504
    ├── ProviderNotReady 503
    ├── ProviderMisconfigured 503
    ├── UnusableResponse 502
    ├── NotOffered
    ├── EndReported
    └── ItemGone 404
"""

from collections.abc import Mapping
from typing import ClassVar

from tidings.model import ProviderName, StatusChange


class TidingsError(Exception):
    """An error that a caller sees. `detail` goes to the caller: it contains no secret and no provider payload."""

    status: ClassVar[int] = 500
    slug: ClassVar[str] = "internal"
    title: ClassVar[str] = "Internal error"

    def __init__(self, detail: str = "", *, retry_after_s: int | None = None) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.retry_after_s = retry_after_s
        self.outcomes: Mapping[ProviderName, object] | None = None
        """Of a combined refresh that was refused: each provider's own outcome."""


class BadRequest(TidingsError):
    status, slug, title = 400, "bad-request", "The request can't be understood"


class MalformedWebhook(BadRequest):
    slug, title = "malformed-webhook", "The webhook's body is not a JSON object"


class Unauthenticated(TidingsError):
    status, slug, title = 401, "unauthenticated", "Sign in first"


class InvalidToken(Unauthenticated):
    """A bearer token is rejected. `reason` is a constant of this code: no part of a token is logged."""

    slug, title = "invalid-token", "The bearer token is not accepted"

    def __init__(self, reason: str) -> None:
        super().__init__("The bearer token has expired." if reason == "expired" else "")
        self.reason = reason


class Forbidden(TidingsError):
    status, slug, title = 403, "forbidden", "Not allowed"


class InvalidSignature(Forbidden):
    """A webhook failed verification. Also raised if its time is outside the window: it may be replayed."""

    slug, title = "invalid-signature", "The webhook is not authentic"

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


class PaidRefreshOff(Forbidden):
    slug, title = "paid-refresh-off", "Paid refreshes are off in this deployment"


class EmailNotVerified(Forbidden):
    """Registering a user by e-mail address cannot be undone, so the address must be verified first."""

    slug, title = "email-not-verified", "The e-mail address is not verified"


class NotFound(TidingsError):
    status, slug, title = 404, "not-found", "Not found"


class LiveUpdatesOff(NotFound):
    slug, title = "live-updates-off", "This deployment has no live updates"


class ResponseTooLarge(TidingsError):
    """The response exceeds what Lambda can return in an encoding that the caller accepts."""

    status, slug, title = 406, "answer-too-large", "The portfolio is too large for this response"


class Conflict(TidingsError):
    status, slug, title = 409, "conflict", "Another user owns this, or it is being changed"


class PayloadTooLarge(TidingsError):
    status, slug, title = 413, "payload-too-large", "The body is too large"


class CoolingDown(TidingsError):
    status, slug, title = 429, "cooling-down", "Refreshed a moment ago"


class TooManyRequests(TidingsError):
    """One user changed connections, or requested tickets, too often within a minute."""

    status, slug, title = 429, "too-many-requests", "Too many requests in a short time"


class NotConfigured(TidingsError):
    status, slug, title = 503, "not-configured", "This provider is not configured"


class WebhookUnverifiable(TidingsError):
    """The provider's verification key is unavailable. The 503 makes the provider retry."""

    status, slug, title = 503, "webhook-unverifiable", "The webhook can't be verified now"


class IssuerUnavailable(TidingsError):
    """The OIDC issuer's keys are unavailable, so a bearer token can be neither accepted nor rejected."""

    status, slug, title = 503, "issuer-unavailable", "The sign-in service is unavailable"


class LiveUpdatesUnavailable(TidingsError):
    """A nudge was not published. No caller sees it: the next poll shows the same."""

    status, slug, title = 503, "live-updates-unavailable", "Live updates can't be published now"


class StoreUnavailable(TidingsError):
    status, slug, title = 503, "store-unavailable", "The storage is unavailable"


class StateUnavailable(StoreUnavailable):
    """Only the update-state table is unreachable or missing: reads go on without it."""


class HostUnavailable(TidingsError):
    """The host's backend did not take a notification, which is sent again later."""

    status, slug, title = 502, "host-unavailable", "The host's backend did not take the notification"


class ProviderError(TidingsError):
    """The provider's API failed. The sources that were to be fetched stay pending.

    `is_final`: the provider itself refused what this call names, for good. Repeating the call changes nothing.
    """

    status, slug, title = 502, "provider-outage", "The provider does not respond properly"
    is_final = False


class ReconnectRequired(ProviderError):
    status, slug, title = 409, "reconnect-required", "The user has to connect again"

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(detail)
        self.reason = reason

    @property
    def status_change(self) -> StatusChange:
        """Return the status that the source has by this error."""
        return StatusChange("reconnect_required", self.reason)


class ConnectionEnded(ReconnectRequired):
    """The provider ended the connection earlier, so it is not called. The user has to connect anew."""


class ProviderLimit(ProviderError):
    """The provider responded 429. `retry_after_s` is the wait that it demands."""

    status, slug, title = 429, "provider-limit", "The provider's rate limit is reached"


class RateLimitExceeded(ProviderLimit):
    """The deployment's own rate limit, below the provider's: all users' calls in this minute exceed it."""

    slug, title = "provider-busy", "Too many refreshes of this provider at once"


class ProviderTimeout(ProviderError):
    status, slug, title = 504, "provider-timeout", "The provider took too long"


class ProviderNotReady(ProviderError):
    """The provider is still collecting the data. The source stays pending, and a later refresh can succeed."""

    status, slug, title = 503, "provider-not-ready", "The provider is still collecting the data"


class ProviderMisconfigured(ProviderError):
    """The deployment's keys or settings are wrong. Raises an alarm, since only an operator can correct them."""

    status, slug, title = 503, "provider-misconfigured", "This provider is misconfigured"


class UnusableResponse(ProviderError):
    """The provider's response must not replace good holdings: it is partial, unavailable or malformed."""

    slug, title = "unusable-answer", "The provider's response is incomplete"


class NotOffered(ProviderError):
    """The provider has no investments for this item. Fetching again changes nothing, so the source is cleared.

    `reason` says why. A refresh does not fail because of it, so it has no HTTP status of its own.
    """

    slug, title = "not-offered", "The provider offers no investments for this connection"

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


class EndReported(ProviderError):
    """The provider says that it no longer serves this item, in words that also announce outages.

    Believed if it says so again a day later; until then this is an outage. `reason` says what it reports.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(detail)
        self.reason = reason


class ItemGone(ProviderError):
    """The provider does not know this item or connection, or has ended it: no call can succeed again.

    `reason` says why. The source's status keeps it.
    """

    status, slug, title = 404, "gone", "The provider does not know this connection"
    is_final = True

    def __init__(self, reason: str = "gone") -> None:
        super().__init__()
        self.reason = reason

    @property
    def status_change(self) -> StatusChange:
        """Return the status that the source has by this error."""
        return StatusChange("revoked", self.reason)
