"""Opening the credentials of one provider's items for a refresh: each once, and once more if it was replaced."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from tidings import clock
from tidings.errors import ProviderNotReady, ReconnectRequired
from tidings.model import Access, ProviderName, Source, StatusChange, count_nothing
from tidings.store import credentials, items, sources
from tidings.store.items import EncryptedCredential
from tidings.store.sources import SourceKey

T = TypeVar("T")
_REPLACING_S = 5


@dataclass(slots=True, repr=False, eq=False)
class Credentials:
    """The sealed credentials that were read before the refresh, by item key, and those opened so far."""

    user_id: str
    provider: ProviderName
    app: Mapping[str, str]
    sealed: Mapping[str, EncryptedCredential]
    count_calls: Callable[[int], None] = count_nothing
    _decrypted: dict[str, tuple[int, Access]] = field(default_factory=dict)

    def call(self, item_id: str, action: Callable[[Access], T]) -> T:
        """Call with the item's credential; with a newer one, if another machine replaced it meanwhile (§6).

        ReconnectRequired when there is none, or the provider refuses the newest; ProviderNotReady while another
        machine is at replacing it.
        """
        version, access = self._open(item_id)
        try:
            return action(access)
        except ReconnectRequired as error:
            newer = self._newer(item_id, version) if error.reason == "credential_lost" else None
            if newer is None:
                raise
            return action(newer)

    def decrypt(self, item_id: str) -> Access:
        return self._open(item_id)[1]

    def _open(self, item_id: str) -> tuple[int, Access]:
        held = self._decrypted.get(item_id)
        if held is None:
            item = items.key(self.provider, item_id)
            # An item that was linked since the read has a row already, and its credential with it.
            sealed = self.sealed.get(item) or items.encrypted_credentials([item]).get(item)
            if sealed is None or sealed.user_id != self.user_id:
                raise ReconnectRequired("credential_lost")
            held = self._decrypted[item_id] = (sealed.version, self._decrypt_access(item_id, sealed))
        return held

    def _newer(self, item_id: str, version: int) -> Access | None:
        item = items.key(self.provider, item_id)
        sealed = items.encrypted_credentials([item]).get(item)
        if sealed is None or sealed.user_id != self.user_id:
            return None
        if sealed.version == version:
            if sealed.leased_until > clock.now_ms():
                raise ProviderNotReady("The credential is being replaced.", retry_after_s=_REPLACING_S)
            return None
        access = self._decrypt_access(item_id, sealed)
        self._decrypted[item_id] = (sealed.version, access)
        return access

    def _decrypt_access(self, item_id: str, sealed: EncryptedCredential) -> Access:
        key = SourceKey(self.user_id, self.provider, item_id, items.key(self.provider, item_id))
        return replace(
            credentials.decrypt_access(key, item_id, self.app, sealed.credential), count_calls=self.count_calls
        )


def record_lost_credential(user_id: str, rows: Iterable[Source]) -> None:
    """Let every reader know that the user has to connect anew: nothing that stood in these rows can be called."""
    for row in rows:
        sources.set_status(SourceKey.of(user_id, row), row, StatusChange("reconnect_required", "credential_lost"))
