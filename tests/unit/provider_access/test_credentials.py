"""A credential is decrypted once, and once more if the provider refuses it and a newer one is stored."""

from collections.abc import Callable

import pytest

from tidings import clock
from tidings.errors import ProviderNotReady, ReconnectRequired
from tidings.model import Access, ItemKey, Source, StatusChange, count_nothing
from tidings.provider_access.credentials import Credentials, record_lost_credential
from tidings.store import credentials, items, sources
from tidings.store.items import EncryptedCredential
from tidings.store.sources import SourceKey

NOW = 1_790_000_000_000
ITEM = ItemKey("plaid", "item")


class Stored:
    """The items' rows, and what was read and decrypted of them."""

    def __init__(self) -> None:
        self.items: dict[ItemKey, EncryptedCredential] = {}
        self.reads = 0
        self.decrypted: list[bytes] = []

    def read(self, wanted: list[ItemKey]) -> dict[ItemKey, EncryptedCredential]:
        self.reads += 1
        return {item: self.items[item] for item in wanted if item in self.items}

    def decrypt(self, key: SourceKey, item_id: str, app: dict[str, str], credential: bytes) -> Access:
        assert key == SourceKey.of_item("ann", ItemKey("plaid", item_id))
        self.decrypted.append(credential)
        return Access(app, item_id, credential.decode())


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> Stored:
    stored = Stored()
    monkeypatch.setattr(clock, "now_ms", lambda: NOW)
    monkeypatch.setattr(items, "encrypted_credentials", stored.read)
    monkeypatch.setattr(credentials, "decrypt_access", stored.decrypt)
    return stored


def encrypted(
    text: str = "first", version: int = 1, leased_until: int = 0, user_id: str = "ann"
) -> EncryptedCredential:
    return EncryptedCredential(user_id, text.encode(), version, leased_until)


def of_ann(
    read_before: EncryptedCredential | None = None, count_calls: Callable[[int], None] = count_nothing
) -> Credentials:
    known = {} if read_before is None else {ITEM: read_before}
    return Credentials("ann", "plaid", {"key": "app"}, known, count_calls)


def refusing(*refused: str, reason: str = "credential_lost") -> Callable[[Access], str]:
    """A call that the provider refuses with these credentials."""

    def call(access: Access) -> str:
        if access.credential in refused:
            raise ReconnectRequired(reason)
        return access.credential

    return call


def test_credential_is_decrypted_once_and_calls_are_counted(stored: Stored) -> None:
    counted: list[int] = []
    mine = of_ann(encrypted(), count_calls=counted.append)
    access = mine.decrypt("item")
    assert (access.app, access.item_id, access.credential) == ({"key": "app"}, "item", "first")
    access.count_calls(3)
    assert mine.call("item", lambda given: given.credential) == "first"
    assert (stored.decrypted, stored.reads, counted) == ([b"first"], 0, [3])


def test_item_that_was_not_read_before_is_read(stored: Stored) -> None:
    stored.items[ITEM] = encrypted()
    assert of_ann().decrypt("item").credential == "first"
    assert stored.reads == 1


@pytest.mark.parametrize("found", [None, encrypted(user_id="bob")])
def test_user_without_a_credential_has_to_reconnect(stored: Stored, found: EncryptedCredential | None) -> None:
    for mine in (of_ann(found), of_ann()):
        if found:
            stored.items[ITEM] = found
        with pytest.raises(ReconnectRequired) as error:
            mine.decrypt("item")
        assert error.value.reason == "credential_lost"
    assert stored.decrypted == []


def test_refused_credential_is_tried_again_with_the_newer_one(stored: Stored) -> None:
    stored.items[ITEM] = encrypted("second", 2)
    mine = of_ann(encrypted())
    assert mine.call("item", refusing("first")) == "second"
    assert mine.call("item", refusing()) == "second", "the newer one is kept"
    assert stored.decrypted == [b"first", b"second"]


def test_newer_credential_that_is_refused_too_is_not_replaced_again(stored: Stored) -> None:
    stored.items[ITEM] = encrypted("second", 2)
    with pytest.raises(ReconnectRequired):
        of_ann(encrypted()).call("item", refusing("first", "second"))
    assert stored.reads == 1


@pytest.mark.parametrize(
    "found", [None, encrypted(), encrypted("second", 2, user_id="bob"), encrypted(leased_until=NOW)]
)
def test_refused_credential_without_a_newer_one_is_lost(stored: Stored, found: EncryptedCredential | None) -> None:
    if found:
        stored.items[ITEM] = found
    with pytest.raises(ReconnectRequired):
        of_ann(encrypted()).call("item", refusing("first", "second"))
    assert stored.decrypted == [b"first"]


def test_credential_that_is_being_replaced_is_not_ready(stored: Stored) -> None:
    stored.items[ITEM] = encrypted(leased_until=NOW + 1)
    with pytest.raises(ProviderNotReady) as error:
        of_ann(encrypted()).call("item", refusing("first"))
    assert error.value.retry_after_s == 5


def test_newer_credential_is_used_though_a_further_one_is_being_made(stored: Stored) -> None:
    stored.items[ITEM] = encrypted("second", 2, leased_until=NOW + 1)
    assert of_ann(encrypted()).call("item", refusing("first")) == "second"


def test_another_reason_to_reconnect_reads_no_newer_credential(stored: Stored) -> None:
    stored.items[ITEM] = encrypted("second", 2)
    with pytest.raises(ReconnectRequired) as error:
        of_ann(encrypted()).call("item", refusing("first", reason="item_login_required"))
    assert (error.value.reason, stored.reads) == ("item_login_required", 0)


def test_lost_credential_is_the_status_of_its_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    changed: list[tuple[SourceKey, Source, StatusChange]] = []
    monkeypatch.setattr(sources, "set_status", lambda *given: changed.append(given))
    rows = [Source("plaid", "a", "item", "link"), Source("plaid", "b", "item", "link")]
    record_lost_credential("ann", rows)
    lost = StatusChange("reconnect_required", "credential_lost")
    assert changed == [(SourceKey.for_source("ann", row), row, lost) for row in rows]
