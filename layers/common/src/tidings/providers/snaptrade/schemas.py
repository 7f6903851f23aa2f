"""Model SnapTrade's responses, as far as they are used (https://docs.snaptrade.com/reference)."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator

from tidings.providers.schema_types import Amount, Flag, IsoDate, OptionalAmount, Payload, Text


def _currency(value: object) -> object:
    """Accept an ISO code, or an object that contains one."""
    return value.get("code") if isinstance(value, dict) else value


Currency = Annotated[Text, BeforeValidator(_currency)]


class Brokerage(Payload):
    name: Text = None
    display_name: Text = None


class AllowedBrokerage(Brokerage):
    """A broker that this deployment's key may connect. `slug`: what a portal's `broker` takes."""

    slug: Text = None
    enabled: Flag = None
    maintenance_mode: Flag = None


class ClientInfo(Payload):
    allowed_brokerages: list[AllowedBrokerage]


class Authorization(Payload):
    """A connection. `disabled`: the user must reconnect, and SnapTrade returns the last known data."""

    id: str
    brokerage: Brokerage | None = None
    disabled: Flag = None


class Total(Payload):
    amount: OptionalAmount = None
    currency: Currency = None


class AccountBalance(Payload):
    total: Total | None = None


class HoldingsSync(Payload):
    initial_sync_completed: Flag = None
    last_successful_sync: Text = None
    holdings_unavailable: Flag = None


class SyncStatus(Payload):
    holdings: HoldingsSync | None = None


class Account(Payload):
    id: str
    name: Text = None
    number: Text = None
    institution_name: Text = None
    institution_account_id: Text = None
    sync_status: SyncStatus | None = None
    balance: AccountBalance | None = None
    raw_type: Text = None
    account_category: Text = None
    status: Text = None
    is_paper: Flag = None

    @property
    def sync(self) -> HoldingsSync:
        return (self.sync_status and self.sync_status.holdings) or HoldingsSync.model_construct()


class Underlying(Payload):
    symbol: Text = None
    raw_symbol: Text = None
    currency: Currency = None


class Instrument(Payload):
    """An instrument of any kind. Only options and futures have the contract's fields."""

    id: Text = None
    kind: Text = None
    symbol: Text = None
    raw_symbol: Text = None
    description: Text = None
    currency: Currency = None
    exchange: Text = None
    option_type: Text = None
    strike_price: OptionalAmount = None
    expiration_date: IsoDate = None
    multiplier: OptionalAmount = None
    root_symbol: Text = None
    underlying: Underlying | None = None


class Position(Payload):
    """A position. `price` and `cost_basis` are per unit, or per share of an option; `units` of an option: contracts."""

    instrument: Instrument
    units: Amount = None
    price: Amount = None
    cost_basis: OptionalAmount = None
    currency: Currency = None
    cash_equivalent: Flag = None


class DataFreshness(Payload):
    as_of: IsoDate = None


class PositionsResponse(Payload):
    """`results` are read one by one: an odd position must not hide the others."""

    results: list[Mapping[str, Any]]
    data_freshness: DataFreshness | None = None


class Balance(Payload):
    """The cash in one currency, including money-market funds: positions with `cash_equivalent`."""

    currency: Currency = None
    cash: Amount = None


class Authorizations(Payload):
    items: list[Authorization]


class Accounts(Payload):
    items: list[Account]


class Balances(Payload):
    items: list[Mapping[str, Any]]
