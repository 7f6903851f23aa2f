"""SnapTrade's answers, the part that we read (https://docs.snaptrade.com/reference)."""

from typing import Annotated

from pydantic import BeforeValidator

from tidings.providers.schema_types import Amount, Flag, IsoDate, Payload, Text


def _currency(value: object) -> object:
    """An ISO code, or an object that holds one."""
    return value.get("code") if isinstance(value, dict) else value


Currency = Annotated[Text, BeforeValidator(_currency)]


class Brokerage(Payload):
    name: Text = None
    display_name: Text = None


class Authorization(Payload):
    """A connection. `disabled`: the user has to reconnect; the last state is still served."""

    id: str
    brokerage: Brokerage | None = None
    disabled: Flag = None


class Total(Payload):
    amount: Amount = None
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

    @property
    def sync(self) -> HoldingsSync:
        return (self.sync_status and self.sync_status.holdings) or HoldingsSync.model_construct()


class Underlying(Payload):
    symbol: Text = None
    raw_symbol: Text = None


class Instrument(Payload):
    """Of any kind; the option's fields are absent for the others."""

    kind: Text = None
    symbol: Text = None
    raw_symbol: Text = None
    description: Text = None
    currency: Currency = None
    exchange: Text = None
    option_type: Text = None
    strike_price: Amount = None
    expiration_date: IsoDate = None
    multiplier: Amount = None
    underlying: Underlying | None = None


class Position(Payload):
    """`price` and `cost_basis` per unit, for an option per share; `units` signed, for an option contracts."""

    instrument: Instrument
    units: Amount = None
    price: Amount = None
    cost_basis: Amount = None
    currency: Currency = None
    cash_equivalent: Flag = None


class DataFreshness(Payload):
    as_of: IsoDate = None


class PositionsAnswer(Payload):
    results: list[Position]
    data_freshness: DataFreshness | None = None


class Balance(Payload):
    """`cash` includes the money-market funds that are positions marked `cash_equivalent`."""

    currency: Currency = None
    cash: Amount = None


class Authorizations(Payload):
    items: list[Authorization]


class Accounts(Payload):
    items: list[Account]


class Balances(Payload):
    items: list[Balance]
