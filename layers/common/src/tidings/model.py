"""Define the domain types: items, sources, events and access. Instants are epoch milliseconds.

Plain values are named tuples: a frozen dataclass takes five times as long to define at every cold start.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, cast, get_args

ProviderName = Literal["plaid", "snaptrade"]
Status = Literal["ok", "reconnect_required", "expiring", "revoked"]

NO_CURRENCY = "XXX"
"""ISO 4217's code for no currency, used where a provider names none."""

USER_ACCOUNT_REVOKED = "user_account_revoked"
"""The reason of `revoked` if the user withdrew one account: the source's other accounts can still be fetched."""

EVERY_SOURCE = "*"
"""The source id of the row that stands for all sources of an item, for events that name only the user."""


class ItemKey(NamedTuple):
    """Identify a provider item: a Plaid `item_id` or a SnapTrade `userId`. `str()` gives the stored key."""

    provider: ProviderName
    item_id: str

    def __str__(self) -> str:
        return f"{self.provider}#{self.item_id}"

    @classmethod
    def parse(cls, text: str) -> "ItemKey":
        """Parse a stored key. Raises ValueError if it names no provider or no item."""
        provider, _, item_id = text.partition("#")
        if provider not in get_args(ProviderName) or not item_id:
            raise ValueError("not the key of a provider item")
        return cls(cast(ProviderName, provider), item_id)


class User(NamedTuple):
    """A signed-in caller. `email` is verified; `unverified`: the caller has an e-mail address that is not."""

    user_id: str
    email: str | None = None
    unverified: bool = False


class VerifiedWebhook(NamedTuple):
    """A webhook that passed verification.

    `stale`: older than the replay window; it may not make a source pending.
    `signed_anew`: each delivery carries its own time, so `sent_at` is not the time of the event.
    `signed`: false if the deployment disabled signatures.
    """

    event_id: str
    payload: Mapping[str, Any]
    sent_at: int | None
    stale: bool = False
    signed: bool = True
    signed_anew: bool = False

    @property
    def happened_at(self) -> int | None:
        """Return when the event happened, or None if only the delivery is dated."""
        return None if self.signed_anew else self.sent_at


class ConfirmedKey(NamedTuple):
    """A public key that a provider confirmed at `confirmed_at`, in ms. `x`, `y`: its coordinates, as in a JWK.

    `expired_at`: since when the provider signs with it no more, in seconds.
    """

    x: str
    y: str
    expired_at: int | None
    confirmed_at: int


class StatusChange(NamedTuple):
    """A new status of a source. `over`: the statuses that it may replace; None for any."""

    status: Status
    reason: str | None = None
    over: frozenset[Status] | None = None


TaskKind = Literal["complete_connection", "end_access", "forget_account", "pull"]


@dataclass(frozen=True, slots=True)
class Task:
    """Work for the tasks function. `about` holds ids, or a link token."""

    kind: TaskKind
    about: Mapping[str, str] = field(repr=False)


class ProviderEvent(NamedTuple):
    """The meaning of a verified webhook. An event that changes nothing is only logged.

    `item_id` is the provider's id (Plaid `item_id`, SnapTrade `userId`); `source_id` may be EVERY_SOURCE.
    `marks`: the source has new data. The field names are stored in event rows and queue messages.
    """

    kind: str
    item_id: str | None = None
    source_id: str = EVERY_SOURCE
    marks: bool = False
    status: StatusChange | None = None
    removes: Literal["source", "item"] | None = None
    task: Task | None = None
    institution: str | None = None

    @property
    def is_actionable(self) -> bool:
        """Whether the event changes the state of an item."""
        return self.item_id is not None and bool(self.marks or self.status or self.removes)


def count_nothing(_calls: int) -> None:
    """Count no calls: the default of `Access.count_calls`."""


@dataclass(frozen=True, slots=True)
class Access:
    """The secrets for calls about one provider item. `app`: the deployment's; `credential`: the item's.

    `count_calls` is called with the number of calls before they are made. It raises ProviderLimit if they are too many.
    """

    app: Mapping[str, str] = field(repr=False)
    item_id: str
    credential: str = field(repr=False)
    count_calls: Callable[[int], None] = field(default=count_nothing, repr=False)


class DiscoveredSource(NamedTuple):
    """A source that the provider lists. `status`: its status there, if known.

    `stamp`: the provider's own date of its data, verbatim; None if unknown.
    """

    source_id: str
    institution: str | None = None
    status: StatusChange | None = None
    stamp: str | None = None


PaidRefreshState = Literal["requested", "calling", "accepted", "refused", "failed"]


class PaidRefresh(NamedTuple):
    """The newest paid refresh of a source. `generation`: the source's when it was requested.

    `reason`: why it failed or was refused. `retry_at`: when the provider or the rate limit allows another.
    """

    paid_refresh_id: str
    requested_at: int
    generation: int
    state: PaidRefreshState
    reason: str | None = None
    retry_at: int | None = None


class DuplicateOf(NamedTuple):
    """The connection that shows all accounts of a source. `unmatched`: names of its accounts that the source lacks."""

    provider: ProviderName
    source_id: str
    unmatched: tuple[str, ...] = ()


class Source(NamedTuple):
    """A source's row in the update state. An absent counter is 0."""

    provider: ProviderName
    source_id: str
    item_id: str
    link_id: str
    generation: int = 0
    seen_generation: int = 0
    check_due: int | None = None
    institution: str | None = None
    status: Status = "ok"
    status_reason: str | None = None
    status_version: int = 0
    status_at: int | None = None
    last_update_at: int | None = None
    last_fetched_at: int | None = None
    last_error: str | None = None
    last_reconcile_at: int | None = None
    look_again_at: int | None = None
    paid_refresh: PaidRefresh | None = None
    end_reported_at: int | None = None
    duplicate_of: DuplicateOf | None = None
    linked_at: int | None = None
    first_fetch_by: str | None = None
    connect_expected_until: int | None = None

    @property
    def pending(self) -> bool:
        """Whether an update was recorded after the last successful fetch began, and can still be fetched."""
        return self.generation > self.seen_generation and not self.has_ended

    @property
    def has_ended(self) -> bool:
        """Whether no call to the provider can succeed again: the user can only remove the source or connect anew."""
        return self.status == "revoked" and self.status_reason != USER_ACCOUNT_REVOKED

    @property
    def needs_reconnect(self) -> bool:
        """Whether only the user can make this source work again."""
        return self.status in {"reconnect_required", "revoked"}

    @property
    def is_wildcard(self) -> bool:
        """Whether this row stands for all sources of its item."""
        return self.source_id == EVERY_SOURCE

    @property
    def item(self) -> ItemKey:
        """Return the key of the item that this source belongs to."""
        return ItemKey(self.provider, self.item_id)
