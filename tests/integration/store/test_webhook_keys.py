"""Verification keys that Plaid confirmed."""

import pytest

from tests.support.aws.tables import Tables
from tidings.model import ConfirmedKey
from tidings.store import webhook_keys

URL, NOW = "https://sandbox.plaid.com", 1_790_000_000_000


@pytest.mark.parametrize("expired_at", [None, 0, 1_780_000_000])
def test_confirmed_key_is_found_again(tables: Tables, expired_at: int | None) -> None:
    key = ConfirmedKey("x", "y", expired_at, NOW)
    webhook_keys.save_key(URL, "kid", key)
    assert webhook_keys.find_key(URL, "kid") == key
    [row] = tables.rows("WebhookKeysTable")
    assert row["expires_at"] == NOW // 1000 + 30 * 24 * 3600


def test_key_of_another_environment_or_id_is_not_found(tables: Tables) -> None:
    webhook_keys.save_key(URL, "kid", ConfirmedKey("x", "y", None, NOW))
    assert webhook_keys.find_key("https://production.plaid.com", "kid") is None
    assert webhook_keys.find_key(URL, "other") is None


def test_key_confirmed_again_replaces_the_stored_one(tables: Tables) -> None:
    for confirmed_at in (NOW, NOW + 1):
        webhook_keys.save_key(URL, "kid", ConfirmedKey("x", "y", None, confirmed_at))
    found = webhook_keys.find_key(URL, "kid")
    assert found is not None
    assert found.confirmed_at == NOW + 1
