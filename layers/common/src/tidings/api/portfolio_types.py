"""Define the wire format of holdings, their history and their changes.

Instants are ISO 8601 in UTC, dates ISO; amounts are exact decimals, sent as JSON numbers.
"""

from decimal import Decimal
from typing import Literal, NotRequired

from typing_extensions import TypedDict

from tidings.api.response_types import ProviderOutcome
from tidings.model import ProviderName


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
