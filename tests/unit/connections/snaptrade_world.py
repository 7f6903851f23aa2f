"""SnapTrade and the store around a user's portal and a user's deletion, without I/O."""

import json
import time
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.fakes.product_modules import replace_in_product
from tidings import clock
from tidings.api.request import Request
from tidings.aws import secrets
from tidings.connections import snaptrade as routes
from tidings.connections import snaptrade_registration
from tidings.connections.registration import Registration
from tidings.model import Access, ItemKey, Source, User
from tidings.providers.snaptrade import connections as snaptrade
from tidings.providers.snaptrade.connections import Portal
from tidings.store import credentials, ended_users, expected_connections, items, removal, user_state
from tidings.store.items import EncryptedCredential, ItemRecord
from tidings.store.user_state import EndedUser, UserState

NOW = 1_771_500_000_000
ANN = User("ann", "ann@example.com")
APP = {"client_id": "c", "consumer_key": "k"}
PAGE = "https://app.example.com/connected"
CONNECTION, WILDCARD = (Source("snaptrade", name, "user", "link") for name in ("first", "*"))


class World:
    """`refusals`: what a call with a credential raises. `connections`: those that SnapTrade lists, or its error."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rows: tuple[Source, ...] = (WILDCARD, CONNECTION, Source("plaid", "item", "item", "link"))
        self.app: Mapping[str, str] = APP
        self.owner: str | None = "ann"
        self.refusals: dict[str, Exception] = {}
        self.record: ItemRecord | None = ItemRecord("ann")
        self.linked_owner: str | None = "ann"
        self.is_removed = True
        self.connections: list[str] | Exception = []
        self.done: list[tuple[Any, ...]] = []
        ended = EndedUser("ended", is_reopened=False)
        monkeypatch.setattr(clock, "now_ms", lambda: NOW)
        replace_in_product(monkeypatch, time, monotonic=lambda: 100.0)
        monkeypatch.setattr(secrets, "app_secret", lambda name: {"snaptrade": self.app}[name])
        monkeypatch.setattr(user_state, "read_user_state", lambda _: UserState(self.rows, {}, ended))
        monkeypatch.setattr(ended_users, "reopen", lambda *given: "marker" if given == ("ann", ended, NOW) else None)
        monkeypatch.setattr(items, "encrypted_credentials", self._encrypted)
        monkeypatch.setattr(items, "find_record", lambda _: self.record)
        monkeypatch.setattr(items, "find_owner", lambda _, consistent: self.linked_owner if consistent else None)
        monkeypatch.setattr(credentials, "decrypt", lambda _, secret: secret.decode())
        monkeypatch.setattr(expected_connections, "expect", lambda *given: self.done.append(("expect", *given)))
        monkeypatch.setattr(snaptrade, "create_portal", self._create)
        monkeypatch.setattr(snaptrade, "list_connections", self._list)
        monkeypatch.setattr(snaptrade, "remove_connection", self._end)
        monkeypatch.setattr(snaptrade, "delete_user", lambda *given: self.done.append(("delete", *given)))
        monkeypatch.setattr(removal, "remove_item", self._remove)
        for name in ("register", "replace"):
            monkeypatch.setattr(snaptrade_registration, name, self._registering(name))
        monkeypatch.setattr(
            snaptrade_registration, "record_lost_credential", lambda given: self.done.append(("lost", given))
        )

    def create(self, user: User = ANN, **body: object) -> Any:  # noqa: ANN401 - JSON
        request = Request("POST /", "POST", "/", {}, {}, {}, {}, json.dumps(body).encode())
        answered: Any = routes.create_connection_url(user, request)
        assert answered["statusCode"] == 200
        return json.loads(answered["body"])

    def said(self, what: str) -> list[tuple[Any, ...]]:
        return [tuple(rest) for kind, *rest in self.done if kind == what]

    def _encrypted(self, wanted: Sequence[ItemKey]) -> dict[ItemKey, EncryptedCredential]:
        stored = EncryptedCredential(self.owner, b"stored", 1) if self.owner else None
        return {one: stored for one in wanted if stored and one.provider == "snaptrade"}

    def _registering(self, name: str) -> Any:  # noqa: ANN401 - a function
        def register(given: Registration) -> Access:
            self.done.append((name, given))
            if name in self.refusals:
                raise self.refusals[name]
            return Access(given.app, given.item_id, name)

        return register

    def _create(self, access: Access, **values: Any) -> Portal:  # noqa: ANN401 - a portal's options
        self.done.append(("portal", access, SimpleNamespace(**values)))
        if access.credential in self.refusals:
            raise self.refusals[access.credential]
        return Portal("https://portal", NOW + 1000)

    def _list(self, access: Access, deadline: float) -> list[str]:
        self.done.append(("list", access.item_id, access.credential, deadline))
        if isinstance(self.connections, Exception):
            raise self.connections
        return self.connections

    def _end(self, access: Access, name: str, deadline: float) -> None:
        self.done.append(("end", access.credential, name, deadline))
        if name in self.refusals:
            raise self.refusals[name]

    def _remove(self, *given: object, **more: object) -> bool:
        self.done.append(("remove", *given, more))
        return self.is_removed
