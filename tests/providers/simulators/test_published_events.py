"""Every event that a provider publishes can be sent, signed, about the named or the newest connection."""

import json
from typing import Any

import httpx
import pytest

from local.simulators.plaid.published_events import published_events
from local.simulators.snaptrade.app import CONSUMER_KEY
from local.simulators.snaptrade.events import PUBLISHED
from tests.providers.simulators.receiver import Receiver
from tests.providers.simulators.verifiers import is_signed_by_snaptrade


def send_event(sim: httpx.Client, event: str, **fields: object) -> httpx.Response:
    return sim.post("/_sim/event", json={"event": event, **fields})


def test_every_plaid_event_is_sent_with_the_fields_of_its_example(plaid_sim: httpx.Client, receiver: Receiver) -> None:
    item_id = plaid_sim.post("/_sim/connect", json={"webhook": receiver.url}).json()["item_id"]
    for event, example in published_events().items():
        receiver.received.clear()
        [delivery] = send_event(plaid_sim, event, url=receiver.url).raise_for_status().json()["deliveries"]
        [received] = receiver.received
        payload: dict[str, Any] = json.loads(received.body)
        assert (delivery["event"], delivery["status"]) == (event, 200)
        assert payload.keys() >= example.keys()
        assert payload["environment"] == "sandbox"
        assert payload.get("item_id") == (item_id if "item_id" in example else None)
        assert "plaid-verification" in received.headers


def test_every_snaptrade_event_is_sent_signed(snaptrade_sim: httpx.Client, receiver: Receiver) -> None:
    made = snaptrade_sim.post("/_sim/connect", json={"user_id": "published", "silent": True}).json()
    for event in PUBLISHED:
        receiver.received.clear()
        send_event(snaptrade_sim, event).raise_for_status()
        [received] = receiver.received
        payload = json.loads(received.body)
        assert payload["eventType"] == event
        assert payload.get("brokerageAuthorizationId", made["connection_id"]) == made["connection_id"]
        assert is_signed_by_snaptrade(received, CONSUMER_KEY)


@pytest.mark.parametrize(
    ("name", "event", "similar"),
    [("plaid", "HOLDINGS:DEFAULT", "HOLDINGS:DEFAULT_UPDATE"), ("snaptrade", "CONNECTION_BROKE", "CONNECTION_BROKEN")],
)
def test_unknown_event_is_refused_with_similar_ones(
    plaid_sim: httpx.Client, snaptrade_sim: httpx.Client, name: str, event: str, similar: str
) -> None:
    sim = plaid_sim if name == "plaid" else snaptrade_sim
    refused = send_event(sim, event)
    assert refused.status_code == 404
    assert similar in refused.json()["error"]
    assert similar in sim.get("/_sim/events").json()["events"]


def test_unknown_connection_is_sent_as_it_is(
    plaid_sim: httpx.Client, snaptrade_sim: httpx.Client, receiver: Receiver
) -> None:
    send_event(plaid_sim, "ITEM:ERROR", item_id="stranger", url=receiver.url).raise_for_status()
    send_event(snaptrade_sim, "CONNECTION_BROKEN", user_id="stranger", connection_id="c").raise_for_status()
    first, second = (json.loads(one.body) for one in receiver.received)
    assert first["item_id"] == "stranger"
    assert (second["userId"], second["brokerageAuthorizationId"]) == ("stranger", "c")
