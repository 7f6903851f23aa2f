"""Define the wire format of the responses. docs/openapi.json is generated from these types.

Instants are ISO 8601 in UTC, dates ISO; amounts are exact decimals, sent as JSON numbers.
"""

from decimal import Decimal
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


class OptionContract(TypedDict):
    """An option's terms. `root`: the root of its OCC symbol, which can differ from the underlying (SPXW on SPX)."""

    underlying: str
    kind: Literal["call", "put"]
    strike: Decimal
    expiry: str
    contracts: Decimal | None
    multiplier: Decimal | None
    root: str | None


class RowValuation(TypedDict):
    """How a row was read that could be read in more than one way.

    `by`: the account's total decided, an earlier total did (`stored`), or the provider's documentation (`convention`).
    """

    reading: str
    by: Literal["total", "stored", "convention"]
    detail: str


class Position(TypedDict):
    """One source's part of a row."""

    provider: ProviderName
    source_id: str
    account_id: str
    account_name: str | None
    institution: str | None
    quantity: Decimal | None
    value: Decimal | None
    cost_basis: Decimal | None
    as_of: str | None


class HoldingRow(TypedDict):
    """One security in one currency over all sources; the account fields are those of the newest source.

    An unknown quantity, value or cost basis of one source makes the sum null. `quantity` and `value` count what is
    vested; `unvested_quantity` and `unvested_value` are null if no source states any. `raw_symbol`: the ticker without
    a suffix for its exchange. `coupon` in percent a year. `multiplier`: units of the underlying per contract of a
    future. `valuation` is null unless the row could be read in more than one way.
    """

    ticker: str | None
    name: str | None
    type: str
    quantity: Decimal | None
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
    exchange: str | None
    isin: str | None
    cusip: str | None
    is_cash: bool
    option: OptionContract | None
    raw_symbol: str | None
    maturity: str | None
    coupon: Decimal | None
    multiplier: Decimal | None
    unvested_quantity: Decimal | None
    unvested_value: Decimal | None
    valuation: RowValuation | None
    sources: list[Position]


class AccountTotal(TypedDict):
    """One account. `residual`: `institution_total` minus its rows.

    It is null if a figure is unknown, or if the rows are in several currencies or in another one than the total.
    `residual_explained_by`: what the residual equals. `status`: the provider's word, such as `closed`. `is_paper`:
    the account trades with play money. `unvested_value`: the sum of its rows' unvested values, null without any.
    `counted`: false for a paper account, and if another source contains the same account, whose rows are used instead.
    """

    provider: ProviderName
    source_id: str
    account_id: str
    name: str | None
    type: str | None
    mask: str | None
    institution: str | None
    currency: str | None
    institution_total: Decimal | None
    residual: Decimal | None
    residual_explained_by: Literal["unvested", "margin_loan"] | None
    unvested_value: Decimal | None
    as_of: str | None
    status: str | None
    is_paper: bool
    counted: bool


class RowChange(TypedDict):
    """The change of one security in one account."""

    change: Literal["added", "removed", "quantity_changed"]
    provider: ProviderName
    source_id: str
    account_id: str
    ticker: str | None
    name: str | None
    currency: str
    quantity_before: Decimal | None
    quantity_after: Decimal | None


class Changes(TypedDict):
    """The number of rows that a refresh changed, compared with the stored ones. `rows`: the first hundred."""

    added: int
    removed: int
    quantity_changed: int
    rows: list[RowChange]


class RateLeg(TypedDict):
    """A rate as its source states it: units of the currency for 1 EUR. `fixed`: by law, for a replaced currency."""

    currency: str
    per_euro: Decimal
    source: str


AppliedRate = TypedDict(
    "AppliedRate",
    {
        "from": str,
        "to": str,
        "amount": Decimal,
        "rate": Decimal,
        "date": str | None,
        "source": str | None,
        "legs": list[RateLeg],
    },
)
AppliedRate.__doc__ = """An amount and the rate that converts it: one entry per currency and day of the rate.

`rate` is the quotient of the legs, rounded to 12 digits; a leg of EUR is left out. `date` and `source` are null if
nothing is converted; `date` is also null if law fixed the rate.
"""


class ConvertedTotal(TypedDict):
    """The total in one currency: the sum of amount times rate, rounded once to the currency's decimals.

    Per currency, the amounts of `rates` and `unconverted` add up to `totals_by_currency`. `stale`: a rate is more than
    five days older than its data. `partial`: something is unconverted. `value` is null if `reason` says why:
    `currency_without_rates`, `no_rates`, `rates_off`, `rates_unavailable`.
    """

    currency: str
    value: Decimal | None
    rates: list[AppliedRate]
    unconverted: dict[str, Decimal]
    stale: bool
    partial: bool
    reason: str | None


class PortfolioData(TypedDict):
    """`converted_total`: absent from the responses of earlier versions."""

    holdings: list[HoldingRow]
    total_portfolio_value: Decimal
    totals_by_currency: dict[str, Decimal]
    converted_total: NotRequired[ConvertedTotal]
    accounts: list[AccountTotal]
    statement_date: str | None
    account_type: Literal["investment"]


class HistorySource(TypedDict):
    provider: ProviderName
    source_id: str


class HistoryPoint(TypedDict):
    """What the stored holdings said at the end of a day (UTC). `complete`: every source was fetched on that day.

    `totals_by_currency`, `converted_total`: as in the holdings, by the rates of each amount's own day. `as_of`: of each
    source, in the order of the history's `sources`, when the fetch of its data began; null if it has none on that day.
    """

    date: str
    totals_by_currency: dict[str, Decimal]
    converted_total: ConvertedTotal
    as_of: list[str | None]
    complete: bool


class HistoryEvent(TypedDict):
    """A source that was added or removed. The step in the totals is then no gain and no loss."""

    kind: Literal["added", "removed"]
    provider: ProviderName
    source_id: str
    at: str


class History(TypedDict):
    """Observed days only, the oldest first. Between them nothing is known, and nothing is interpolated."""

    sources: list[HistorySource]
    points: list[HistoryPoint]
    events: list[HistoryEvent]


class ChangeSet(Changes):
    """What one fetch of a source changed, compared with the fetch before."""

    provider: ProviderName
    source_id: str
    at: str


class ChangeSets(TypedDict):
    """The newest sets of changes of the last 90 days, the newest first."""

    changes: list[ChangeSet]


class SourceOutcome(TypedDict):
    """`retry_after`: whole seconds. `error`: a problem's slug. `changed`: null if nothing was fetched."""

    status: Outcome
    as_of: str | None
    retry_after: int | None
    changed: bool | None
    error: str | None


class ProviderOutcome(SourceOutcome):
    sources: dict[str, SourceOutcome]


class PortfolioMetadata(TypedDict):
    """`state_unknown`: true if it can't be read now whether there are updates. The holdings are the stored ones."""

    has_pending_updates: bool
    last_updated: str | None
    changed: bool
    changes: Changes
    warnings: list[str]
    providers: dict[ProviderName, ProviderOutcome]
    state_unknown: NotRequired[bool]


class Portfolio(TypedDict):
    portfolio_data: PortfolioData
    portfolio_metadata: PortfolioMetadata


class HoldingsAnswer(TypedDict):
    success: Literal[True]
    holdings: Portfolio


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
