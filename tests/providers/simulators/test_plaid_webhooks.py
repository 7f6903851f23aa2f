"""Test Plaid's webhooks with an independent verifier and the key of the key endpoint."""

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import httpx
import plaid  # type: ignore[import-untyped]
import pytest
from plaid.api.plaid_api import PlaidApi  # type: ignore[import-untyped]
from plaid.model.webhook_verification_key_get_request import (  # type: ignore[import-untyped]
    WebhookVerificationKeyGetRequest,
)

from tests.providers.simulators.receiver import Received, Receiver, wait_for_deliveries
from tests.providers.simulators.verifiers import plaid_rejection

FetchKey = Callable[[str], dict[str, Any] | None]


@pytest.fixture
def fetch_key(plaid_sdk: PlaidApi) -> FetchKey:
    """Return a function that fetches keys through Plaid's SDK."""

    def fetch(kid: str) -> dict[str, Any] | None:
        try:
            response = plaid_sdk.webhook_verification_key_get(WebhookVerificationKeyGetRequest(key_id=kid))
        except plaid.ApiException as error:
            if json.loads(error.body)["error_code"] != "INVALID_WEBHOOK_VERIFICATION_KEY_ID":
                raise
            return None
        key: dict[str, Any] = response.key.to_dict()
        return key

    return fetch


@pytest.fixture
def item_id(plaid_sim: httpx.Client, receiver: Receiver) -> str:
    attempt = plaid_sim.post("/_sim/connect", json={"webhook": receiver.url, "client_user_id": "user-1"}).json()
    return str(attempt["item_id"])


def send_webhook(sim: httpx.Client, **fields: object) -> dict[str, Any]:
    response: dict[str, Any] = sim.post("/_sim/webhook", json=fields).raise_for_status().json()
    return response


def test_trade_sends_a_genuine_holdings_webhook(
    plaid_sim: httpx.Client, item_id: str, receiver: Receiver, fetch_key: FetchKey
) -> None:
    sent = plaid_sim.post("/_sim/trade", json={"item_id": item_id, "ticker": "AAPL", "quantity": "2.5"}).json()
    assert [(attempt["status"], attempt["attempt"]) for attempt in sent["deliveries"]] == [(200, 1)]
    assert plaid_rejection(receiver.last, fetch_key) is None
    event = receiver.last.event
    assert receiver.last.body == json.dumps(event, indent=2).encode()
    assert (event["webhook_type"], event["webhook_code"], event["item_id"]) == ("HOLDINGS", "DEFAULT_UPDATE", item_id)
    assert (event["new_holdings"], event["updated_holdings"]) == (0, 1)


@pytest.mark.parametrize(
    ("variant", "rejection"),
    [
        ({"variant": "genuine"}, None),
        ({"variant": "forged"}, "unknown key"),
        ({"variant": "forged", "same_kid": True}, "signature"),
        ({"variant": "tampered"}, "body"),
        ({"variant": "stale"}, "too old"),
        ({"variant": "genuine", "age_s": 301}, "too old"),
        ({"variant": "unsigned"}, "unsigned"),
    ],
)
def test_plaid_webhook_variant_verifies_as_expected(
    plaid_sim: httpx.Client,
    item_id: str,
    receiver: Receiver,
    fetch_key: FetchKey,
    variant: dict[str, object],
    rejection: str | None,
) -> None:
    send_webhook(plaid_sim, item_id=item_id, **variant)
    assert plaid_rejection(receiver.last, fetch_key) == rejection


def test_plaid_replay_repeats_the_last_genuine_delivery(
    plaid_sim: httpx.Client, item_id: str, receiver: Receiver
) -> None:
    assert plaid_sim.post("/_sim/webhook", json={"item_id": item_id, "variant": "replay"}).status_code == 409
    send_webhook(plaid_sim, item_id=item_id)
    send_webhook(plaid_sim, item_id=item_id, variant="forged")
    send_webhook(plaid_sim, item_id=item_id, variant="replay")
    genuine, _, again = receiver.received
    assert again.body == genuine.body
    assert again.headers["plaid-verification"] == genuine.headers["plaid-verification"]


