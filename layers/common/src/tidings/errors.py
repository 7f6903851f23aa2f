"""Everything that Tidings refuses, as one tree. `status` is the HTTP answer; `slug` names the problem type.

TidingsError
├── BadRequest 400 ── MalformedWebhook
├── Unauthenticated 401 ── InvalidToken
├── Forbidden 403 ── InvalidSignature, PaidRefreshOff, EmailNotVerified
├── NotFound 404
├── AnswerTooLarge 406
├── Conflict 409
├── PayloadTooLarge 413
├── CoolingDown 429
├── TooManyRequests 429
├── NotConfigured 503
├── WebhookUnverifiable 503
├── IssuerUnavailable 503
├── StoreUnavailable 503 ── StateUnavailable
└── ProviderError 502
    ├── ReconnectRequired 409
    ├── ProviderLimit 429 ── BudgetSpent
    ├── ProviderTimeout 504
    ├── ProviderNotReady 503
    ├── ProviderMisconfigured 503
    ├── UnusableAnswer 502
    ├── NotOffered
    └── ItemGone 404
"""

from typing import ClassVar


class TidingsError(Exception):
    """`detail` goes to the caller, so it names no secret and quotes no provider payload."""

    status: ClassVar[int] = 500
    slug: ClassVar[str] = "internal"
    title: ClassVar[str] = "Internal error"

    def __init__(self, detail: str = "", *, retry_after_s: int | None = None) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.retry_after_s = retry_after_s


class BadRequest(TidingsError):
    status, slug, title = 400, "bad-request", "The request can't be understood"


class MalformedWebhook(BadRequest):
    slug, title = "malformed-webhook", "The webhook's body is not a JSON object"


class Unauthenticated(TidingsError):
    status, slug, title = 401, "unauthenticated", "Sign in first"


class InvalidToken(Unauthenticated):
    """Of a bearer token. `reason` is a word of ours: nothing of a token is ever quoted."""

    slug, title = "invalid-token", "The bearer token is not accepted"

    def __init__(self, reason: str) -> None:
        super().__init__("The bearer token has expired." if reason == "expired" else "")
        self.reason = reason


class Forbidden(TidingsError):
    status, slug, title = 403, "forbidden", "Not allowed"


class InvalidSignature(Forbidden):
    """Also for a time outside the window: what can't be shown to be fresh is not authentic."""

    slug, title = "invalid-signature", "The webhook is not authentic"

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


class PaidRefreshOff(Forbidden):
    slug, title = "paid-refresh-off", "This deployment makes no paid pulls"


class EmailNotVerified(Forbidden):
    """What is registered once and for all by an e-mail address waits until the address is known to be the user's."""

    slug, title = "email-not-verified", "The e-mail address has to be verified first"


class NotFound(TidingsError):
    status, slug, title = 404, "not-found", "No such thing"


class ResponseTooLarge(TidingsError):
    """More than a function can hand over, in the form that the caller accepts."""

    status, slug, title = 406, "answer-too-large", "The portfolio is too large to be answered like this"


class Conflict(TidingsError):
    status, slug, title = 409, "conflict", "It belongs to somebody else or is being changed"


class PayloadTooLarge(TidingsError):
    status, slug, title = 413, "payload-too-large", "The body is too large"


class CoolingDown(TidingsError):
    status, slug, title = 429, "cooling-down", "Refreshed a moment ago"


class TooManyRequests(TidingsError):
    """One user's writes in this minute."""

    status, slug, title = 429, "too-many-requests", "Too many changes in a short time"


class NotConfigured(TidingsError):
    status, slug, title = 503, "not-configured", "This provider is not configured"


class WebhookUnverifiable(TidingsError):
    """The provider's key service does not answer: the provider shall try again."""

    status, slug, title = 503, "webhook-unverifiable", "The webhook can't be verified now"


class IssuerUnavailable(TidingsError):
    """The OIDC issuer's keys can't be had, so nobody can say whether a token is good."""

    status, slug, title = 503, "issuer-unavailable", "The sign-in service does not answer"


class StoreUnavailable(TidingsError):
    status, slug, title = 503, "store-unavailable", "Our storage does not answer"


class StateUnavailable(StoreUnavailable):
    """The update-state table alone is unreachable or missing: reads go on without it."""


class ProviderError(TidingsError):
    """The provider's API failed. The flag of what was asked stays."""

    status, slug, title = 502, "provider-outage", "The provider does not answer properly"


class ReconnectRequired(ProviderError):
    status, slug, title = 409, "reconnect-required", "The user has to connect again"

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(detail)
        self.reason = reason


class ProviderLimit(ProviderError):
    """The provider's own 429; `retry_after_s` is the provider's."""

    status, slug, title = 429, "provider-limit", "The provider asks us to wait"


class RateLimitExceeded(ProviderLimit):
    """Our own limit, below the provider's: all users together have asked it enough in this minute."""

    slug, title = "provider-busy", "Too many refreshes of this provider at once"


class ProviderTimeout(ProviderError):
    status, slug, title = 504, "provider-timeout", "The provider took too long"


class ProviderNotReady(ProviderError):
    """The provider is still collecting; it keeps the flag and is worth another try later."""

    status, slug, title = 503, "provider-not-ready", "The provider is still collecting the data"


class ProviderMisconfigured(ProviderError):
    """Our keys or settings are wrong: an operator's task, and an alarm."""

    status, slug, title = 503, "provider-misconfigured", "This provider is not configured properly"


class UnusableResponse(ProviderError):
    """An answer that must not replace good holdings: partial, unavailable or malformed."""

    slug, title = "unusable-answer", "The provider's answer is not complete"


class NotOffered(ProviderError):
    """The provider has no investments for this item: asking again changes nothing, so the flag goes, with a `reason`.

    An answer like a fetch, and no failure of a refresh: it has no HTTP status of its own.
    """

    slug, title = "not-offered", "The provider offers no investments for this connection"

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


class ItemGone(ProviderError):
    """The provider itself says that this item or connection does not exist (any more)."""

    status, slug, title = 404, "gone", "The provider does not know this connection"
