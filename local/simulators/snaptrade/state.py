"""Define the state of the SnapTrade simulator, with decimals as strings, as SnapTrade sends them."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NotRequired, TypedDict, cast

from local.simulators.control import SimulatorControls
from local.simulators.snaptrade.errors import not_found_error
from local.simulators.state_file import StateFile


class Position(TypedDict):
    """`instrument` is in wire format. `cost_basis` is per unit; for options, whose units are contracts, per share."""

    instrument: dict[str, Any]
    units: str | None
    price: str
    cost_basis: str | None
    currency: str
    cash_equivalent: bool


class Account(TypedDict):
    """`cash` per currency includes the positions marked as cash equivalents. `status` is `open` if absent."""

    id: str
    name: str
    number: str
    institution_account_id: str
    raw_type: str
    created_date: str
    initial_sync_completed: bool
    holdings_unavailable: bool
    last_successful_sync: str
    positions: list[Position]
    cash: dict[str, str]
    status: NotRequired[str]
    is_paper: NotRequired[bool]


class Connection(TypedDict):
    id: str
    broker: str
    type: str
    created_date: str
    disabled: bool
    disabled_date: str | None
    accounts: list[Account]


class User(TypedDict):
    user_id: str
    user_secret: str
    connections: dict[str, Connection]


class Login(TypedDict):
    """One session of the connection portal; `expires_at` is in epoch seconds, `reconnect` the connection to repair."""

    user_id: str
    broker: str | None
    connection_type: str
    reconnect: str | None
    redirect: str | None
    session_id: str
    expires_at: float


class State(TypedDict):
    users: dict[str, User]
    logins: dict[str, Login]


@dataclass
class Simulator:
    client_id: str
    consumer_key: str
    webhook_url: str
    webhook_secret: str
    controls: SimulatorControls
    file: StateFile
    state: State
    is_personal: bool = False
    deletion_takes_s: float = 0

    def save(self) -> None:
        self.file.save(self.state)

    @property
    def personal_user_id(self) -> str:
        """Return the internal user id of a personal key's owner, which no request contains."""
        return derive_identifier(f"person/{self.client_id}")

    def connections(self) -> Iterator[tuple[User, Connection]]:
        for user in self.state["users"].values():
            for connection in user["connections"].values():
                yield user, connection


def find_connection(user: User, connection_id: str) -> Connection:
    """Return a connection of the user. Raises SnapTradeError (404) if the user has no such connection."""
    connection = user["connections"].get(connection_id)
    if connection is None:
        raise not_found_error()
    return connection


def find_account(user: User, account_id: str) -> Account:
    """Return an account of the user. Raises SnapTradeError (404) if the user has no such account."""
    for connection in user["connections"].values():
        for account in connection["accounts"]:
            if account["id"] == account_id:
                return account
    raise not_found_error()


def load_state(file: StateFile) -> State:
    return cast(State, file.load(lambda: {"users": {}, "logins": {}}))


def new_identifier() -> str:
    return str(uuid.uuid4())


def derive_identifier(name: str) -> str:
    """Derive a UUID from a name, the same in every run."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"snaptrade:{name}"))


def format_timestamp() -> str:
    """Format the current time as in SnapTrade's examples: space, microseconds, +00:00."""
    return datetime.now(UTC).isoformat(" ", "microseconds")
