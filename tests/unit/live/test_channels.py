"""Names of channels: the same for whoever publishes and subscribes, and unknown to everybody else."""

import hashlib
import hmac
import re

import pytest

from tests.unit.live.conftest import CHANNEL_KEY, Keys
from tidings.errors import StoreUnavailable
from tidings.live.channels import channel_name, channel_path


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize("user_id", ["alice", "münchen", "a/b", "*", "a" * 1000])
def test_channel_is_a_keyed_hash_of_the_user(user_id: str) -> None:
    name = channel_name(user_id)
    assert name == hmac.new(CHANNEL_KEY.encode(), user_id.encode(), hashlib.sha256).hexdigest()[:40]
    assert re.fullmatch(r"/updates/[0-9a-f]{40}", channel_path(name)), "AppSync takes fifty letters and digits"


@pytest.mark.threat(id="foreign-channel")
def test_channel_of_a_user_differs_between_users_and_deployments(keys: Keys) -> None:
    names = {channel_name(user_id) for user_id in ("alice", "Alice", "alice ", "bob")}
    keys["live_channel"] = {"key": "another deployment's"}
    assert len({*names, channel_name("alice")}) == 5


def test_channel_survives_rotation_of_the_ticket_keys(keys: Keys) -> None:
    before = channel_name("alice")
    keys["live_ticket"] = {"key": "new", "key_previous": "old"}
    assert channel_name("alice") == before


def test_channel_without_its_key_is_an_error(keys: Keys) -> None:
    keys["live_channel"] = {}
    with pytest.raises(StoreUnavailable):
        channel_name("alice")
