"""Fuzz SnapTrade's webhooks: only InvalidSignature, MalformedWebhook or a genuine webhook results."""

import json
from unittest.mock import patch

from tests.support.fakes.signed_webhooks import canonical_ascii, snaptrade_signature
from tidings import settings
from tidings.errors import InvalidSignature, MalformedWebhook
from tidings.http import strict_json
from tidings.model import VerifiedWebhook
from tidings.providers.snaptrade import webhook
from verification.fuzzer.choices import Choices, one_in, pick
from verification.fuzzer.event_processing import process_event
from verification.fuzzer.malformed_texts import UNUSUAL_VALUES, Fields, encode_base64, json_object

NOW = 1_790_000_000_000
APP = {"client_id": "CLIENT", "consumer_key": "now", "consumer_key_previous": "before", "webhook_secret": "own"}
_VALID_KEYS = ("now", "before", "own")
_KINDS = (
    *("ACCOUNT_HOLDINGS_UPDATED", "CONNECTION_ADDED", "CONNECTION_BROKEN", "CONNECTION_FIXED", "CONNECTION_DELETED"),
    *("USER_DELETED", "USER_REGISTERED", "TRADE_DETECTION", "SOMETHING_NEW"),
)
EVENT: Fields = {
    "webhookId": (b'"b9c0d5a0-0000-4000-8000-000000000001"', b'"id"'),
    "eventTimestamp": (
        *(b'"2026-09-21T14:13:20.000000+00:00"', b'"2026-09-21T14:13:20Z"', b'"2026-09-21 14:13:20"', b"1790000000"),
        *(b'"2025-01-01T00:00:00Z"', b'"2027-01-01T00:00:00Z"', b'"2026-09-21T14:13:20+99:99"', b'"20260921T141320Z"'),
    ),
    "eventType": tuple(f'"{kind}"'.encode() for kind in _KINDS),
    "userId": (b'"user_1"', '"ключ"'.encode(), *UNUSUAL_VALUES),
    "brokerageAuthorizationId": (b'"connection-1"', b'"*"', *UNUSUAL_VALUES),
    "details": (b'{"positions":{"success":false},"balances":{"success":false}}', b'{"positions":1}', *UNUSUAL_VALUES),
    "data": (b"null", b'{"userId":"user_2","connectionId":"c"}', *UNUSUAL_VALUES),
}


def verify_signature(choices: Choices) -> str:
    """Verify a webhook's signature and body."""
    body = json_object(choices, EVENT, varied=True)
    texts = _signable_texts(body)
    key = (
        pick(choices, ("other", "", "client_id", "CLIENT", "Now")) if one_in(choices, 8) else pick(choices, _VALID_KEYS)
    )
    signature_text = snaptrade_signature(pick(choices, texts), key)
    header = encode_base64(choices, signature_text.encode(), signature_text)
    if one_in(choices, 32):
        header = pick(
            choices,
            (
                signature_text + "=",
                signature_text[:-1],
                signature_text.lower(),
                "",
                "=" * 44,
                "A" * 43 + "=",
                f"sha256={signature_text}",
                "é",
            ),
        )
    try:
        verified = webhook.verify({"signature": header}, body, APP, NOW)
    except InvalidSignature as rejected:
        return rejected.reason
    except MalformedWebhook:
        return "malformed"
    genuine = {snaptrade_signature(text, good) for text in texts for good in _VALID_KEYS}
    assert header in genuine, "accepted, but not what a key signed"
    return f"stale {process_event('snaptrade', verified)}" if verified.stale else process_event("snaptrade", verified)


def verify_unsigned(choices: Choices) -> str:
    """Verify a webhook of a deployment that does not require signatures: all other checks still apply."""
    body = json_object(choices, EVENT, varied=True)
    with patch.object(settings, "snaptrade_webhook_auth", lambda: "disabled"):
        try:
            accepted = webhook.verify({}, body, APP, NOW)
        except InvalidSignature as rejected:
            return rejected.reason
        except MalformedWebhook:
            return "malformed"
    assert not accepted.signed
    return process_event("snaptrade", accepted)


def parse_event(choices: Choices) -> str:
    """Parse the event of an authentic webhook with any body."""
    try:
        payload = strict_json.parse_object(json_object(choices, EVENT, varied=True), float)
    except ValueError:
        return "not an object"
    return process_event("snaptrade", VerifiedWebhook("id", payload, NOW))


def _signable_texts(body: bytes) -> list[bytes]:
    """Return the texts that SnapTrade may have signed: the body as sent, and its canonical texts, if it has any."""
    try:
        parsed = json.loads(body)
        written = json.dumps(parsed, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
        return [canonical_ascii(parsed), written.encode("utf-8", "surrogatepass"), body]
    except (ValueError, RecursionError):
        return [body]
