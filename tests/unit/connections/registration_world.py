"""SnapTrade, the lease of a registration and the link transaction, without I/O."""

import time
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.fakes.product_modules import replace_in_product
from tidings import clock
from tidings.connections import snaptrade_secret
from tidings.connections.registration import Registration
from tidings.model import Access, ItemKey, Source
from tidings.providers.snaptrade import connections as snaptrade
from tidings.store import credentials, item_links, items, registration_leases, removal, sources, user_state
from tidings.store.items import EncryptedCredential
from tidings.store.registration_leases import Lease
from tidings.store.sources import SourceKey
from tidings.store.user_state import UserState

NOW = 1_771_500_000_000
BEGAN_S = 100.0
APP = {"client_id": "c", "consumer_key": "k"}
ITEM = ItemKey("snaptrade", "user")
KEY = SourceKey.wildcard("ann", ITEM)
LEASE = Lease(ITEM, "ann", NOW + 30_000, 0, None, False)
REGISTRATION = Registration("ann", "user", APP, BEGAN_S + 20, "marker")


class World:
    """Each answer is a value or an error to raise. `secrets`: SnapTrade's answers to each registration, in order."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lease = LEASE
        self.stored: EncryptedCredential | None = None
        self.secrets: list[str | Exception] = ["secret"]
        self.link_error: Exception | None = None
        self.given_up: bool | Exception = True
        self.keep_error: Exception | None = None
        self.end_error: Exception | None = None
        self.list_error: Exception | None = None
        self.reads: list[EncryptedCredential | Exception | None] = []
        self.rows: tuple[Source, ...] = ()
        self.limits: list[float] = []
        self.links: list[Any] = []
        self.done: list[tuple[Any, ...]] = []
        monkeypatch.setattr(clock, "now_ms", lambda: NOW)
        replace_in_product(monkeypatch, time, monotonic=lambda: BEGAN_S)
        monkeypatch.setattr(snaptrade_secret, "call_with_timeout", self._call)
        monkeypatch.setattr(snaptrade, "register", self._register)
        monkeypatch.setattr(snaptrade, "delete_user", self._delete)
        monkeypatch.setattr(snaptrade, "list_connections", self._list)
        monkeypatch.setattr(credentials, "encrypt", lambda key, secret: f"{key.source_id} {secret}".encode())
        monkeypatch.setattr(credentials, "decrypt", lambda key, secret: f"{key.source_id} {secret.decode()}")
        monkeypatch.setattr(item_links, "link_item", self._link)
        monkeypatch.setattr(items, "encrypted_credentials", self._encrypted)
        monkeypatch.setattr(user_state, "read_user_state", lambda _: UserState(self.rows, {}))
        monkeypatch.setattr(removal, "remove_source", lambda key, **more: self.done.append(("remove", key, more)))
        monkeypatch.setattr(sources, "set_status", lambda *given: self.done.append(("status", *given)))
        monkeypatch.setattr(registration_leases, "acquire", self._acquire)
        monkeypatch.setattr(registration_leases, "release", lambda lease: self.done.append(("release", lease)))
        monkeypatch.setattr(registration_leases, "give_up", self._give_up)
        monkeypatch.setattr(registration_leases, "keep_attempt", self._keep)
        monkeypatch.setattr(
            registration_leases, "record_deletion_started", lambda *given: self.done.append(("deletion", *given))
        )

    def said(self, what: str) -> list[tuple[Any, ...]]:
        return [tuple(rest) for kind, *rest in self.done if kind == what]

    def _call(self, seconds: float, call: Callable[[], Any]) -> Any:  # noqa: ANN401 - what the call returns
        self.limits.append(seconds)
        return call()

    def _register(self, *given: object) -> str:
        self.done.append(("register", *given))
        answer = self.secrets.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _delete(self, *given: object) -> None:
        self.done.append(("delete", *given))
        if self.end_error:
            raise self.end_error

    def _list(self, access: Access, deadline: float) -> list[str]:
        self.done.append(("list", access.credential, deadline))
        if self.list_error:
            raise self.list_error
        return []

    def _link(self, key: SourceKey, credential: bytes | None, **more: object) -> None:
        self.links.append(SimpleNamespace(key=key, credential=credential, **more))
        if self.link_error:
            raise self.link_error

    def _encrypted(self, wanted: object) -> Mapping[ItemKey, EncryptedCredential]:
        assert wanted == [ITEM]
        found = self.reads.pop(0) if self.reads else self.stored
        if isinstance(found, Exception):
            raise found
        return {} if found is None else {ITEM: found}

    def _acquire(self, *given: object) -> Lease:
        self.done.append(("acquire", *given))
        return self.lease

    def _give_up(self, lease: Lease, now: int) -> bool:
        self.done.append(("give_up", lease, now))
        if isinstance(self.given_up, Exception):
            raise self.given_up
        return self.given_up

    def _keep(self, lease: Lease, now: int) -> None:
        self.done.append(("keep_attempt", lease, now))
        if self.keep_error:
            raise self.keep_error
