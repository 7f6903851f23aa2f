"""Define holdings: what a fetch returns, normalized, and what is stored of it.

Instants are epoch milliseconds; amounts and quantities are exact decimals.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, NamedTuple

from tidings.model import ProviderName


@dataclass(frozen=True, slots=True)
class Option:
    """An option contract. `strike` per share; `contracts` signed; `multiplier` shares per contract; None if unknown.

    `root`: the root of the OCC symbol, which can differ from the underlying (SPXW on SPX; AAPL1 after a split).
    """

    underlying: str
    kind: Literal["call", "put"]
    strike: Decimal
    expiry: str
    contracts: Decimal | None
    multiplier: Decimal | None
    root: str | None = None


@dataclass(frozen=True, slots=True)
class Valuation:
    """How a row was read that could be read in more than one way. `detail` tells the user, in a sentence.

    `by`: the account's total decided, an earlier total did (`stored`), or the provider's documentation (`convention`).
    """

    reading: str
    by: Literal["total", "stored", "convention"]
    detail: str


@dataclass(frozen=True, slots=True)
class Holding:
    """One normalized position of one account. `value` and `cost_basis` are totals in `currency`; dates are ISO.

    `quantity` and `value` count what is vested. `security_id` is the provider's own. `raw_symbol`: the ticker without a
    suffix for its exchange. `coupon` in percent a year. `multiplier`: units of the underlying per contract of a future.
    Field names are stored as column names; a renamed field would load its default from stored snapshots.
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
    exchange: str | None = None
    isin: str | None = None
    cusip: str | None = None
    is_cash: bool = False
    option: Option | None = None
    security_id: str | None = None
    raw_symbol: str | None = None
    maturity: str | None = None
    coupon: Decimal | None = None
    multiplier: Decimal | None = None
    unvested_quantity: Decimal | None = None
    unvested_value: Decimal | None = None
    valuation: Valuation | None = None

    @property
    def is_settled_in_cash(self) -> bool:
        """Whether this is a future or the like without a value: its gains are in the account's cash."""
        return self.type == "derivative" and self.value is None


@dataclass(frozen=True, slots=True)
class Account:
    """One account of a source. `institution_total` is the institution's own figure, in `currency`.

    `readable`: false if the provider cannot read the account. Its rows are then those of the fetch that began at
    `rows_from`, or none. `status`: the provider's word, such as `closed`. `dropped_rows`: how many rows of this fetch
    could not be read. `readings`: by kind of row, the reading that a total decided. Field names are stored as column
    names.
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
    status: str | None = None
    is_paper: bool = False
    margin_loan: Decimal | None = None
    dropped_rows: int = 0
    readings: Mapping[str, str] | None = None


StoredReadings = Mapping[str, Mapping[str, str]]
"""By account id, the readings that the account's totals decided before, by kind of row."""


NO_READINGS: StoredReadings = {}


class FetchedHoldings(NamedTuple):
    """The complete, accepted holdings of one source. `provider_stamp`: the provider's date of its data, verbatim."""

    holdings: tuple[Holding, ...]
    accounts: tuple[Account, ...]
    institution: str | None
    provider_stamp: str | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The stored holdings of one source, as of `fetch_began_at`."""

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
