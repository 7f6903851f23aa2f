"""Test that a command that changes data sends its webhook, unless it is silent."""

from typing import Any

import httpx
import pytest

from tests.providers.simulators.receiver import Receiver

_DATA = [("trade", {}), ("prices", {}), ("positions", {"count": 3})]
_PLAID = [
    *((command, fields, "DEFAULT_UPDATE") for command, fields in [*_DATA, ("example", {"kind": "grant"})]),
    ("break", {}, "ERROR"),
    ("repair", {}, "LOGIN_REPAIRED"),
    ("end", {}, "USER_PERMISSION_REVOKED"),
]
_SNAPTRADE = [
    *((command, fields, "ACCOUNT_HOLDINGS_UPDATED") for command, fields in [*_DATA, ("example", {"kind": "pence"})]),
    ("break", {}, "CONNECTION_BROKEN"),
    ("repair", {}, "CONNECTION_FIXED"),
]


@pytest.mark.parametrize(("command", "fields", "code"), _PLAID)
def test_plaid_command_sends_webhook_unless_silent(
    plaid_sim: httpx.Client, receiver: Receiver, command: str, fields: dict[str, Any], code: str
) -> None:
    for silent in (True, False):
        item = plaid_sim.post("/_sim/connect", json={"webhook": receiver.url}).json()["item_id"]
        done = plaid_sim.post(f"/_sim/{command}", json={"item_id": item, "silent": silent, **fields}).json()
        assert [sent["status"] for sent in done["deliveries"]] == ([] if silent else [200])
    assert [delivery.event["webhook_code"] for delivery in receiver.received] == [code]


@pytest.mark.parametrize(("command", "fields", "code"), _SNAPTRADE)
def test_snaptrade_command_sends_webhooks_unless_silent(
    snaptrade_sim: httpx.Client, receiver: Receiver, command: str, fields: dict[str, Any], code: str
) -> None:
    user = {"user_id": f"user of {command}", "silent": True}
    connection = snaptrade_sim.post("/_sim/connect", json=user).json()["connection_id"]
    target = {"connection_id": connection, **fields}
    assert snaptrade_sim.post(f"/_sim/{command}", json={**target, "silent": True}).json()["deliveries"] == []
    done = snaptrade_sim.post(f"/_sim/{command}", json=target).json()
    assert {sent["status"] for sent in done["deliveries"]} == {200}
    assert {delivery.event["eventType"] for delivery in receiver.received} == {code}
