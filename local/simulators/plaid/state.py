"""Define the state of the Plaid simulator: decimals as strings, times as UTC ISO 8601 or epoch seconds."""

import secrets
import string
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NotRequired, TypedDict, cast

from local.simulators.control import SimulatorControls
from local.simulators.plaid.errors import PlaidError
from local.simulators.plaid.signing import KeyRecord, generate_key
from local.simulators.state_file import StateFile

_ALPHABET = string.ascii_letters + string.digits


class Account(TypedDict):
    """`margin_loan`: what the account has borrowed; its total is net of that."""

    account_id: str
    name: str
    official_name: str
    mask: str
    subtype: str
    margin_loan: NotRequired[str]


class Position(TypedDict):
    """`price` per unit, `cost_basis` in total; an option's quantity counts shares (100 per contract).

    `vested`: how much of the quantity is vested; absent where nothing vests.
    """

    account_id: str
    security_id: str
    quantity: str
    price: str
    cost_basis: str | None
    currency: str
    vested: NotRequired[str]


class LastWebhook(TypedDict):
    sent_at: str
    code_sent: str


class Item(TypedDict):
    """`unannounced`: the holdings changed after the last webhook. `securities` are in wire format."""

    item_id: str
    access_token: str
    client_user_id: str
    institution_id: str
    webhook: str | None
    products: list[str]
    login_required: bool
    unannounced: bool
    created_at: str
    updated_at: str
    last_webhook: LastWebhook | None
    accounts: list[Account]
    positions: list[Position]
    securities: dict[str, dict[str, Any]]


class PublicToken(TypedDict):
    item_id: str
    expires_at: float


class LinkSession(TypedDict):
    """A link token and its session; `update_item_id` is the item in update mode."""

    link_token: str
    link_session_id: str
    created_at: str
    expires_at: float
    client_user_id: str
    client_name: str
    language: str
    country_codes: list[str]
    products: list[str]
    webhook: str | None
    redirect_uri: str | None
    completion_redirect_uri: str | None
    update_item_id: str | None
    account_selection: bool
    started_at: str | None
    finished_at: str | None
    public_token: str | None
    item_id: str | None
    exit: NotRequired[dict[str, Any]]


class State(TypedDict):
    """`keys`: the signing keys, the current one last. `removed`: access tokens of removed items."""

    keys: list[KeyRecord]
    items: dict[str, Item]
    public_tokens: dict[str, PublicToken]
    link_sessions: dict[str, LinkSession]
    removed: list[str]


@dataclass
class Simulator:
    client_id: str
    secret: str
    controls: SimulatorControls
    file: StateFile
    state: State

    def save(self) -> None:
        self.file.save(self.state)

    def find_item(self, access_token: object) -> Item:
        """Return the item of an access token. Raises PlaidError if the token is unknown or its item was removed."""
        for item in self.state["items"].values():
            if item["access_token"] == access_token:
                return item
        if access_token in self.state["removed"]:
            raise PlaidError("ITEM_ERROR", "ITEM_NOT_FOUND", "the Item you requested cannot be found")
        raise PlaidError("INVALID_INPUT", "INVALID_ACCESS_TOKEN", "could not find matching access token")


def load_state(file: StateFile) -> State:
    state = cast(State, file.load(_initial_state))
    file.save(state)
    return state


def _initial_state() -> dict[str, Any]:
    return {"keys": [generate_key()], "items": {}, "public_tokens": {}, "link_sessions": {}, "removed": []}


def new_identifier() -> str:
    """Return 37 random characters, as in Plaid's item, account and security ids."""
    return "".join(secrets.SystemRandom().choices(_ALPHABET, k=37))


def new_token(kind: str) -> str:
    return f"{kind}-sandbox-{uuid.uuid4()}"


def format_precise_timestamp() -> str:
    """Format the current time in UTC with microseconds and `Z`: two changes never share a value."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def format_timestamp(epoch_s: float | None = None) -> str:
    """Format a time, by default the current one, in UTC with whole seconds and `Z`."""
    moment = datetime.fromtimestamp(time.time() if epoch_s is None else epoch_s, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
