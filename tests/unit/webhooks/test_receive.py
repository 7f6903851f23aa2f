"""Which limits hold a webhook's steps, and what the response is if one of them fails."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.drivers.output import Output, capture_output
from tests.support.fakes.product_modules import replace_in_product
from tidings import clock, providers
from tidings.api.request import Request
from tidings.aws import queues, secrets
from tidings.concurrency import CallTimeout, remaining_s
from tidings.errors import (
    InvalidSignature,
    NotConfigured,
    PayloadTooLarge,
    ProviderError,
    StoreUnavailable,
    WebhookUnverifiable,
)
from tidings.model import ConfirmedKey, ProviderEvent, Task, VerifiedWebhook
from tidings.observability import invocation, log_info
from tidings.store import webhook_keys
from tidings.webhooks import deferred, processing, receive, stored_keys
from tidings.webhooks import delivery as deliveries
from tidings.webhooks.delivery import WebhookDelivery
from tidings.webhooks.stored_keys import StoredKeys

NOW = 1_771_500_000_000
EVENT = ProviderEvent("HOLDINGS", "item", "item", marks=True)
COMPLETION = ProviderEvent("LINK", task=Task("complete_connection", {"link_token": "token"}))


class World:
    """A provider's webhook, and the limits within which each step ran."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.webhook = VerifiedWebhook("event", {}, NOW)
        self.event = EVENT
        self.app = {"secret": "s"}
        self.verify_error: Exception | None = None
        self.store_error: Exception | None = None
        self.queue_error: Exception | None = None
        self.verified: list[tuple[Any, ...]] = []
        self.limits: list[float] = []
        self.processed: list[WebhookDelivery] = []
        self.deferred: list[WebhookDelivery] = []
        self.now_s = 100.0
        self.verify_takes_s = 0.0
        reader = SimpleNamespace(is_configured=bool, verify=self._verify, parse_event=lambda _: self.event)
        monkeypatch.setattr(clock, "now_ms", lambda: NOW)
        replace_in_product(monkeypatch, time, monotonic=lambda: self.now_s)
        monkeypatch.setattr(providers, "webhook_reader", lambda _: reader)
        monkeypatch.setattr(secrets, "app_secret", lambda _: self.app)
        monkeypatch.setattr(processing, "process", self._process)
        monkeypatch.setattr(deferred, "defer", self._defer)
        monkeypatch.setattr(receive, "call_with_timeout", self._call)

    def receive(self, size: int = 2) -> Any:  # noqa: ANN401 - a response
        request = Request("POST /webhooks/plaid", "POST", "/", {"a": "b"}, {}, {}, {}, b"x" * size)
        return receive.receive("plaid", request)

    def _verify(self, *given: object) -> VerifiedWebhook:
        self.limits.append(remaining_s())
        self.verified.append(given[:4])
        self.now_s += self.verify_takes_s
        if self.verify_error:
            raise self.verify_error
        return self.webhook

    def _call(self, seconds: float, call: Callable[[], Any]) -> Any:  # noqa: ANN401 - what the call returns
        self.limits.append(seconds)
        return call()

    def _process(self, delivery: WebhookDelivery) -> str:
        self.processed.append(delivery)
        if self.store_error:
            raise self.store_error
        return "marked"

    def _defer(self, delivery: WebhookDelivery) -> None:
        self.deferred.append(delivery)
        if self.queue_error:
            raise self.queue_error


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


@contextmanager
def output_of(capsys: pytest.CaptureFixture[str]) -> Iterator[Output]:
    with capture_output(capsys) as output, invocation(None):
        yield output


