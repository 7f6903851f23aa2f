"""Test SnapTrade's webhooks with its published verification sample."""

import json
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from local.simulators.snaptrade.app import CLIENT_ID, CONSUMER_KEY, WEBHOOK_SECRET
from tests.providers.simulators.receiver import Receiver, wait_for_deliveries
from tests.providers.simulators.verifiers import is_signed_by_snaptrade


@pytest.fixture
def user_id(snaptrade_sim: httpx.Client, receiver: Receiver) -> str:
    attempt = snaptrade_sim.post("/_sim/connect", json={"user_id": f"user_{uuid.uuid4()}", "silent": True}).json()
    return str(attempt["user_id"])


def send_webhook(sim: httpx.Client, **fields: object) -> list[dict[str, Any]]:
    response: list[dict[str, Any]] = sim.post("/_sim/webhook", json=fields).raise_for_status().json()["deliveries"]
    return response


def test_holdings_event_has_the_native_shape(snaptrade_sim: httpx.Client, user_id: str, receiver: Receiver) -> None:
    delivery = send_webhook(snaptrade_sim, user_id=user_id)[0]
    event = receiver.last.event
    assert is_signed_by_snaptrade(receiver.last, CONSUMER_KEY)
    assert delivery["webhook_id"] == event["webhookId"]
    assert event["eventType"] == "ACCOUNT_HOLDINGS_UPDATED"
    assert (event["userId"], event["clientId"], event["webhookSecret"]) == (user_id, CLIENT_ID, WEBHOOK_SECRET)
    assert {"accountId", "brokerageAuthorizationId", "brokerageId"} <= event.keys()
    assert event["details"].keys() == {"total_value", "positions", "balances", "orders"}
    assert event["details"]["positions"] == {"success": True, "error": None}
    age = datetime.now(UTC) - datetime.fromisoformat(event["eventTimestamp"])
    assert timedelta(0) <= age < timedelta(seconds=10)


def test_wire_form_differs_from_the_canonical_form(
    snaptrade_sim: httpx.Client, user_id: str, receiver: Receiver
) -> None:
    send_webhook(snaptrade_sim, user_id=user_id, extra={"note": "Crédit"})
    canonical = json.dumps(receiver.last.event, separators=(",", ":"), sort_keys=True).encode()
    assert receiver.last.body != canonical
    assert "Crédit".encode() in receiver.last.body
    assert is_signed_by_snaptrade(receiver.last, CONSUMER_KEY)


@pytest.mark.parametrize(
    ("variant", "is_signed"),
    [("genuine", True), ("stale", True), ("forged", False), ("tampered", False), ("unsigned", False)],
)
def test_snaptrade_webhook_variant_verifies_as_expected(
    snaptrade_sim: httpx.Client, user_id: str, receiver: Receiver, variant: str, is_signed: bool
) -> None:
    send_webhook(snaptrade_sim, user_id=user_id, variant=variant)
    assert is_signed_by_snaptrade(receiver.last, CONSUMER_KEY) is is_signed
    age = datetime.now(UTC) - datetime.fromisoformat(receiver.last.event["eventTimestamp"])
    assert (age > timedelta(seconds=300)) is (variant == "stale")


def test_snaptrade_replay_repeats_the_last_genuine_delivery(
    snaptrade_sim: httpx.Client, user_id: str, receiver: Receiver
) -> None:
    send_webhook(snaptrade_sim, user_id=user_id)
    send_webhook(snaptrade_sim, user_id=user_id, variant="tampered")
    send_webhook(snaptrade_sim, user_id=user_id, variant="replay")
    genuine, _, again = receiver.received
    assert (again.body, again.headers["signature"]) == (genuine.body, genuine.headers["signature"])


def test_duplicates_share_a_webhook_id(snaptrade_sim: httpx.Client, user_id: str, receiver: Receiver) -> None:
    assert len(send_webhook(snaptrade_sim, user_id=user_id, times=50)) == 50
    assert len({received.event["webhookId"] for received in receiver.received}) == 1


def test_distinct_webhooks_have_distinct_ids(snaptrade_sim: httpx.Client, user_id: str, receiver: Receiver) -> None:
    send_webhook(snaptrade_sim, user_id=user_id, times=20, distinct=True)
    assert len({received.event["webhookId"] for received in receiver.received}) == 20


def test_legacy_shape_nests_data_and_is_signed(snaptrade_sim: httpx.Client, user_id: str, receiver: Receiver) -> None:
    send_webhook(snaptrade_sim, user_id=user_id, shape="legacy")
    event = receiver.last.event
    assert event["type"] == "ACCOUNT_HOLDINGS_UPDATED"
    assert event["data"]["userId"] == user_id
    assert "eventType" not in event
    assert is_signed_by_snaptrade(receiver.last, CONSUMER_KEY)


