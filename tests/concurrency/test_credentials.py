"""A credential decrypts only for its user, provider and item, and is deleted with its connection."""

from typing import Any

import pytest

from tests.support.aws.account import table_name
from tests.support.aws.engine import Engine
from tests.support.drivers.app import App, LinkedSource
from tests.support.drivers.user_driver import UserDriver
from tidings.errors import StoreUnavailable
from tidings.model import ItemKey
from tidings.store import credentials
from tidings.store.sources import SourceKey

KEY = SourceKey.of_item("alice", ItemKey("plaid", "item-1"))
SECRET = "access-sandbox-1"


@pytest.fixture
def encrypted(app: App) -> bytes:
    return credentials.encrypt(KEY, SECRET)


def test_decrypt_returns_secret_in_own_context(encrypted: bytes) -> None:
    assert credentials.decrypt(KEY, encrypted) == SECRET
    assert SECRET.encode() not in encrypted
    assert credentials.encrypt(KEY, SECRET) != encrypted, "encrypting again gives another ciphertext"


@pytest.mark.threat(id="copied-ciphertext")
@pytest.mark.parametrize(
    "other",
    [{"user_id": "mallory"}, {"provider": "snaptrade"}, {"item": "plaid#item-2"}, {"item": "snaptrade#item-1"}],
    ids=lambda other: "-".join(other.values()),
)
def test_decrypt_requires_matching_context(encrypted: bytes, other: dict[str, Any]) -> None:
    with pytest.raises(StoreUnavailable) as refused:
        credentials.decrypt(KEY._replace(**other), encrypted)
    assert SECRET not in f"{refused.value!r} {refused.value.detail} {refused.value.__cause__!r}"


@pytest.mark.parametrize("spoilt", [b"", b"x", SECRET.encode()])
def test_decrypt_rejects_foreign_ciphertext(app: App, spoilt: bytes) -> None:
    with pytest.raises(StoreUnavailable):
        credentials.decrypt(KEY, spoilt)


@pytest.mark.threat(id="copied-ciphertext")
def test_copied_credential_reaches_nothing(app: App, engine: Engine, user_driver: UserDriver) -> None:
    """An attacker who can write rows but not decrypt copies another user's credential into their own row."""
    own, victim = user_driver.link("plaid"), UserDriver(app, engine.dynamodb)
    stolen = _credential(engine, victim.link("plaid"))
    engine.dynamodb.update_item(
        TableName=table_name("ProviderItemsTable"),
        Key={"item": {"S": f"plaid#{own.item_id}"}},
        UpdateExpression="SET credential = :stolen",
        ExpressionAttributeValues={":stolen": stolen},
    )
    app.providers.reset()
    answered = app.refresh(user_driver.cookie, "plaid")
    assert answered.status == 503
    assert app.providers.calls("plaid", "/investments") == []
    assert user_driver.shown_holdings() == []


@pytest.mark.parametrize("route", ["DELETE /plaid/items/{item_id}", "DELETE /connections"])
def test_credential_is_deleted_with_connection(app: App, user_driver: UserDriver, route: str) -> None:
    linked = user_driver.link("plaid")
    for _ in range(2):  # a second click, or a retry
        answered = app.request(route, user_driver.cookie, parameters={"item_id": linked.item_id})
        assert answered.status == 204
    assert user_driver.item(linked) is None
    assert len(app.providers.calls("plaid", "/item/remove")) == 1
    assert user_driver.is_gone_at_provider(linked)


def test_item_unknown_to_plaid_is_deleted(app: App, user_driver: UserDriver) -> None:
    linked = user_driver.link("plaid")
    state = app.providers.plaid_simulator.state
    state["removed"].append(state["items"].pop(linked.item_id)["access_token"])
    assert app.disconnect(user_driver.cookie, linked).status == 204
    assert user_driver.item(linked) is None


def _credential(engine: Engine, linked: LinkedSource) -> Any:  # noqa: ANN401 - as DynamoDB has it
    key = {"item": {"S": f"plaid#{linked.item_id}"}}
    return engine.dynamodb.get_item(TableName=table_name("ProviderItemsTable"), Key=key)["Item"]["credential"]
