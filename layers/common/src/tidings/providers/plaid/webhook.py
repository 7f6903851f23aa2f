"""Verify and parse Plaid's webhooks: an ES256 JWT in `Plaid-Verification` signs the SHA-256 of the raw body.

Source: https://plaid.com/docs/api/webhooks/webhook-verification/ and https://plaid.com/docs/api/items/#webhooks.
All checks that need no call come first. A forged webhook that passes them and names an unknown key costs what
verification_keys says: one read, and at most ten calls to Plaid a minute and process.
"""

import hashlib
import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature as SignatureMismatch
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from tidings import settings
from tidings.errors import EndReported, InvalidSignature, MalformedWebhook
from tidings.http import strict_json
from tidings.http.timestamps import format_instant, parse_instant
from tidings.model import USER_ACCOUNT_REVOKED, ProviderEvent, Status, StatusChange, Task, VerifiedWebhook
from tidings.providers.plaid import client, errors, verification_keys
from tidings.providers.protocol import NO_KEY_STORE, KeyStore
from tidings.source_status import NEW_ACCOUNTS

MAX_SKEW_MS = 60_000
_MAX_TOKEN_LENGTH = 2048
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_SHA256_HEX = re.compile(r"[0-9a-f]{64}")
_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_UPDATE_CATEGORIES = frozenset({"HOLDINGS", "INVESTMENTS_TRANSACTIONS"})
_WORKING: frozenset[Status] = frozenset({"ok", "expiring"})
"""A warning replaces only these: it must not hide a connection that is already broken."""

is_configured = client.is_configured


class _Token(NamedTuple):
    kid: str
    iat_ms: int
    body_sha256: str
    signed: bytes
    r: int
    s: int


def verify(
    headers: Mapping[str, str],
    body: bytes,
    app: Mapping[str, str],
    now: int,
    key_store: KeyStore = NO_KEY_STORE,
) -> VerifiedWebhook:
    """Verify a webhook; `sent_at` is the token's `iat`. Raises the errors of `WebhookReader.verify`."""
    token = _parse(headers.get("plaid-verification"))
    if not hmac.compare_digest(token.body_sha256, hashlib.sha256(body).hexdigest()):
        raise InvalidSignature("body_hash")
    if token.iat_ms > now + MAX_SKEW_MS:
        raise InvalidSignature("from_the_future")
    _check_signature(token, verification_keys.key_ring.public_key(app, token.kid, now, key_store))
    stale = token.iat_ms < now - settings.replay_window_ms()
    return VerifiedWebhook(_event_id(token), _object(body), token.iat_ms, stale, signed_anew=True)


def _parse(text: str | None) -> _Token:
    if not text or len(text) > _MAX_TOKEN_LENGTH or text.count(".") != 2:
        raise InvalidSignature("header")
    signed, _, signature = text.rpartition(".")
    header, _, claims = signed.partition(".")
    try:
        return _token(_json(header), _json(claims), _decode(signature), signed.encode())
    except ValueError:
        raise InvalidSignature("header") from None


def _token(header: dict[str, Any], claims: dict[str, Any], signature: bytes, signed: bytes) -> _Token:
    kid, iat, body_sha256 = header.get("kid"), claims.get("iat"), claims.get("request_body_sha256")
    if header.get("alg") != "ES256" or header.get("typ") != "JWT" or "crit" in header:
        raise ValueError("not an ES256 JWT")
    if not isinstance(kid, str) or not _UUID.fullmatch(kid) or type(iat) is not int or len(signature) != 64:
        raise ValueError("kid, iat or signature")
    if not isinstance(body_sha256, str) or not _SHA256_HEX.fullmatch(body_sha256):
        raise ValueError("no hash of the body")
    r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
    return _Token(kid, iat * 1000, body_sha256, signed, r, s)


def _json(segment: str) -> dict[str, Any]:
    return strict_json.parse_object(_decode(segment))


def _decode(segment: str) -> bytes:
    """Decode canonical base64url. Raises ValueError for other signs, for padding, and if unused bits are not zero."""
    decoded = urlsafe_b64decode(segment + "==")  # more padding than needed is ignored
    if urlsafe_b64encode(decoded).rstrip(b"=") != segment.encode():
        raise ValueError("not canonical")
    return decoded


