"""Decrypt the credentials of one provider's items and call the provider with them.

Each credential is decrypted once per request, and once more if another process replaced it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from tidings import clock
from tidings.errors import ProviderNotReady, ReconnectRequired
from tidings.model import Access, ItemKey, ProviderName, Source, StatusChange, count_nothing
from tidings.store import credentials, items, sources
from tidings.store.items import EncryptedCredential
from tidings.store.sources import SourceKey

T = TypeVar("T")
_REPLACING_S = 5


@dataclass(slots=True, repr=False, eq=False)
class Credentials:
    """The credentials of one user's items at one provider. `encrypted`: those read before the request began."""

    user_id: str
    provider: ProviderName
    app: Mapping[str, str]
    encrypted: Mapping[ItemKey, EncryptedCredential]
    count_calls: Callable[[int], None] = count_nothing
    _decrypted: dict[str, tuple[int, Access]] = field(default_factory=dict)

    def call(self, item_id: str, action: Callable[[Access], T]) -> T:
        """Call with the item's credential; if the provider refuses it and a newer one is stored, once more with that.

        Raises ReconnectRequired if there is no credential or the newest is refused, ProviderNotReady while another
        process is replacing it.
        """
        version, access = self._decrypt(item_id)
        try:
            return action(access)
        except ReconnectRequired as error:
            newer = self._decrypt_newer(item_id, version) if error.reason == "credential_lost" else None
            if newer is None:
                raise
            return action(newer)

    def decrypt(self, item_id: str) -> Access:
        """Return what the item is called with. Raises ReconnectRequired if the user has no credential for it."""
        return self._decrypt(item_id)[1]

    def _decrypt(self, item_id: str) -> tuple[int, Access]:
        cached = self._decrypted.get(item_id)
        if cached is not None:
            return cached
        item = ItemKey(self.provider, item_id)
        # An item that was linked after the read has a row already, and its credential with it.
        encrypted = self.encrypted.get(item) or items.encrypted_credentials([item]).get(item)
        if encrypted is None or encrypted.user_id != self.user_id:
            raise ReconnectRequired("credential_lost")
        return self._remember(item, encrypted)

    def _decrypt_newer(self, item_id: str, version: int) -> Access | None:
        item = ItemKey(self.provider, item_id)
        encrypted = items.encrypted_credentials([item]).get(item)
        if encrypted is None or encrypted.user_id != self.user_id:
            return None
        if encrypted.version == version:
            if encrypted.leased_until > clock.now_ms():
                raise ProviderNotReady("The credential is being replaced.", retry_after_s=_REPLACING_S)
            return None
        return self._remember(item, encrypted)[1]

    def _remember(self, item: ItemKey, encrypted: EncryptedCredential) -> tuple[int, Access]:
        key = SourceKey.of_item(self.user_id, item)
        access = credentials.decrypt_access(key, item.item_id, self.app, encrypted.credential)
        found = encrypted.version, replace(access, count_calls=self.count_calls)
        self._decrypted[item.item_id] = found
        return found


def record_lost_credential(user_id: str, rows: Iterable[Source]) -> None:
    """Set the status of these sources to `reconnect_required`, since no credential of theirs can be used."""
    for row in rows:
        sources.set_status(
            SourceKey.for_source(user_id, row), row, StatusChange("reconnect_required", "credential_lost")
        )
