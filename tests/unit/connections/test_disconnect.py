"""A connection is ended at its provider first, then deleted; one that fails leaves the others."""

import time
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.drivers.output import capture_output
from tests.support.fakes.product_modules import replace_in_product
from tidings import providers
from tidings.aws import secrets
from tidings.connections import disconnect, snaptrade
from tidings.errors import NotConfigured, ProviderError, ProviderTimeout, ReconnectRequired, TidingsError
from tidings.model import Access, ItemKey, ProviderName, Source, User
from tidings.store import credentials, ended_users, items, removal, user_state
from tidings.store.items import EncryptedCredential
from tidings.store.sources import SourceKey
from tidings.store.user_state import UserState

ANN = User("ann")
ITEM = Source("plaid", "item", "item", "link")
FIRST, SECOND = Source("snaptrade", "first", "user", "link"), Source("snaptrade", "second", "user", "link")
WILDCARD = Source("snaptrade", "*", "user", "link")
ROWS = (ITEM, FIRST, SECOND, WILDCARD)


class World:
    """`errors`: by source or item id, what its provider raises. `takes_s`: how long each provider's call takes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 100.0
        self.takes_s = 0.0
        self.rows: tuple[Source, ...] = ROWS
        self.errors: dict[str, Exception] = {}
        self.owner: str | None = "ann"
        self.app: Mapping[str, str] = {"key": "k"}
        self.done: list[tuple[Any, ...]] = []
        remover = SimpleNamespace(is_configured=bool, remove_connection=self._end)
        replace_in_product(monkeypatch, time, monotonic=lambda: self.now_s)
        monkeypatch.setattr(providers, "connection_remover", lambda _: remover)
        monkeypatch.setattr(secrets, "app_secret", lambda _: self.app)
        monkeypatch.setattr(user_state, "read_user_state", lambda _: UserState(self.rows, {}))
        monkeypatch.setattr(items, "encrypted_credentials", self._encrypted)
        monkeypatch.setattr(credentials, "decrypt", lambda key, secret: f"{key.source_id} {secret.decode()}")
        monkeypatch.setattr(snaptrade, "delete_user", self._delete_user)
        monkeypatch.setattr(ended_users, "record_end", lambda user_id: self.done.append(("record_end", user_id)))
        monkeypatch.setattr(removal, "remove_source", self._remove)
        monkeypatch.setattr(removal, "remove_leftovers", lambda *given: self.done.append(("leftovers", *given)))
        monkeypatch.setattr(removal, "forget_user", lambda user_id: self.done.append(("forget", user_id)))

    def said(self, what: str) -> list[tuple[Any, ...]]:
        return [tuple(rest) for kind, *rest in self.done if kind == what]

    def _encrypted(self, wanted: Any) -> Any:  # noqa: ANN401 - credentials by item
        return {one: EncryptedCredential(self.owner, b"secret", 1) for one in wanted} if self.owner else {}

    def _end(self, access: Access, source_id: str, deadline: float) -> None:
        self.done.append(("end", access.credential, source_id, deadline))
        self._call(source_id)

    def _delete_user(self, user: User, item_id: str, deadline: float) -> None:
        assert user == ANN
        self.done.append(("end", None, item_id, deadline))
        self._call(item_id)

    def _call(self, name: str) -> None:
        self.now_s += self.takes_s
        if name in self.errors:
            raise self.errors[name]

    def _remove(self, key: SourceKey, **more: object) -> bool:
        self.done.append(("remove", key, more))
        return True


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


def test_item_is_ended_then_deleted_with_its_credential(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    with capture_output(capsys) as output:
        disconnect.disconnect_source(ANN, "plaid", "item")
    key = SourceKey.for_source("ann", ITEM)
    assert world.done == [("end", "item secret", "item", 120.0), ("remove", key, {"with_item": True})]
    assert output.metric_sum("ConnectionRemoved", provider="plaid") == 1
    assert [line["provider"] for line in output.lines_with_message("connection removed")] == ["plaid"]


def test_connection_is_deleted_without_its_item(world: World) -> None:
    disconnect.disconnect_source(ANN, "snaptrade", "second")
    key = SourceKey.for_source("ann", SECOND)
    assert world.done == [("end", "second secret", "second", 120.0), ("remove", key, {"with_item": False})]


@pytest.mark.parametrize(("provider", "source_id"), [("plaid", "second"), ("snaptrade", "*"), ("plaid", "unknown")])
def test_unknown_connection_leaves_nothing_of_a_killed_removal(
    world: World, provider: ProviderName, source_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with capture_output(capsys) as output:
        disconnect.disconnect_source(ANN, provider, source_id)
    assert world.done == [("leftovers", "ann", provider)]
    assert output.metric_sum("ConnectionRemoved") == 0


def test_connection_that_cannot_be_ended_is_kept(world: World) -> None:
    world.errors["item"] = ProviderError()
    with pytest.raises(ProviderError):
        disconnect.disconnect_source(ANN, "plaid", "item")
    assert world.said("remove") == []


def test_connection_whose_credential_is_refused_is_deleted(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.errors["item"] = ReconnectRequired("item_login_required")
    with capture_output(capsys) as output:
        disconnect.disconnect_source(ANN, "plaid", "item")
    assert len(world.said("remove")) == 1
    [line] = output.lines_with_message("connection not ended at the provider")
    assert (line["provider"], line["reason"]) == ("plaid", "item_login_required")


@pytest.mark.parametrize("owner", [None, "bob"])
def test_connection_without_own_credential_is_only_deleted(world: World, owner: str | None) -> None:
    world.owner = owner
    disconnect.disconnect_source(ANN, "plaid", "item")
    assert (len(world.said("end")), len(world.said("remove"))) == (0, 1)


def test_provider_that_is_not_configured_keeps_connection(world: World) -> None:
    world.app = {}
    with pytest.raises(NotConfigured):
        disconnect.disconnect_source(ANN, "plaid", "item")
    assert world.done == []


def test_everything_is_ended_and_deleted_between_marker_and_oblivion(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    with capture_output(capsys) as output:
        disconnect.disconnect_all(ANN)
    item = ItemKey("plaid", "item")
    assert world.done == [
        ("record_end", "ann"),
        ("end", "item secret", "item", 110.0),
        ("remove", SourceKey.of_item("ann", item), {"with_item": True, "leaves_content": True}),
        ("end", None, "user", 120.0),
        ("leftovers", "ann"),
        ("forget", "ann"),
    ]
    assert [output.metric_sum("ConnectionRemoved", provider=name) for name in ("plaid", "snaptrade")] == [1, 1]


def test_known_item_without_source_is_ended_once(world: World) -> None:
    disconnect.disconnect_all(ANN, [ItemKey("snaptrade", "user"), ItemKey("snaptrade", "older")])
    assert [ended[1] for ended in world.said("end")] == ["item", "older", "user"]


def test_slow_item_leaves_the_others_two_seconds_each(world: World) -> None:
    world.rows, world.takes_s = (), 15.0
    disconnect.disconnect_all(ANN, [ItemKey("snaptrade", name) for name in "abc"])
    assert [ended[2] for ended in world.said("end")] == [
        pytest.approx(100 + 20 / 3),
        pytest.approx(115 + 5 / 2),
        pytest.approx(130 + 2),
    ]


@pytest.mark.parametrize("first", [ProviderError(), ProviderTimeout()])
def test_item_that_fails_leaves_the_others_and_the_user_known(
    world: World, first: TidingsError, capsys: pytest.CaptureFixture[str]
) -> None:
    world.errors = {"item": first, "older": NotConfigured()}
    with capture_output(capsys) as output, pytest.raises(TidingsError) as raised:
        disconnect.disconnect_all(ANN, [ItemKey("snaptrade", "older")])
    assert raised.value is first
    assert [ended[1] for ended in world.said("end")] == ["item", "older", "user"]
    assert (world.said("remove"), world.said("leftovers"), world.said("forget")) == ([], [("ann",)], [])
    warned = [(line["provider"], line["problem"]) for line in output.lines_with_message("connection not removed")]
    assert warned == [("plaid", first.slug), ("snaptrade", "not-configured")]
    assert [output.metric_sum("ConnectionRemoved", provider=name) for name in ("plaid", "snaptrade")] == [0, 1]
