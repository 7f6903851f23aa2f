"""A delivery comes back from a queue message and from the event log as it was, without secrets."""

import json
from typing import Any

import pytest

from tidings.model import ItemKey, ProviderEvent, StatusChange, Task, VerifiedWebhook
from tidings.store.events import BODY_BYTES, EventRecord
from tidings.store.sources import SourceKey
from tidings.webhooks import delivery as deliveries
from tidings.webhooks.delivery import WebhookDelivery

NOW = 1_771_500_000_000
COMPLETION = ProviderEvent("LINK: SESSION_FINISHED", task=Task("complete_connection", {"link_token": "link-x"}))
EVENTS = {
    "update": ProviderEvent("HOLDINGS: DEFAULT_UPDATE", "item", "source", marks=True, institution="Fidelity"),
    "of every source": ProviderEvent("ACCOUNT_HOLDINGS_UPDATED", "item", marks=True),
    "status": ProviderEvent("ITEM: ERROR", "item", "item", status=StatusChange("reconnect_required", "login")),
    "status over others": ProviderEvent(
        "ITEM: LOGIN_REPAIRED", "item", "item", status=StatusChange("ok", over=frozenset({"revoked", "ok", "expiring"}))
    ),
    "removal": ProviderEvent("CONNECTION_DELETED", "item", "source", removes="source"),
    "task": ProviderEvent("ITEM: USER_ACCOUNT_REVOKED", "item", "item", task=Task("end_access", {"item_id": "item"})),
    "nothing": ProviderEvent("ITEM: UNKNOWN", "item"),
    "no item": ProviderEvent("UNKNOWN"),
}
EVENT = EVENTS["update"]


def webhook(**values: Any) -> VerifiedWebhook:  # noqa: ANN401 - a webhook's values
    return VerifiedWebhook(**{"event_id": "event", "payload": {"a": 1}, "sent_at": NOW - 5, **values})


def create(event: ProviderEvent, **values: Any) -> WebhookDelivery:  # noqa: ANN401 - a webhook's values
    return WebhookDelivery.create("plaid", event, webhook(**values), NOW)


def meaning(event: ProviderEvent, **values: Any) -> str:  # noqa: ANN401 - a webhook's values
    return create(event, **values).record.meaning


TIMES: list[dict[str, Any]] = [{}, {"stale": True}, {"signed_anew": True}, {"sent_at": None}]


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)
@pytest.mark.parametrize("times", TIMES)
def test_delivery_comes_back_from_log_and_from_queue(event: ProviderEvent, times: dict[str, Any]) -> None:
    sent = create(event, **times)
    assert WebhookDelivery.from_record(sent.record) == sent
    assert deliveries.load(json.loads(json.dumps(deliveries.dump(sent)))) == sent


def test_link_token_stays_out_of_log_and_queue() -> None:
    sent = create(COMPLETION)
    assert "link-x" not in json.dumps(deliveries.dump(sent)) + sent.record.meaning
    assert deliveries.load(deliveries.dump(sent)).event == COMPLETION._replace(task=None)
    assert WebhookDelivery.from_record(sent.record).event == COMPLETION._replace(task=None)


def test_queue_message_has_the_fields_that_deployed_versions_read() -> None:
    event = EVENTS["status over others"]
    message = deliveries.dump(create(event, stale=True))
    assert message == {
        "provider": "plaid",
        "notice": {
            **event._asdict(),
            "status": {"status": "ok", "reason": None, "over": ["expiring", "ok", "revoked"]},
        },
        "event": create(event, stale=True).record._asdict(),
        "sent_at": NOW - 5,
        "happened_at": NOW - 5,
        "stale": True,
    }
    assert deliveries.dump(create(EVENTS["task"]))["notice"]["task"] == {
        "kind": "end_access",
        "about": {"item_id": "item"},
    }


def test_record_says_what_arrived_and_when() -> None:
    assert create(EVENT).record == EventRecord(
        provider="plaid",
        event_id="event",
        kind="HOLDINGS: DEFAULT_UPDATE",
        received_at=NOW,
        body='{"a":1}',
        kept_for_good=False,
        item="plaid#item",
        meaning=meaning(EVENT),
    )
    assert create(EVENTS["no item"]).record.item is None


@pytest.mark.parametrize(("times", "is_kept"), [({}, False), ({"signed_anew": True}, False), ({"sent_at": None}, True)])
def test_key_of_undated_event_outlives_its_content(times: dict[str, Any], is_kept: bool) -> None:
    assert create(EVENT, **times).record.kept_for_good is is_kept


def test_meaning_is_as_short_as_possible() -> None:
    times = {"sent_at": None}
    assert meaning(EVENT, **times) == '{"source_id":"source","marks":true,"institution":"Fidelity"}'
    assert meaning(EVENTS["of every source"], **times) == '{"marks":true}'
    assert meaning(EVENTS["no item"], **times) == "{}"
    assert meaning(EVENTS["nothing"]) == f'{{"sent_at":{NOW - 5},"happened_at":{NOW - 5}}}'
    assert meaning(EVENTS["nothing"], signed_anew=True, stale=True) == f'{{"sent_at":{NOW - 5},"stale":true}}'


def test_record_without_meaning_is_an_event_that_changes_nothing() -> None:
    record = create(EVENT).record._replace(meaning="")
    found = WebhookDelivery.from_record(record)
    assert (found.event, found.sent_at, found.happened_at, found.stale) == (
        ProviderEvent(EVENT.kind, "item"),
        None,
        None,
        False,
    )


def test_body_keeps_plain_fields_without_secrets_and_names() -> None:
    kept = {"item_id": "i", "count": 3, "is_on": True, "error": None}
    secrets = {"clientSecret": "x", "link_token": "x", "userName": "x", "Email": "x", "secret": "x"}
    nested = {"accounts": ["x"], "detail": {"secret": "x"}, "price": 1.5}
    body = create(EVENT, payload={**kept, **secrets, **nested}).record.body
    assert body == '{"item_id":"i","count":3,"is_on":true,"error":null}'


def test_body_is_cut_to_what_the_log_keeps() -> None:
    body = create(EVENT, payload={"long": "x" * 2 * BODY_BYTES}).record.body
    assert len(body) == BODY_BYTES


def test_delivery_without_content_keeps_kind_and_time() -> None:
    sent = create(EVENT)
    assert sent.without_content() == sent._replace(record=EventRecord("plaid", "event", EVENT.kind, NOW, ""))


def test_delivery_names_item_and_source_of_owner() -> None:
    assert create(EVENT).item == ItemKey("plaid", "item")
    assert create(EVENT).source_of("ann") == SourceKey("ann", "plaid", "source", ItemKey("plaid", "item"))
    assert create(EVENTS["no item"]).item == ItemKey("plaid", "")


@pytest.mark.parametrize("missing", ["provider", "notice", "event", "sent_at", "stale"])
def test_incomplete_message_is_refused(missing: str) -> None:
    message = deliveries.dump(create(EVENT))
    del message[missing]
    with pytest.raises((KeyError, TypeError)):
        deliveries.load(message)
