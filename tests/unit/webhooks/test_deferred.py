"""Messages of the deferred queue are processed as their webhooks were; what cannot be read is left in the queue."""

import json
from typing import Any

import pytest

from tests.support.drivers.output import capture_output
from tidings.model import ProviderEvent, VerifiedWebhook
from tidings.webhooks import deferred, processing
from tidings.webhooks import delivery as deliveries
from tidings.webhooks.delivery import WebhookDelivery

EVENT = ProviderEvent("HOLDINGS", "item", "item", marks=True)
SENT = WebhookDelivery.create("plaid", EVENT, VerifiedWebhook("event", {}, 5), 9)
FIELDS = deliveries.dump(SENT)


def handle(*messages: dict[str, Any]) -> list[str]:
    """Process messages with these fields. Returns the numbers of those that stay in the queue."""
    bodies = [json.dumps({"kind": "webhook-1", "about": fields}) for fields in messages]
    records = [{"messageId": str(number), "body": body} for number, body in enumerate(bodies)]
    failed = deferred.handle({"Records": records}, None)["batchItemFailures"]
    return [one["itemIdentifier"] for one in failed]


@pytest.fixture
def processed(monkeypatch: pytest.MonkeyPatch) -> list[WebhookDelivery]:
    found: list[WebhookDelivery] = []

    def process(delivery: WebhookDelivery) -> str:
        found.append(delivery)
        return "marked"

    monkeypatch.setattr(processing, "process", process)
    return found


def test_message_is_processed_as_its_webhook(processed: list[WebhookDelivery]) -> None:
    assert handle(FIELDS) == []
    assert processed == [SENT]


@pytest.mark.parametrize(
    "broken",
    [
        {name: value for name, value in FIELDS.items() if name != "notice"},
        FIELDS | {"unknown": 1},
        FIELDS | {"notice": "text"},
    ],
)
def test_unreadable_message_is_unknown_and_leaves_the_others(
    processed: list[WebhookDelivery], capsys: pytest.CaptureFixture[str], broken: dict[str, Any]
) -> None:
    with capture_output(capsys) as output:
        assert handle(broken, FIELDS) == ["0"]
        assert output.lines_with_message("failed") == []
    assert processed == [SENT]