def test_oauth_shape_renames_fields_and_is_signed(
    snaptrade_sim: httpx.Client, user_id: str, receiver: Receiver
) -> None:
    send_webhook(snaptrade_sim, user_id=user_id, shape="oauth_v1")
    event = receiver.last.event
    assert (event["schemaVersion"], event["oauthClientId"]) == ("oauth_v1", CLIENT_ID)
    assert "connectionId" in event
    assert event.keys().isdisjoint({"webhookSecret", "clientId", "brokerageAuthorizationId"})
    assert is_signed_by_snaptrade(receiver.last, CONSUMER_KEY)


@pytest.mark.parametrize(
    ("event_type", "present", "absent"),
    [
        ("CONNECTION_BROKEN", {"brokerageAuthorizationId"}, {"accountId", "brokerageId"}),
        ("CONNECTION_FAILED", {"userId"}, {"brokerageAuthorizationId", "accountId"}),
        ("CONNECTION_ATTEMPTED", {"connectionAttemptedResult", "brokerageId"}, {"brokerageAuthorizationId"}),
        ("ACCOUNT_REMOVED", {"accountId", "brokerageAuthorizationId"}, {"details"}),
        ("TRADE_DETECTION", {"accountId", "webookId", "details"}, set()),
        ("TEST_WEBHOOK", {"webhookId"}, {"userId"}),
        ("NEVER_HEARD_OF", {"userId"}, set()),
    ],
)
def test_event_type_determines_its_fields(
    snaptrade_sim: httpx.Client,
    user_id: str,
    receiver: Receiver,
    event_type: str,
    present: set[str],
    absent: set[str],
) -> None:
    send_webhook(snaptrade_sim, user_id=user_id, event_type=event_type)
    assert present <= receiver.last.event.keys()
    assert receiver.last.event.keys().isdisjoint(absent)


def test_webhook_can_name_an_unknown_user(snaptrade_sim: httpx.Client, receiver: Receiver) -> None:
    send_webhook(snaptrade_sim, user_id="stranger", connection_id="their-connection", event_type="CONNECTION_DELETED")
    assert receiver.last.event["userId"] == "stranger"
    assert receiver.last.event["brokerageAuthorizationId"] == "their-connection"
    assert is_signed_by_snaptrade(receiver.last, CONSUMER_KEY)


def test_snaptrade_webhook_fields_can_be_added_and_omitted(
    snaptrade_sim: httpx.Client, user_id: str, receiver: Receiver
) -> None:
    send_webhook(snaptrade_sim, user_id=user_id, extra={"eventTimestamp": "yesterday"}, omit=["webhookId"])
    assert receiver.last.event["eventTimestamp"] == "yesterday"
    assert "webhookId" not in receiver.last.event
    assert is_signed_by_snaptrade(receiver.last, CONSUMER_KEY)


def test_retries_repeat_the_original_bytes_three_times(
    snaptrade_sim: httpx.Client, user_id: str, receiver: Receiver
) -> None:
    snaptrade_sim.post("/_sim/retries", json={"mode": "compressed", "factor": 200_000})
    receiver.statuses = [403, 503, 500, 500, 500]
    send_webhook(snaptrade_sim, user_id=user_id)
    log = wait_for_deliveries(snaptrade_sim, 4)
    assert [(attempt["attempt"], attempt["status"]) for attempt in log] == [(1, 403), (2, 503), (3, 500), (4, 500)]
    time.sleep(0.15)  # twice the delay of a fourth retry
    assert len(receiver.received) == 4
    assert len({(delivery.body, delivery.headers["signature"]) for delivery in receiver.received}) == 1


def test_retries_stop_after_an_accepted_attempt(snaptrade_sim: httpx.Client, user_id: str, receiver: Receiver) -> None:
    snaptrade_sim.post("/_sim/retries", json={"mode": "compressed", "factor": 200_000})
    receiver.statuses = [503, 204]
    send_webhook(snaptrade_sim, user_id=user_id)
    wait_for_deliveries(snaptrade_sim, 2)
    time.sleep(0.1)
    assert len(receiver.received) == 2


def test_forged_webhook_is_not_retried(snaptrade_sim: httpx.Client, user_id: str, receiver: Receiver) -> None:
    snaptrade_sim.post("/_sim/retries", json={"mode": "compressed", "factor": 1_000_000})
    receiver.statuses = [403]
    send_webhook(snaptrade_sim, user_id=user_id, variant="forged")
    time.sleep(0.05)
    assert len(receiver.received) == 1


def test_break_and_repair_send_connection_events(snaptrade_sim: httpx.Client, user_id: str, receiver: Receiver) -> None:
    snaptrade_sim.post("/_sim/break", json={"user_id": user_id})
    assert receiver.last.event["eventType"] == "CONNECTION_BROKEN"
    assert snaptrade_sim.post("/_sim/trade", json={"user_id": user_id}).json()["deliveries"] == []
    snaptrade_sim.post("/_sim/repair", json={"user_id": user_id})
    assert receiver.last.event["eventType"] == "CONNECTION_FIXED"
