"""Disconnect every item at its provider so that it costs nothing more, then remove its rows here.

A row that is still here may still be connected at the provider, so an interrupted run is simply repeated.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

import click

from tidings_cli import errors

if TYPE_CHECKING:
    from tidings.model import Access, ItemKey, ProviderName
    from tidings.store.items import EncryptedCredential

Outcome = Literal["disconnected", "failed"]
_CALL_TIMEOUT_S = 20.0
_ATTEMPTS = 10
_RETRY_AFTER_S = 60
_DELETION_TIMEOUT_S = 60.0
_PAUSE_S = 2.0
KINDS = {"plaid": "Plaid item", "snaptrade": "SnapTrade user"}


class ConnectedItem(NamedTuple):
    """An item that may still cost something. `encrypted`: its encrypted credential; SnapTrade users need none."""

    item: "ItemKey"
    user_id: str | None
    encrypted: "EncryptedCredential | None"

    @property
    def provider(self) -> "ProviderName":
        return self.item.provider

    @property
    def item_id(self) -> str:
        return self.item.item_id


@dataclass(slots=True)
class Inventory:
    """The items in the tables. `disconnected`: linked items that can't cost anything; `orphans`: unlinked items.

    `unknown_users`: users that SnapTrade has for our key and that this deployment does not know.
    """

    connected: list[ConnectedItem] = field(default_factory=list)
    disconnected: int = 0
    orphans: int = 0
    unknown_users: int = 0

    def count(self, provider: str) -> int:
        return sum(item.provider == provider for item in self.connected)

    @property
    def users(self) -> int:
        return len({item.user_id for item in self.connected if item.user_id})

    @property
    def snaptrade_users(self) -> set[str]:
        return {item.item_id for item in self.connected if item.provider == "snaptrade"}


def take_inventory() -> Inventory:
    """Read all items, and the users that SnapTrade lists."""
    from tidings.model import ProviderName
    from tidings.store import admin_queries, items

    inventory = Inventory()
    encrypted = {item: one for name in get_args(ProviderName) for item, one in items.all_encrypted_credentials(name)}
    listed = list_snaptrade_users() or set()
    for row in admin_queries.all_items():
        item = ConnectedItem(row.item, row.user_id, encrypted.get(row.item))
        # We registered this user, and its secret is lost or not stored yet: SnapTrade's list says whether it exists.
        is_registered = item.provider == "snaptrade" and item.item_id in listed and (row.user_id or row.registering)
        if item.encrypted or is_registered:
            inventory.connected.append(item)
        elif row.user_id is None:
            inventory.orphans += 1
        else:
            inventory.disconnected += 1
    inventory.unknown_users = len(listed - inventory.snaptrade_users)
    return inventory


def disconnect_all(items: Iterable[ConnectedItem], report: Callable[[str], None]) -> Counter[Outcome]:
    """Disconnect every item and remove its rows. Failures are reported, and their rows stay."""
    from tidings.errors import TidingsError

    counts: Counter[Outcome] = Counter()
    for item in items:
        try:
            _disconnect(item)
        except TidingsError as error:
            counts["failed"] += 1
            report(f"failed {item.item}: {errors.describe(error)}")
        else:
            counts["disconnected"] += 1
            report(f"disconnected {item.item}")
    return counts


def _disconnect(item: ConnectedItem) -> None:
    from tidings.errors import ProviderLimit
    from tidings.store import removal

    disconnect = _remove_plaid_item if item.provider == "plaid" else _delete_snaptrade_user
    for attempt in range(_ATTEMPTS):
        try:
            disconnect(item)
            break
        except ProviderLimit as limit:
            if attempt == _ATTEMPTS - 1:
                raise
            time.sleep(limit.retry_after_s or _RETRY_AFTER_S)
    if item.user_id is not None:
        removal.remove_item(item.user_id, item.item)


def _decrypt_access(item: ConnectedItem, app: Mapping[str, str]) -> "Access":
    from tidings.errors import ReconnectRequired
    from tidings.store import credentials
    from tidings.store.sources import SourceKey

    if item.encrypted is None:
        raise ReconnectRequired("credential_lost", "Its credential is lost.")
    owner = item.encrypted.user_id
    key = SourceKey.of_item(owner, item.item) if item.provider == "plaid" else SourceKey.wildcard(owner, item.item)
    return credentials.decrypt_access(key, item.item_id, app, item.encrypted.credential)


def _remove_plaid_item(item: ConnectedItem) -> None:
    from tidings.aws import secrets
    from tidings.errors import NotConfigured
    from tidings.providers.plaid import connections as plaid

    app = secrets.app_secret("plaid")
    if not plaid.is_configured(app):
        raise NotConfigured("The provider plaid is not configured: fill its secret first.")
    plaid.remove_connection(_decrypt_access(item, app), item.item_id, time.monotonic() + _CALL_TIMEOUT_S)


def _delete_snaptrade_user(item: ConnectedItem) -> None:
    """Delete the user with all connections; for a personal key, whose user can't be deleted, the connections."""
    from tidings import settings
    from tidings.aws import secrets
    from tidings.errors import NotConfigured
    from tidings.providers.snaptrade import connections as snaptrade
    from tidings.providers.snaptrade.users import PERSON

    app, deadline = secrets.app_secret("snaptrade"), time.monotonic() + _CALL_TIMEOUT_S
    is_personal = settings.snaptrade_key_type() == "personal"
    if not snaptrade.is_configured(app):
        raise NotConfigured("The provider snaptrade is not configured: fill its secret first.")
    if is_personal != (item.item_id == PERSON):
        raise NotConfigured("It belongs to a SnapTrade key of the other type: deploy with that SnapTradeKeyType first.")
    if not is_personal:
        snaptrade.delete_user(app, item.item_id, deadline)
        return
    access = _decrypt_access(item, app)
    for connection_id in snaptrade.list_connections(access, deadline):
        snaptrade.remove_connection(access, connection_id, deadline)


def list_snaptrade_users() -> set[str] | None:
    """Return the ids of all users that SnapTrade has for our key; None if there is no such list for this key."""
    from tidings import settings
    from tidings.aws import secrets
    from tidings.errors import ProviderError
    from tidings.providers.snaptrade import client

    app = secrets.app_secret("snaptrade")
    if not client.is_configured(app) or settings.snaptrade_key_type() == "personal":
        return None
    try:
        users = client.call_app(app, "GET", "/snapTrade/listUsers", time.monotonic() + _CALL_TIMEOUT_S)
    except ProviderError as error:
        raise click.ClickException(
            f"SnapTrade did not list its users: {error.detail}. Run the command again."
        ) from None
    return {user for user in users if isinstance(user, str)} if isinstance(users, list) else None


def wait_for_deletion(user_ids: set[str]) -> set[str]:
    """Return those that SnapTrade still has after a minute: it deletes asynchronously."""
    give_up_at = time.monotonic() + _DELETION_TIMEOUT_S
    while user_ids:
        left = user_ids & (list_snaptrade_users() or set())
        if not left or time.monotonic() > give_up_at:
            return left
        time.sleep(_PAUSE_S)
    return set()