def _check_signature(token: _Token, key: ec.EllipticCurvePublicKey) -> None:
    try:
        key.verify(encode_dss_signature(token.r, token.s), token.signed, ec.ECDSA(SHA256()))
    except SignatureMismatch:
        raise InvalidSignature("signature") from None


def _event_id(token: _Token) -> str:
    """Derive the event's id from the signature. (r, s) and (r, n-s) both verify, so use the smaller s."""
    canonical = token.r.to_bytes(32) + min(token.s, _ORDER - token.s).to_bytes(32)
    return hashlib.sha256(canonical).hexdigest()


def _object(body: bytes) -> dict[str, Any]:
    try:
        return strict_json.parse_object(body, float)
    except ValueError:
        raise MalformedWebhook from None


def parse_event(webhook: VerifiedWebhook) -> ProviderEvent:
    """Parse the webhook's event. For Plaid, the item is the source."""
    payload = webhook.payload
    category, code, item_id = (_text(payload, name) for name in ("webhook_type", "webhook_code", "item_id"))
    kind = f"{category or 'unknown'}:{code or 'unknown'}"
    if kind == "LINK:SESSION_FINISHED":
        return ProviderEvent(kind, task=_completion_task(payload))
    if item_id is None or not _ID.fullmatch(item_id):
        return ProviderEvent(kind)
    # A revoked account disappears from the item's holdings, which is an update too.
    has_update = (
        category in _UPDATE_CATEGORIES and code is not None and code.endswith("UPDATE")
    ) or kind == "ITEM:USER_ACCOUNT_REVOKED"
    return ProviderEvent(
        kind,
        item_id,
        item_id,
        marks=has_update,
        status=_status(kind, payload),
        task=_deletion_task(kind, item_id, payload),
    )


def _completion_task(payload: Mapping[str, Any]) -> Task | None:
    """Return the task that completes the session, unless the user left it (`EXITED`)."""
    link_token = _text(payload, "link_token")
    succeeded = payload.get("status") == "SUCCESS"
    return Task("complete_connection", {"link_token": link_token}) if link_token and succeeded else None


def _deletion_task(kind: str, item_id: str, payload: Mapping[str, Any]) -> Task | None:
    """Return the task that deletes revoked data, as Plaid requires."""
    account_id = _text(payload, "account_id")
    if kind == "ITEM:USER_PERMISSION_REVOKED":
        return Task("end_access", {"item_id": item_id})
    if kind == "ITEM:USER_ACCOUNT_REVOKED" and account_id:
        return Task("forget_account", {"item_id": item_id, "account_id": account_id})
    return None


def _status(kind: str, payload: Mapping[str, Any]) -> StatusChange | None:
    match kind:
        case "ITEM:ERROR":
            return _reported_status(payload.get("error"))
        case "ITEM:LOGIN_REPAIRED":
            return StatusChange("ok")
        case "ITEM:PENDING_EXPIRATION":
            expiry = _expiry("consent_expiration", payload.get("consent_expiration_time"))
            return StatusChange("expiring", expiry, over=_WORKING)
        case "ITEM:PENDING_DISCONNECT":
            cause = (_text(payload, "reason") or "disconnect").lower()
            return StatusChange("expiring", _expiry(cause, payload.get("disconnect_time")), over=_WORKING)
        case "ITEM:USER_PERMISSION_REVOKED":
            return StatusChange("revoked", "user_permission_revoked")
        case "ITEM:USER_ACCOUNT_REVOKED":
            return StatusChange("revoked", USER_ACCOUNT_REVOKED)
        case "ITEM:NEW_ACCOUNTS_AVAILABLE":
            return StatusChange("ok", NEW_ACCOUNTS, over=frozenset({"ok"}))
    return None


def _reported_status(error: object) -> StatusChange | None:
    """Return the status that an error reports. A report that the item may have ended is left to a status check."""
    try:
        return errors.status_from_object(error)
    except EndReported:
        return None


def _expiry(cause: str, date: object) -> str:
    """Return `<cause>`, or `<cause>:<ISO-8601 in UTC>` if Plaid gives a valid date."""
    instant = parse_instant(date)
    return cause if instant is None else f"{cause}:{format_instant(instant)}"


def _text(payload: Mapping[str, Any], name: str) -> str | None:
    value = payload.get(name)
    return value if isinstance(value, str) and 0 < len(value) <= 128 and value.isprintable() else None