def test_duplicates_share_a_signature_unless_distinct(
    plaid_sim: httpx.Client, item_id: str, receiver: Receiver
) -> None:
    assert len(send_webhook(plaid_sim, item_id=item_id, times=5)["deliveries"]) == 5
    assert len({received.headers["plaid-verification"] for received in receiver.received}) == 1
    receiver.received.clear()
    send_webhook(plaid_sim, item_id=item_id, times=5, distinct=True)
    assert len({received.headers["plaid-verification"] for received in receiver.received}) == 5
    assert len({received.body for received in receiver.received}) == 1


def test_delayed_webhook_arrives_later(plaid_sim: httpx.Client, item_id: str, receiver: Receiver) -> None:
    assert send_webhook(plaid_sim, item_id=item_id, delay_s=0.1) == {"deliveries": [], "scheduled": 1}
    assert receiver.received == []
    receiver.wait_for(1)


def test_plaid_webhook_fields_can_be_added_and_omitted(
    plaid_sim: httpx.Client, item_id: str, receiver: Receiver, fetch_key: FetchKey
) -> None:
    send_webhook(plaid_sim, item_id=item_id, type="ITEM", code="ERROR", extra={"error": None}, omit=["user_id"])
    assert receiver.last.event["error"] is None
    assert "user_id" not in receiver.last.event
    assert plaid_rejection(receiver.last, fetch_key) is None


def test_webhook_can_name_an_unknown_item(plaid_sim: httpx.Client, receiver: Receiver) -> None:
    send_webhook(plaid_sim, item_id="orphan", url=receiver.url)
    assert receiver.last.event["item_id"] == "orphan"


def test_break_and_repair_send_item_webhooks(plaid_sim: httpx.Client, item_id: str, receiver: Receiver) -> None:
    plaid_sim.post("/_sim/break", json={"item_id": item_id})
    assert receiver.last.event["webhook_code"] == "ERROR"
    assert receiver.last.event["error"]["error_code"] == "ITEM_LOGIN_REQUIRED"
    assert plaid_sim.post("/_sim/trade", json={"item_id": item_id}).json()["deliveries"] == []
    plaid_sim.post("/_sim/repair", json={"item_id": item_id})
    assert receiver.last.event["webhook_code"] == "LOGIN_REPAIRED"


def test_compressed_retries_are_signed_anew_until_accepted(
    plaid_sim: httpx.Client, item_id: str, receiver: Receiver, fetch_key: FetchKey
) -> None:
    plaid_sim.post("/_sim/retries", json={"mode": "compressed", "factor": 6000})
    receiver.statuses = [503, 201]
    first = send_webhook(plaid_sim, item_id=item_id)["deliveries"][0]
    assert first["status"] == 503
    received = receiver.wait_for(3)
    assert len({delivery.headers["plaid-verification"] for delivery in received}) == 3
    assert [plaid_rejection(delivery, fetch_key) for delivery in received] == [None] * 3
    log = wait_for_deliveries(plaid_sim, 3)
    assert [(attempt["attempt"], attempt["webhook_id"]) for attempt in log] == [
        (n, first["webhook_id"]) for n in (1, 2, 3)
    ]


def test_webhook_is_not_retried_by_default(plaid_sim: httpx.Client, item_id: str, receiver: Receiver) -> None:
    receiver.statuses = [503]
    send_webhook(plaid_sim, item_id=item_id)
    time.sleep(0.1)
    assert len(receiver.received) == 1


def test_delivery_reports_an_unreachable_receiver(plaid_sim: httpx.Client, item_id: str) -> None:
    delivery = send_webhook(plaid_sim, item_id=item_id, url="http://127.0.0.1:9/closed")["deliveries"][0]
    assert delivery["status"] is None
    assert delivery["error"].startswith("ConnectError")


def test_rotated_key_is_served_beside_the_expired_one(
    plaid_sim: httpx.Client, item_id: str, receiver: Receiver, fetch_key: FetchKey
) -> None:
    send_webhook(plaid_sim, item_id=item_id)
    old = _kid(receiver.last)
    assert fetch_key(old)["expired_at"] is None  # type: ignore[index]
    new = plaid_sim.post("/_sim/rotate_key", json={"expire": True}).json()["kid"]
    expired = fetch_key(old)
    assert expired is not None
    assert expired["expired_at"] <= time.time()
    send_webhook(plaid_sim, item_id=item_id)
    assert _kid(receiver.last) == new
    assert plaid_rejection(receiver.last, fetch_key) is None


def _kid(received: Received) -> str:
    header = received.headers["plaid-verification"].split(".")[0]
    return str(json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))["kid"])