def test_webhook_is_verified_and_stored_within_limits(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    with output_of(capsys) as output:
        answered = world.receive()
        log_info("afterwards")
        assert output.lines_with_message("afterwards")[0]["provider"] == "plaid"
        assert output.metric_sum("WebhookVerified", provider="plaid") == 1
        assert output.metric_sum("WebhookAuthDisabled") == 0
    assert (answered["statusCode"], answered["body"]) == (200, '{"status":"marked"}')
    assert world.verified == [({"a": "b"}, b"xx", world.app, NOW)]
    assert world.processed == [WebhookDelivery.create("plaid", EVENT, world.webhook, NOW)]
    assert (world.limits, world.deferred) == ([4.0, 6.0], [])


@pytest.mark.parametrize(("takes_s", "left_s"), [(3.5, 2.5), (5.5, 1.0), (7.0, 1.0)])
def test_slow_verification_leaves_the_store_a_second_at_least(world: World, takes_s: float, left_s: float) -> None:
    world.verify_takes_s = takes_s
    world.receive()
    assert world.limits == [4.0, left_s]


def test_body_of_256_kb_at_most_is_read(world: World) -> None:
    assert world.receive(256 * 1024)["statusCode"] == 200
    with pytest.raises(PayloadTooLarge):
        world.receive(256 * 1024 + 1)
    assert len(world.verified) == 1


def test_webhook_without_signature_is_counted_and_warned_of(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.webhook = world.webhook._replace(signed=False)
    with output_of(capsys) as output:
        world.receive()
        assert output.metric_sum("WebhookAuthDisabled", provider="plaid") == 1
        assert output.metric_sum("WebhookVerified") == 0
        [line] = [line for line in output.lines if line.get("level") == "WARNING"]
    assert "SnapTradeWebhookAuth" in line["message"]


def test_without_keys_nothing_is_verified(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.app = {}
    with output_of(capsys) as output:
        with pytest.raises(NotConfigured):
            world.receive()
        assert output.metric_sum("WebhookAuthUnconfigured", provider="plaid") == 1
    assert world.verified == []


def test_provider_outage_leaves_webhook_unverified(world: World) -> None:
    world.verify_error = ProviderError()
    with pytest.raises(WebhookUnverifiable) as refused:
        world.receive()
    assert refused.value.__cause__ is world.verify_error
    assert world.processed == []


@pytest.mark.parametrize("error", [StoreUnavailable(), CallTimeout()])
def test_webhook_that_is_not_stored_is_deferred(
    world: World, capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    world.store_error = error
    with output_of(capsys) as output:
        assert world.receive()["body"] == '{"status":"deferred"}'
        assert output.metric_sum("Webhook", provider="plaid", outcome="deferred") == 1
    assert (world.deferred, world.limits) == (world.processed, [4.0, 6.0, 2.0])


@pytest.mark.parametrize("error", [StoreUnavailable(), CallTimeout()])
def test_webhook_that_nobody_takes_is_refused_with_the_first_cause(world: World, error: Exception) -> None:
    world.store_error, world.queue_error = CallTimeout(), error
    with pytest.raises(StoreUnavailable) as refused:
        world.receive()
    assert refused.value.__cause__ is world.store_error
    cause = ValueError()
    world.store_error = StoreUnavailable()
    world.store_error.__cause__ = cause
    with pytest.raises(StoreUnavailable) as refused:
        world.receive()
    assert refused.value.__cause__ is cause


@pytest.mark.parametrize("error", [None, StoreUnavailable()])
def test_stale_webhook_is_refused_once_it_is_kept(world: World, error: Exception | None) -> None:
    world.webhook, world.store_error = world.webhook._replace(stale=True), error
    with pytest.raises(InvalidSignature) as refused:
        world.receive()
    assert refused.value.reason == "stale"
    assert len(world.processed) == 1
    assert len(world.deferred) == (error is not None)


@pytest.mark.parametrize(
    ("event", "stale", "is_task"),
    [
        (COMPLETION, False, True),
        (COMPLETION, True, False),
        (COMPLETION._replace(item_id="item"), False, False),
        (EVENT, False, False),
        (ProviderEvent("UNKNOWN"), False, False),
    ],
)
def test_only_a_current_completion_goes_to_the_tasks_queue(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    event: ProviderEvent,
    stale: bool,
    is_task: bool,
) -> None:
    tasks: list[Task] = []
    messages: list[tuple[str, Any]] = []
    monkeypatch.setattr(queues, "send_task", tasks.append)
    monkeypatch.setattr(queues, "send_deferred_webhook", lambda *message: messages.append(message))
    sent = WebhookDelivery.create("plaid", event, VerifiedWebhook("event", {}, NOW, stale), NOW)
    with output_of(capsys) as output:
        deferred.defer(sent)
        assert output.metric_sum("WebhookDeferred", provider="plaid") == 1
    assert tasks == ([event.task] if is_task else [])
    assert messages == ([] if is_task else [("webhook-1", deliveries.dump(sent))])


KEY = ConfirmedKey("x", "y", None, NOW)


@pytest.mark.parametrize("error", [None, StoreUnavailable(), CallTimeout()])
def test_stored_keys_cost_a_second_and_no_webhook(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception | None
) -> None:
    limits: list[float] = []
    calls: list[tuple[Any, ...]] = []

    def call(seconds: float, made: Callable[[], Any]) -> Any:  # noqa: ANN401 - what the call returns
        limits.append(seconds)
        if error:
            raise error
        return made()

    monkeypatch.setattr(stored_keys, "call_with_timeout", call)

    def find_key(*given: str) -> ConfirmedKey:
        calls.append(given)
        return KEY

    monkeypatch.setattr(webhook_keys, "find_key", find_key)
    monkeypatch.setattr(webhook_keys, "save_key", lambda *given: calls.append(given))
    with output_of(capsys) as output:
        found = StoredKeys().find_key("url", "kid")
        StoredKeys().save_key("url", "kid", KEY)
        told = [line["message"] for line in output.lines]
    assert limits == [1.0, 1.0]
    assert found is (None if error else KEY)
    assert calls == ([] if error else [("url", "kid"), ("url", "kid", KEY)])
    assert told == (["verification key not read", "verification key not stored"] if error else [])


def test_last_step_ends_before_the_whole_and_the_whole_before_plaid_hangs_up(world: World) -> None:
    """https://plaid.com/docs/api/webhooks/: Plaid waits for ten seconds."""
    assert world.receive()["statusCode"] == 200
    assert receive.VERIFY_S < receive.STORE_UNTIL_S
    assert receive.STORE_UNTIL_S + receive.QUEUE_S < receive.TIME_LIMIT_S < 10
