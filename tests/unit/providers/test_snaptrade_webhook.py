"""SnapTrade's signature and time: only authentic webhooks verify."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.fakes.signed_webhooks import canonical_ascii, canonical_utf8, snaptrade_signature
from tests.unit.providers.json_objects import VALUES
from tidings.errors import InvalidSignature, MalformedWebhook
from tidings.model import VerifiedWebhook
from tidings.providers.snaptrade import webhook

KEY = "consumer-key"
APP = {"client_id": "CLIENT", "consumer_key": KEY}
NOW = 1_790_000_000_000
AT = datetime.fromtimestamp(NOW / 1000, UTC)
EVENT: dict[str, Any] = {
    "webhookId": "id-1",
    "eventTimestamp": AT.isoformat(timespec="microseconds"),
    "userId": "user-1",
    "eventType": "ACCOUNT_HOLDINGS_UPDATED",
    "details": {"positions": {"success": True, "error": None}, "note": "é € \U0001f600"},
}


def verify(
    payload: Any,  # noqa: ANN401
    *,
    signature: str | None = None,
    body: bytes | None = None,
    app: dict[str, str] = APP,
    now: int = NOW,
) -> VerifiedWebhook:
    body = json.dumps(payload, indent=1).encode() if body is None else body
    signature = snaptrade_signature(canonical_ascii(payload), KEY) if signature is None else signature
    return webhook.verify({"signature": signature}, body, app, now)


def expect_refusal(payload: Any, **sent: Any) -> str:  # noqa: ANN401
    with pytest.raises(InvalidSignature) as refused:
        verify(payload, **sent)
    return refused.value.reason


@pytest.mark.parametrize("signed_text", [canonical_ascii, canonical_utf8])
def test_either_canonical_text_may_be_signed(signed_text: Any) -> None:  # noqa: ANN401
    verified = verify(EVENT, signature=snaptrade_signature(signed_text(EVENT), KEY))
    assert verified == VerifiedWebhook("id-1", EVENT, NOW)


def test_body_as_sent_may_be_signed() -> None:
    body = json.dumps(EVENT, indent=4).encode()
    assert verify(EVENT, body=body, signature=snaptrade_signature(body, KEY)).event_id == "id-1"


def test_rotated_keys_and_webhook_secret_are_accepted() -> None:
    app = {"consumer_key": "new", "consumer_key_previous": "old", "webhook_secret": "hook"}
    for key in app.values():
        assert verify(EVENT, app=app, signature=snaptrade_signature(canonical_ascii(EVENT), key))
    assert expect_refusal(EVENT, app=app, signature=snaptrade_signature(canonical_ascii(EVENT), "older")) == "signature"


def test_empty_key_is_ignored() -> None:
    app = {"consumer_key": KEY, "consumer_key_previous": "", "webhook_secret": ""}
    assert expect_refusal(EVENT, app=app, signature=snaptrade_signature(canonical_ascii(EVENT), "")) == "signature"


@pytest.mark.parametrize("spoil", [lambda s: s[:-1], lambda s: s + "=", lambda s: s.rstrip("="),
                                   lambda s: "é" + s[1:], lambda s: s + "\n", lambda s: "sha256=" + s,
                                   lambda s: s.replace(s[0], "-"),
                                   lambda s: s[:42] + chr(ord(s[42]) + 1) + "="])  # fmt: skip
def test_malformed_signature_is_refused_before_parsing(spoil: Any) -> None:  # noqa: ANN401
    signature = spoil(snaptrade_signature(canonical_ascii(EVENT), KEY))
    assert expect_refusal(EVENT, signature=signature, body=b"not JSON") == "header"


@pytest.mark.parametrize("signature", ["", "=", "A" * 44, hashlib.sha256(b"").hexdigest(), "null"])
def test_non_signature_is_refused(signature: str) -> None:
    assert expect_refusal(EVENT, signature=signature, body=b"not JSON") == "header"


def test_missing_signature_is_refused_before_parsing() -> None:
    with pytest.raises(InvalidSignature):
        webhook.verify({}, b"not JSON", APP, NOW)


@pytest.mark.threat(id="forged-webhook")
@pytest.mark.threat(id="tampered-webhook")
def test_every_changed_byte_is_refused() -> None:
    body = canonical_ascii(EVENT)
    signature = snaptrade_signature(body, KEY)
    for index in range(len(body)):
        changed = body[:index] + bytes([body[index] ^ 1]) + body[index + 1 :]
        with pytest.raises((InvalidSignature, MalformedWebhook)):
            verify(EVENT, body=changed, signature=signature)


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b'"x"', b"7", b"{", b'{"a": NaN}', b'{"a": Infinity}', b"\xff\xfe{}", b"\xef\xbb\xbf{}",
     '{"a": 1}'.encode("utf-16"), b"[" * 100_000, b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
     b'{"a": ' + b"9" * 5000 + b"}"],
)  # fmt: skip
def test_snaptrade_non_object_body_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedWebhook):
        verify(EVENT, body=body, signature=snaptrade_signature(body, KEY))


@pytest.mark.parametrize("depth", range(900, 1000, 7))
def test_excessive_nesting_is_malformed(depth: int) -> None:
    body = b'{"a":' * depth + b"1" + b"}" * depth
    with pytest.raises((MalformedWebhook, InvalidSignature)):
        verify(EVENT, body=body, signature=snaptrade_signature(b"", KEY))


def test_lone_surrogate_verifies() -> None:
    event = EVENT | {"note": "\ud800", "webhookId": "\udfff"}
    verified = verify(event)
    assert verified.event_id == hashlib.sha256(canonical_ascii(event)).hexdigest()


@pytest.mark.parametrize(
    "written",
    [
        AT.isoformat(),
        AT.isoformat(" "),
        AT.isoformat().replace("+00:00", "Z"),
        AT.isoformat(timespec="milliseconds"),
        AT.replace(tzinfo=None).isoformat(),
        (AT.replace(tzinfo=None) - timedelta(hours=5)).isoformat() + "-05:00",
    ],
)
def test_every_documented_time_format_is_parsed(written: str) -> None:
    assert verify(EVENT | {"eventTimestamp": written}).sent_at == NOW


@pytest.mark.parametrize(
    "written", ["", "yesterday", "2026-13-01T00:00:00Z", "2026-01-01", 1_790_000_000, True, [], {}]
)
def test_malformed_time_is_refused(written: object) -> None:
    assert expect_refusal(EVENT | {"eventTimestamp": written}) == "event_timestamp"


@pytest.mark.parametrize(("age_s", "stale"), [(300, False), (300.001, True), (1800, True), (10**9, True), (-60, False)])
def test_replay_window_decides_staleness(age_s: float, stale: bool) -> None:
    written = (AT - timedelta(seconds=age_s)).isoformat()
    assert verify(EVENT | {"eventTimestamp": written}).stale == stale


def test_snaptrade_future_begins_after_60_s() -> None:
    event = EVENT | {"eventTimestamp": (AT + timedelta(seconds=60)).isoformat()}
    assert verify(event).sent_at == NOW + 60_000
    assert expect_refusal(event, now=NOW - 1) == "from_the_future"


def test_future_event_is_refused() -> None:
    written = (AT + timedelta(seconds=60.001)).isoformat()
    assert expect_refusal(EVENT | {"eventTimestamp": written}) == "from_the_future"


@pytest.mark.parametrize("event", [{k: v for k, v in EVENT.items() if k != "eventTimestamp"},
                                   EVENT | {"eventTimestamp": None}])  # fmt: skip
def test_event_without_time_is_undated(event: dict[str, Any]) -> None:
    verified = verify(event)
    assert verified.sent_at is None
    assert not verified.stale


def test_legacy_shape_time_is_checked() -> None:
    old = (AT - timedelta(hours=1)).isoformat()
    assert verify({"type": "X", "data": {"userId": "u", "eventTimestamp": old}}).stale


@pytest.mark.parametrize("webhook_id", [None, "", 5, {}, "x" * 1000, "a\nb"])
def test_event_without_usable_id_is_identified_by_content(webhook_id: object) -> None:
    event = EVENT | {"webhookId": webhook_id}
    ids = {
        verify(event).event_id,
        verify(event, body=canonical_utf8(event)).event_id,
        hashlib.sha256(canonical_ascii(event)).hexdigest(),
    }
    assert len(ids) == 1


def test_disabled_auth_skips_only_signature(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNAPTRADE_WEBHOOK_AUTH", "disabled")
    assert webhook.is_configured({})
    accepted = webhook.verify({}, json.dumps(EVENT).encode(), {}, NOW)
    assert not accepted.signed
    assert webhook.verify({}, json.dumps(EVENT).encode(), {}, NOW + 301_000).stale
    with pytest.raises(InvalidSignature):
        webhook.verify({}, json.dumps(EVENT | {"eventTimestamp": "?"}).encode(), {}, NOW)
    with pytest.raises(MalformedWebhook):
        webhook.verify({}, b"[]", {}, NOW)


def test_any_key_configures_verification() -> None:
    assert webhook.is_configured({"consumer_key": "k"})
    assert not webhook.is_configured({"client_id": "c", "consumer_key": ""})


@given(st.dictionaries(st.text(max_size=8), VALUES, max_size=5))
def test_any_object_signed_as_documented_verifies(payload: dict[str, Any]) -> None:
    signature = snaptrade_signature(canonical_ascii(payload), KEY)
    assert verify(payload, body=json.dumps(payload).encode(), signature=signature).payload == payload
