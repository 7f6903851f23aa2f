"""What Tidings talks about, without I/O. Instants are epoch milliseconds; money and quantities are exact decimals.

Plain values are named tuples here and elsewhere: a frozen dataclass takes five times as long to make, at every start.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, NamedTuple

ProviderName = Literal["plaid", "snaptrade"]
Status = Literal["ok", "reconnect_required", "expiring", "revoked"]

NO_CURRENCY = "XXX"
"""ISO 4217's code for none, where a provider names no currency at all."""

EVERY_SOURCE = "*"
"""The source id that stands for all of a provider item's sources: for events that name only the user."""


class User(NamedTuple):
    """A caller of the front-end routes. The e-mail is a verified one; `unverified`: there is one that is not."""

    user_id: str
    email: str | None = None
    unverified: bool = False


class VerifiedWebhook(NamedTuple):
    """An authentic webhook. `stale`: older than the replay window, so it may raise no flag.

    `signed_anew`: every delivery carries a time of its own, so `sent_at` does not say when the event happened.
    `signed`: false when the deployment switched the signature off, so that nobody could check it.
    """

    event_id: str
    payload: Mapping[str, Any]
    sent_at: int | None
    stale: bool = False
    signed: bool = True
    signed_anew: bool = False

    @property
    def happened_at(self) -> int | None:
        return None if self.signed_anew else self.sent_at


class StatusChange(NamedTuple):
    """What an event says of its source's health. `over`: the only statuses that it may replace; None for any."""

    status: Status
    reason: str | None = None
    over: frozenset[Status] | None = None


TaskKind = Literal["complete_connection", "end_access", "forget_account", "pull"]


@dataclass(frozen=True, slots=True)
class Task:
    """Work that is left to the tasks function. `about` names what it is about: ids, or a link token."""

    kind: TaskKind
    about: Mapping[str, str] = field(repr=False)


class ProviderEvent(NamedTuple):
    """What an authentic webhook means to us. With nothing to do it is only logged.

    `item_id` is the provider's own (Plaid `item_id`, SnapTrade `userId`); `source_id` may be EVERY_SOURCE.
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
        """Whether it changes anything that we keep of the item."""
        return self.item_id is not None and bool(self.marks or self.status or self.removes)


@dataclass(frozen=True, slots=True)
class Option:
    """An option contract. `strike` per share; `contracts` signed; `multiplier` shares per contract."""

    underlying: str
    kind: Literal["call", "put"]
    strike: Decimal
    expiry: str
    contracts: Decimal
    multiplier: Decimal


@dataclass(frozen=True, slots=True)
class Holding:
    """One position of one account, normalised. `value` and `cost_basis` are totals in `currency`; dates are ISO."""

    ticker: str | None
    name: str | None
    type: str
    quantity: Decimal
    price: Decimal | None
    price_as_of: str | None
    value: Decimal | None
    cost_basis: Decimal | None
    currency: str
    account_id: str
    account_name: str | None
    institution: str | None
    provider: ProviderName
    source_id: str
    exchange: str | None = None
    isin: str | None = None
    cusip: str | None = None
    is_cash: bool = False
    option: Option | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """One account of a source. `institution_total` is the institution's own figure, in `currency`.

    `readable`: false where the provider can't read what the account holds. Its rows are then those of an earlier fetch,
    which began at `rows_from`, or none.
    """

    account_id: str
    name: str | None
    type: str | None
    mask: str | None
    institution_total: Decimal | None
    currency: str | None
    institution_account_id: str | None = None
    readable: bool = True
    rows_from: int | None = None


def count_nothing(_calls: int) -> None:
    """A meter that counts nothing."""


@dataclass(frozen=True, slots=True)
class Access:
    """What one provider item is called with. `app`: the deployment's secret; `credential`: the item's own.

    `meter` is told of calls before they are made, and raises ProviderLimit where they would be too many.
    """

    app: Mapping[str, str] = field(repr=False)
    item_id: str
    credential: str = field(repr=False)
    count_calls: Callable[[int], None] = field(default=count_nothing, repr=False, compare=False)


class DiscoveredSource(NamedTuple):
    """A source that the provider knows; `status` is its state there, where the provider was asked for it.

    `stamp`: the provider's own date of its data, as it writes it; None where it was not asked or did not say.
    """

    source_id: str
    institution: str | None = None
    status: StatusChange | None = None
    stamp: str | None = None


class FetchedHoldings(NamedTuple):
    """A source's complete, accepted answer. `provider_stamp`: the provider's own date of its data, as it writes it."""

    holdings: tuple[Holding, ...]
    accounts: tuple[Account, ...]
    institution: str | None
    provider_stamp: str | None


PaidRefreshState = Literal["requested", "calling", "accepted", "refused", "failed"]


class PaidRefresh(NamedTuple):
    """A source's newest paid pull. `generation`: the source's when it was asked for. `reason`: why it came to nothing.

    `retry_at`: when the provider, or our budget of it, would take another.
    """

    paid_refresh_id: str
    requested_at: int
    generation: int
    state: PaidRefreshState
    reason: str | None = None
    retry_at: int | None = None


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

    @property
    def pending(self) -> bool:
        return self.generation > self.seen_generation


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The stored holdings of one source. `fetch_began_at`: the instant that they are as of."""

    provider: ProviderName
    source_id: str
    link_id: str
    generation: int
    fetch_began_at: int
    fetch_id: str
    parts: int
    digest: str
    holdings: tuple[Holding, ...]
    accounts: tuple[Account, ...] = ()
    institution: str | None = None
    provider_stamp: str | None = None
