"""POST /api/snaptrade/webhook: verification, replay window, deduplication and the state it sets."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.aws.account import SNAPTRADE
from tests.support.aws.deployment_secrets import put_secret
from tests.support.aws.tables import Tables
from tests.support.drivers.app import App, LinkedSource
from tests.support.drivers.output import Output
from tests.support.fakes.clock import StoppedClock

pytestmark = pytest.mark.invariant(id="I5")


@pytest.fixture
def linked(app: App, cookie: str, stopped_clock: StoppedClock) -> LinkedSource:
    """A connection whose updates have been fetched."""
    return app.link_and_refresh(cookie, "snaptrade")


def send_webhooks(app: App, linked: LinkedSource, **order: object) -> list[int]:
    return [answered.status for answered in app.send_webhook(linked, **order)]


def is_pending(app: App, cookie: str) -> Any:  # noqa: ANN401 - JSON
    return app.pending(cookie, "snaptrade")["has_pending_updates"]


def test_snaptrade_update_returns_200_and_sets_flag(app: App, cookie: str, linked: LinkedSource) -> None:
    assert not is_pending(app, cookie)
    assert send_webhooks(app, linked, event_type="ACCOUNT_HOLDINGS_UPDATED") == [200]
    assert is_pending(app, cookie)
    assert app.holdings(cookie)["holdings"]["portfolio_metadata"]["has_pending_updates"] is True


@pytest.mark.parametrize("variant", ["unsigned", "forged", "tampered"])
def test_snaptrade_webhook_without_genuine_signature_returns_403(
    app: App, tables: Tables, linked: LinkedSource, variant: str
) -> None:
    before = tables.contents()
    answers = app.send_webhook(linked, variant=variant)
    assert [(one.status, one.json["type"]) for one in answers] == [(403, "urn:tidings:problem:invalid-signature")]
    assert tables.contents() == before


@pytest.mark.parametrize("signature", ["", "x", "=", "é", "A" * 44, "A" * 43 + "=", "a" * 10_000])
def test_malformed_snaptrade_signature_returns_403(app: App, tables: Tables, signature: str) -> None:
    [(headers, body)] = app.providers.capture_webhooks("snaptrade", user_id="nobody's", connection_id="c-1")
    assert app.deliver("snaptrade", ({**headers, "signature": signature}, body)).status == 403
    assert not any(tables.contents().values())


def test_signature_header_ignores_case(app: App, linked: LinkedSource) -> None:
    [(headers, body)] = app.providers.capture_webhooks("snaptrade", **linked.control_arguments)
    shouted = {name.upper(): value for name, value in headers.items()}
    assert app.deliver("snaptrade", (shouted, body)).status == 200


def test_disabled_auth_accepts_unsigned_webhook_with_warning(
    app: App, cookie: str, linked: LinkedSource, output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SNAPTRADE_WEBHOOK_AUTH", "disabled")
    assert send_webhooks(app, linked, variant="unsigned") == [200]
    assert is_pending(app, cookie)
    [warning] = output.lines_with_message("webhook accepted without a signature: SnapTradeWebhookAuth is disabled")
    assert warning["level"] == "WARNING"
    assert output.metric_sum("WebhookAuthDisabled", provider="snaptrade") == 1


def test_disabled_auth_needs_no_secret(app: App, linked: LinkedSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNAPTRADE_WEBHOOK_AUTH", "disabled")
    put_secret("snaptrade", {})
    assert send_webhooks(app, linked, variant="unsigned") == [200]


@pytest.mark.threat(id="no-webhook-key")
@pytest.mark.parametrize("setting", ["Disabled", "off", "false", "none"])
def test_other_auth_setting_keeps_auth_enabled(app: App, setting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNAPTRADE_WEBHOOK_AUTH", setting)
    [caught] = app.providers.capture_webhooks("snaptrade", user_id="nobody's", variant="unsigned")
    assert app.deliver("snaptrade", caught).status == 403


@pytest.mark.parametrize("name", ["consumer_key_previous", "webhook_secret"])
def test_second_secret_is_accepted(app: App, linked: LinkedSource, name: str) -> None:
    put_secret("snaptrade", {**SNAPTRADE, "consumer_key": "the-next-key", name: SNAPTRADE["consumer_key"]})
    assert send_webhooks(app, linked) == [200]
    put_secret("snaptrade", {**SNAPTRADE, "consumer_key": "the-next-key"})
    assert send_webhooks(app, linked) == [403]


def test_missing_snaptrade_secret_returns_503_and_is_counted(
    app: App, tables: Tables, linked: LinkedSource, output: Output
) -> None:
    put_secret("snaptrade", {"client_id": "SIM-SNAPTRADE"})
    before = tables.contents()
    [answered] = app.send_webhook(linked)
    assert answered.status == 503
    assert int(answered.headers["retry-after"]) == answered.json["retry_after"]
    assert output.metric_sum("WebhookAuthUnconfigured", provider="snaptrade") == 1
    assert tables.contents() == before


def test_stale_snaptrade_webhook_returns_403_and_sets_no_flag(
    app: App, cookie: str, tables: Tables, linked: LinkedSource
) -> None:
    before = tables.state()
    assert send_webhooks(app, linked, variant="stale") == [403]
    assert not is_pending(app, cookie)
    assert tables.state() == before, "what it tells of was fetched since"


@pytest.mark.parametrize(("age_s", "status"), [(295, 200), (305, 403), (-55, 200), (-65, 403)])
def test_snaptrade_window_is_five_minutes_back_one_ahead(app: App, age_s: int, status: int) -> None:
    [caught] = app.providers.capture_webhooks("snaptrade", user_id="nobody's", age_s=age_s)
    assert app.deliver("snaptrade", caught).status == status


@pytest.mark.parametrize("timestamp", ["", "yesterday", 1730000000, "2026-13-01T00:00:00Z", {}, "0" * 40, True])
def test_malformed_snaptrade_timestamp_returns_403(app: App, tables: Tables, timestamp: object) -> None:
    [caught] = app.providers.capture_webhooks("snaptrade", user_id="nobody's", extra={"eventTimestamp": timestamp})
    assert app.deliver("snaptrade", caught).status == 403
    assert not any(tables.contents().values())


def test_undated_webhook_is_accepted_once_and_its_key_kept_for_400_days(
    app: App, tables: Tables, linked: LinkedSource, stopped_clock: StoppedClock
) -> None:
    [caught] = app.providers.capture_webhooks("snaptrade", **linked.control_arguments, omit=["eventTimestamp"])
    before = tables.generation("snaptrade", linked.source_id)
    first = app.deliver("snaptrade", caught)
    stopped_clock.advance(365 * 24 * 3600)
    again = app.deliver("snaptrade", caught)
    assert [first.json["status"], again.json["status"]] == ["marked", "duplicate"]
    assert tables.generation("snaptrade", linked.source_id) == before + 1
    webhook_id = json.loads(caught[1])["webhookId"]
    ends = {row["event"]: row["expires_at"] for row in tables.rows("WebhookEventsTable")}
    first_day = ends[f"snaptrade#{webhook_id}"] - 30 * 24 * 3600
    assert ends[f"seen#snaptrade#{webhook_id}"] == first_day + 400 * 24 * 3600


def test_webhook_without_id_is_identified_by_body(app: App, tables: Tables, linked: LinkedSource) -> None:
    before = tables.generation("snaptrade", linked.source_id)
    [caught] = app.providers.capture_webhooks("snaptrade", **linked.control_arguments, omit=["webhookId"])
    outcomes = [app.deliver("snaptrade", caught).json["status"] for _ in range(2)]
    assert outcomes == ["marked", "duplicate"]
    assert [one.json["status"] for one in app.send_webhook(linked, omit=["webhookId"])] == ["marked"]
    assert tables.generation("snaptrade", linked.source_id) == before + 2


@pytest.mark.parametrize("shape", ["native", "legacy", "oauth_v1"])
def test_every_payload_shape_is_parsed(app: App, tables: Tables, linked: LinkedSource, shape: str) -> None:
    before = tables.generation("snaptrade", linked.source_id)
    assert send_webhooks(app, linked, shape=shape) == [200]
    assert tables.generation("snaptrade", linked.source_id) == before + 1


def test_duplicate_snaptrade_webhooks_count_once(app: App, tables: Tables, linked: LinkedSource) -> None:
    before = tables.generation("snaptrade", linked.source_id)
    assert send_webhooks(app, linked, times=3) == [200, 200, 200]
    assert tables.generation("snaptrade", linked.source_id) == before + 1


@pytest.mark.threat(id="replayed-webhook")
def test_replayed_snaptrade_webhook_is_not_counted(app: App, tables: Tables, linked: LinkedSource) -> None:
    assert send_webhooks(app, linked) == [200]
    before = tables.contents()
    [replayed] = app.send_webhook(linked, variant="replay")
    assert (replayed.status, replayed.json["status"]) == (200, "duplicate")
    assert tables.contents() == before


def test_different_snaptrade_webhooks_each_count(app: App, tables: Tables, linked: LinkedSource) -> None:
    before = tables.generation("snaptrade", linked.source_id)
    assert send_webhooks(app, linked, times=2, distinct=True) == [200, 200]
    assert tables.generation("snaptrade", linked.source_id) == before + 2


def test_update_with_failed_positions_and_balances_sets_no_flag(app: App, cookie: str, linked: LinkedSource) -> None:
    failed = {part: {"success": False, "error": "x"} for part in ("positions", "balances")}
    assert send_webhooks(app, linked, extra={"details": failed}) == [200]
    assert not is_pending(app, cookie)
    half = {**failed, "balances": {"success": True, "error": None}}
    assert send_webhooks(app, linked, extra={"details": half}) == [200]
    assert is_pending(app, cookie)


@pytest.mark.parametrize("event", ["TEST_WEBHOOK", "SOMETHING_NEW", "CONNECTION_FAILED", "CONNECTION_ATTEMPTED", ""])
def test_irrelevant_snaptrade_event_changes_nothing(app: App, tables: Tables, linked: LinkedSource, event: str) -> None:
    before = tables.state()
    [answered] = app.send_webhook(linked, event_type=event)
    assert (answered.status, answered.json["status"]) == (200, "ignored")
    assert tables.state() == before


@pytest.mark.invariant(id="I9")
@pytest.mark.threat(id="repudiation")
def test_event_record_has_no_secret_and_expires_after_30_days(
    app: App, tables: Tables, linked: LinkedSource, stopped_clock: StoppedClock
) -> None:
    [(headers, body)] = app.providers.capture_webhooks("snaptrade", **linked.control_arguments)
    assert app.deliver("snaptrade", (headers, body)).status == 200
    webhook_id = json.loads(body)["webhookId"]
    [row] = [row for row in tables.rows("WebhookEventsTable") if row["event"] == f"snaptrade#{webhook_id}"]
    assert "webhookSecret" in json.loads(body)
    assert "ecret" not in row["body"]
    assert len(row["body"].encode()) <= 500
    kept_until = datetime.fromtimestamp(int(row["expires_at"]), UTC)
    assert (kept_until - datetime.fromtimestamp(stopped_clock.now / 1000, UTC)).days in {29, 30}


def test_first_holdings_request_maps_legacy_snaptrade_user(app: App, cookie: str, tables: Tables) -> None:
    user_id = f"user_{hashlib.sha256(app.email().encode()).hexdigest()[:16]}"
    app.holdings(cookie, "snaptrade")
    item = tables.item("snaptrade", user_id)
    assert item is not None
    assert item["user_id"] == "alice"
    caught = app.providers.capture_webhooks("snaptrade", user_id=user_id, connection_id="c-1")
    assert [app.deliver("snaptrade", one).json["status"] for one in caught] == ["marked"]
    assert is_pending(app, cookie)
