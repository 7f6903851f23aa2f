"""Verify and parse SnapTrade's webhooks: `Signature` is the base64 HMAC-SHA256 of the canonical JSON.

Source: https://docs.snaptrade.com/docs/webhooks. The HMAC key is the consumer key. The canonical form is compact, with
sorted keys. SnapTrade does not document whether non-ASCII text is escaped, and some senders sign the raw bytes.
All three forms are accepted, since each requires the key.
"""

import hashlib
import hmac
import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from typing import Any

from tidings import settings
from tidings.errors import InvalidSignature, MalformedWebhook
from tidings.http import strict_json
from tidings.http.timestamps import parse_instant
from tidings.model import EVERY_SOURCE, ProviderEvent, StatusChange, VerifiedWebhook
from tidings.providers.protocol import NO_KEY_STORE, KeyStore
from tidings.providers.snaptrade.users import PERSON

MAX_SKEW_MS = 60_000
_KEYS = ("consumer_key", "consumer_key_previous", "webhook_secret")
_BASE64_SHA256 = re.compile(r"[A-Za-z0-9+/]{43}=")
_CONNECTION_ID = re.compile(r"[A-Za-z0-9_.-]{1,128}")
_UPDATE_EVENTS = frozenset(
    {
        "ACCOUNT_HOLDINGS_UPDATED",
        "ACCOUNT_REMOVED",
        "ACCOUNT_TRANSACTIONS_INITIAL_UPDATE",
        "ACCOUNT_TRANSACTIONS_UPDATED",
        "CONNECTION_ADDED",
        "CONNECTION_FIXED",
        "CONNECTION_UPDATED",
        "NEW_ACCOUNT_AVAILABLE",
        "TRADES_PLACED",
        "TRADE_DETECTION",
        "TRADE_UPDATE",
    }
)
_STATUS = {
    "CONNECTION_BROKEN": StatusChange("reconnect_required", "connection_disabled"),
    "CONNECTION_FIXED": StatusChange("ok"),
}


def is_configured(app: Mapping[str, str]) -> bool:
    """Return whether webhooks can be verified, or need not be."""
    return settings.snaptrade_webhook_auth() == "disabled" or any(_secrets(app))


def verify(
    headers: Mapping[str, str],
    body: bytes,
    app: Mapping[str, str],
    now: int,
    key_store: KeyStore = NO_KEY_STORE,  # noqa: ARG001 - all providers have these parameters
) -> VerifiedWebhook:
    """Verify a webhook. `signed` is false if the deployment requires no signature. The keys are the deployment's own.

    Raises the errors of `WebhookReader.verify`.
    """
    required = settings.snaptrade_webhook_auth() == "required"
    signature = _signature(headers.get("signature")) if required else b""
    payload, text = _parse(body)
    if required and not _authentic(signature, (text, canonical(payload, ensure_ascii=False), body), app):
        raise InvalidSignature("signature")
    sent_at = _sent_at(payload)
    if sent_at is not None and sent_at > now + MAX_SKEW_MS:
        raise InvalidSignature("from_the_future")
    stale = sent_at is not None and sent_at < now - settings.replay_window_ms()
    event_id = _text(payload, "webhookId") or hashlib.sha256(text).hexdigest()
    return VerifiedWebhook(event_id, payload, sent_at, stale, signed=required)


def _signature(text: str | None) -> bytes:
    if text is None or not _BASE64_SHA256.fullmatch(text) or b64encode(b64decode(text)).decode() != text:
        raise InvalidSignature("header")
    return b64decode(text)


def _parse(body: bytes) -> tuple[dict[str, Any], bytes]:
    """Parse the body; return the object and its canonical text."""
    try:
        # SnapTrade formats numbers like Python's floats, so the canonical form needs floats.
        payload = strict_json.parse_object(body, float)
        return payload, canonical(payload)
    except (ValueError, RecursionError):
        raise MalformedWebhook from None


def _authentic(signature: bytes, texts: Iterable[bytes], app: Mapping[str, str]) -> bool:
    return any(
        hmac.compare_digest(hmac.digest(secret.encode(), text, "sha256"), signature)
        for text in texts
        for secret in _secrets(app)
    )


def _secrets(app: Mapping[str, str]) -> list[str]:
    return [app[name] for name in _KEYS if app.get(name)]


def canonical(payload: Mapping[str, Any], *, ensure_ascii: bool = True) -> bytes:
    """Serialize the payload in the form that SnapTrade signs."""
    text = json.dumps(payload, separators=(",", ":"), sort_keys=True, ensure_ascii=ensure_ascii)
    return text.encode(errors="surrogatepass")


def _sent_at(payload: Mapping[str, Any]) -> int | None:
    written = _field(payload, "eventTimestamp")
    instant = parse_instant(written)
    if written is not None and instant is None:
        raise InvalidSignature("event_timestamp")
    return instant


def parse_event(webhook: VerifiedWebhook) -> ProviderEvent:
    """Parse the webhook's event. An update without a connection's id counts for every connection of the user.

    A status or a removal needs the connection's id.
    """
    payload = webhook.payload
    kind = _text(payload, "eventType", "type") or "unknown"
    personal = settings.snaptrade_key_type() == "personal"
    item_id = PERSON if personal else _text(payload, "userId")
    if item_id is None:
        return ProviderEvent(kind)
    if kind == "USER_DELETED":
        # A personal key may receive this for a user of an OAuth app, so the next refresh checks what is gone.
        return ProviderEvent(kind, item_id, marks=personal, removes=None if personal else "item")
    source_id = _text(payload, "connectionId", "brokerageAuthorizationId")
    if source_id is None or not _CONNECTION_ID.fullmatch(source_id):
        has_update = _has_update(kind, payload) or kind in {"CONNECTION_BROKEN", "CONNECTION_DELETED"}
        return ProviderEvent(kind, item_id, EVERY_SOURCE, marks=has_update)
    return ProviderEvent(
        kind,
        item_id,
        source_id,
        marks=_has_update(kind, payload),
        status=_STATUS.get(kind),
        removes="source" if kind == "CONNECTION_DELETED" else None,
    )


def _has_update(kind: str, payload: Mapping[str, Any]) -> bool:
    if kind not in _UPDATE_EVENTS:
        return False
    return kind != "ACCOUNT_HOLDINGS_UPDATED" or not _has_failed(_field(payload, "details"))


def _has_failed(details: object) -> bool:
    """Return whether positions and balances both failed: SnapTrade sends the event for failed updates too."""
    if not isinstance(details, dict):
        return False
    parts = [details.get(name) for name in ("positions", "balances")]
    return all(isinstance(part, dict) and part.get("success") is False for part in parts)


def _field(payload: Mapping[str, Any], *names: str) -> object:
    """Return the first of `names`, at the top level (native, oauth_v1) or within `data` (legacy)."""
    data = payload.get("data")
    for level in (payload, data if isinstance(data, dict) else {}):
        for name in names:
            if level.get(name) is not None:
                found: object = level[name]
                return found
    return None


def _text(payload: Mapping[str, Any], *names: str) -> str | None:
    value = _field(payload, *names)
    return value if isinstance(value, str) and 0 < len(value) <= 256 and value.isprintable() else None
