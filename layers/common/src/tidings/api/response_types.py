"""Define the wire format of the responses; `portfolio_types` has that of holdings. Both generate docs/openapi.json.

Instants are ISO 8601 in UTC.
"""

from typing import Literal, NotRequired

from typing_extensions import TypedDict

from tidings.model import ProviderName, Status

Outcome = Literal["fresh", "stored", "cooling_down", "reconnect_required", "failed", "not_connected", "not_configured"]

WebhookOutcome = Literal[
    "marked", "status", "orphan", "removed", "queued", "duplicate", "outdated", "ignored", "deferred", "check_due"
]
"""`deferred`: kept in the queue while the store fails. `check_due` is only logged: a stale event's response is 403."""


class Problem(TypedDict):
    """A problem of RFC 9457. `retry_after`: whole seconds, with 429 and 503.

    `providers`: of a combined refresh that was refused, each provider's own outcome, as in a 200.
    """

    type: str
    title: str
    status: int
    detail: str
    retry_after: NotRequired[int]
    providers: "NotRequired[dict[ProviderName, ProviderOutcome]]"


class WebhookAnswer(TypedDict):
    """The outcome of a webhook. Providers read only the HTTP status."""

    status: WebhookOutcome


class ProviderPending(TypedDict):
    """One provider's state. The generations are sums over its sources.

    `state_unknown`: true if the state can't be read now. The other fields then say nothing: keep what was known before.
    """

    has_pending_updates: bool
    generation: int
    seen_generation: int
    last_update_at: str | None
    last_refreshed_at: str | None
    refresh_available_at: str | None
    reconnect_required: bool
    state_unknown: NotRequired[bool]


class CombinedPending(TypedDict):
    """All providers' state. `state_unknown`: as in ProviderPending.

    `live`: whether the deployment has live updates, for which POST /live-ticket gives a ticket. A deployment of an
    earlier version does not say so, and has none.
    """

    has_pending_updates: bool
    providers: dict[ProviderName, ProviderPending]
    live: NotRequired[bool]
    state_unknown: NotRequired[bool]


class LiveTicket(TypedDict):
    """A ticket for live updates, and where to present it (docs/live-updates.md).

    `channel`: the only one that the ticket opens. `http_host`: the host to name in the WebSocket's authorization.
    `expires_at`: until when the ticket opens connections and subscriptions; open ones outlive it.
    """

    ticket: str
    channel: str
    websocket_url: str
    http_host: str
    expires_at: str


PaidRefreshOutcome = Literal["idle", "pulling", "arrived", "unavailable", "failed"]


class SourcePull(TypedDict):
    """A paid refresh. `arrived`: its provider announced an update since. `unavailable`: rejected; the connection works.

    `retry_after`: whole seconds until another may be requested, if the rejection says so.
    """

    status: PaidRefreshOutcome
    reason: str | None
    requested_at: str | None
    retry_after: int | None


class ProviderPull(SourcePull):
    """`pulling` while any source is; otherwise the first of `arrived`, `failed`, `unavailable` that any source has."""

    sources: dict[str, SourcePull]


class CombinedPull(TypedDict):
    providers: dict[ProviderName, ProviderPull]


class PullAccepted(CombinedPull):
    """`status_url`: the URL to GET until no source is `pulling`. `providers`: the requested ones."""

    status_url: str


class SourceOutcome(TypedDict):
    """`retry_after`: whole seconds. `error`: a problem's slug. `changed`: null if nothing was fetched."""

    status: Outcome
    as_of: str | None
    retry_after: int | None
    changed: bool | None
    error: str | None


class ProviderOutcome(SourceOutcome):
    sources: dict[str, SourceOutcome]


class Connection(TypedDict):
    provider: ProviderName
    source_id: str
    institution: str | None
    status: Status
    status_reason: str | None
    pending: bool
    last_update_at: str | None
    last_fetched_at: str | None
    duplicate_of: str | None
    unmatched_accounts: list[str]


class Connections(TypedDict):
    connections: list[Connection]


class Institution(TypedDict):
    """A broker that can be connected directly. `broker`: what create-connection-url takes."""

    provider: ProviderName
    broker: str
    name: str


class Institutions(TypedDict):
    """What a user can connect. `providers`: those that this deployment has keys for."""

    providers: list[ProviderName]
    institutions: list[Institution]


class PlaidConnectionUrl(TypedDict):
    connection_url: str
    link_token: str
    expires_at: str


class SnapTradeConnectionUrl(TypedDict):
    connection_url: str
    expires_at: str


class LinkedItem(TypedDict):
    item_id: str
    institution: str | None
