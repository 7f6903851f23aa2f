"""SnapTrade's webhooks, checked with SnapTrade's published verification sample."""

import json
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from local.simulators.snaptrade.app import CLIENT_ID, CONSUMER_KEY, WEBHOOK_SECRET
from tests.providers.simulators.receiver import Receiver, logged
from tests.providers.simulators.verifiers import snaptrade_signed


@pytest.fixture
def user_id(snaptrade_sim: httpx.Client, receiver: Receiver) -> str:
    made = snaptrade_sim.post("/_sim/connect", json={"user_id": f"user_{uuid.uuid4()}", "silent": True}).json()
    return str(made["user_id"])


def order(sim: httpx.Client, **fields: object) -> list[dict[str, Any]]:
    answer: list[dict[str, Any]] = sim.post("/_sim/webhook", json=fields).raise_for_status().json()["deliveries"]
    return answer


def test_the_native_holdings_event(snaptrade_sim: httpx.Client, user_id: str, receiver: Receiver) -> None:
    delivery = order(snaptrade_sim, user_id=user_id)[0]
    event = receiver.last.event
    assert snaptrade_signed(receiver.last, CONSUMER_KEY)
    assert delivery["webhook_id"] == event["webhookId"]
    assert event["eventType"] == "ACCOUNT_HOLDINGS_UPDATED"
    assert (event["userId"], event["clientId"], event["webhookSecret"]) == (user_id, CLIENT_ID, WEBHOOK_SECRET)
    assert {"accountId", "brokerageAuthorizationId", "brokerageId"} <= event.keys()
    assert event["details"].keys() == {"total_value", "positions", "balances", "orders"}
    assert event["details"]["positions"] == {"success": True, "error": None}
    age = datetime.now(UTC) - datetime.fromisoformat(event["eventTimestamp"])
    assert timedelta(0) <= age < timedelta(seconds=10)


def test_the_wire_form_is_not_the_canonical_one(snaptrade_sim: httpx.Client, user_id: str, receiver: Receiver) -> None:
    order(snaptrade_sim, user_id=user_id, extra={"note": "Crédit"})
    canonical = json.dumps(receiver.last.event, separators=(",", ":"), sort_keys=True).encode()
    assert receiver.last.body != canonical
    assert "Crédit".encode() in receiver.last.body
    assert snaptrade_signed(receiver.last, CONSUMER_KEY)


@pytest.mark.parametrize(
    ("variant", "is_signed"),
    [("genuine", True), ("stale", True), ("forged", False), ("tampered", False), ("unsigned", False)],
)
def test_variants(snaptrade_sim: httpx.Client, user_id: str, receiver: Receiver, variant: str, is_signed: bool) -> None:
    order(snaptrade_sim, user_id=user_id, variant=variant)
    assert snaptrade_signed(receiver.last, CONSUMER_KEY) is is_signed
    age = datetime.now(UTC) - datetime.fromisoformat(receiver.last.event["eventTimestamp"])
    assert (age > timedelta(seconds=300)) is (variant == "stale")


def test_a_replay_is_the_last_genuine_delivery_again(
    snaptrade_sim: httpx.Client, user_id: str, receiver: Receiver
) -> None:
    order(snaptrade_sim, user_id=user_id)
    order(snaptrade_sim, user_id=user_id, variant="tampered")
    order(snaptrade_sim, user_id=user_id, variant="replay")
    genuine, _, again = receiver.received
    assert (again.body, again.headers["signature"]) == (genuine.body, genuine.headers["signature"])


def test_fifty_duplicates_share_their_id(snaptrade_sim: httpx.Client, user_id: str, receiver: Receiver) -> None:
    assert len(order(snaptrade_sim, user_id=user_id, times=50)) == 50
    assert len({received.event["webhookId"] for received in receiver.received}) == 1


def test_distinct_ones_do_not(snaptrade_sim: httpx.Client, user_id: str, receiver: Receiver) -> None:
    order(snaptrade_sim, user_id=user_id, times=20, distinct=True)
    assert len({received.event["webhookId"] for received in receiver.received}) == 20


def test_the_legacy_shape(snaptrade_sim: httpx.Client, user_id: str, receiver: Receiver) -> None:
    order(snaptrade_sim, user_id=user_id, shape="legacy")
    event = receiver.last.event
    assert event["type"] == "ACCOUNT_HOLDINGS_UPDATED"
    assert event["data"]["userId"] == user_id
    assert "eventType" not in event
    assert snaptrade_signed(receiver.last, CONSUMER_KEY)


def test_the_oauth_shape(snaptrade_sim: httpx.Client, user_id: str, receiver: Receiver) -> None:
    order(snaptrade_sim, user_id=user_id, shape="oauth_v1")
    event = receiver.last.event
    assert (event["schemaVersion"], event["oauthClientId"]) == ("oauth_v1", CLIENT_ID)
    assert "connectionId" in event
    assert event.keys().isdisjoint({"webhookSecret", "clientId", "brokerageAuthorizationId"})
    assert snaptrade_signed(receiver.last, CONSUMER_KEY)


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
def test_each_event_carries_its_fields(
    snaptrade_sim: httpx.Client,
    user_id: str,
    receiver: Receiver,
    event_type: str,
    present: set[str],
    absent: set[str],
) -> None:
    order(snaptrade_sim, user_id=user_id, event_type=event_type)
    assert present <= receiver.last.event.keys()
    assert receiver.last.event.keys().isdisjoint(absent)


def test_strangers_can_have_news_too(snaptrade_sim: httpx.Client, receiver: Receiver) -> None:
    order(snaptrade_sim, user_id="stranger", connection_id="their-connection", event_type="CONNECTION_DELETED")
    assert receiver.last.event["userId"] == "stranger"
    assert receiver.last.event["brokerageAuthorizationId"] == "their-connection"
    assert snaptrade_signed(receiver.last, CONSUMER_KEY)


def test_fields_can_be_added_and_left_out(snaptrade_sim: httpx.Client, user_id: str, receiver: Receiver) -> None:
    order(snaptrade_sim, user_id=user_id, extra={"eventTimestamp": "yesterday"}, omit=["webhookId"])
    assert receiver.last.event["eventTimestamp"] == "yesterday"
    assert "webhookId" not in receiver.last.event
    assert snaptrade_signed(receiver.last, CONSUMER_KEY)


def test_retries_carry_the_original_event_and_end_after_three(
    snaptrade_sim: httpx.Client, user_id: str, receiver: Receiver
) -> None:
    snaptrade_sim.post("/_sim/retries", json={"mode": "compressed", "factor": 200_000})
    receiver.statuses = [403, 503, 500, 500, 500]
    order(snaptrade_sim, user_id=user_id)
    log = logged(snaptrade_sim, 4)
    assert [(made["attempt"], made["status"]) for made in log] == [(1, 403), (2, 503), (3, 500), (4, 500)]
    time.sleep(0.15)  # twice the delay that a fourth retry would have
    assert len(receiver.received) == 4
    assert len({(one.body, one.headers["signature"]) for one in receiver.received}) == 1


def test_a_retry_that_is_accepted_is_the_last(snaptrade_sim: httpx.Client, user_id: str, receiver: Receiver) -> None:
    snaptrade_sim.post("/_sim/retries", json={"mode": "compressed", "factor": 200_000})
    receiver.statuses = [503, 204]
    order(snaptrade_sim, user_id=user_id)
    logged(snaptrade_sim, 2)
    time.sleep(0.1)
    assert len(receiver.received) == 2


def test_a_forgery_is_not_retried(snaptrade_sim: httpx.Client, user_id: str, receiver: Receiver) -> None:
    snaptrade_sim.post("/_sim/retries", json={"mode": "compressed", "factor": 1_000_000})
    receiver.statuses = [403]
    order(snaptrade_sim, user_id=user_id, variant="forged")
    time.sleep(0.05)
    assert len(receiver.received) == 1


def test_break_and_repair_send_their_events(snaptrade_sim: httpx.Client, user_id: str, receiver: Receiver) -> None:
    snaptrade_sim.post("/_sim/break", json={"user_id": user_id})
    assert receiver.last.event["eventType"] == "CONNECTION_BROKEN"
    assert snaptrade_sim.post("/_sim/trade", json={"user_id": user_id}).json()["deliveries"] == []
    snaptrade_sim.post("/_sim/repair", json={"user_id": user_id})
    assert receiver.last.event["eventType"] == "CONNECTION_FIXED"
