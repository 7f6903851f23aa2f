"""SnapTrade's webhooks, nearly right: nothing but InvalidSignature, MalformedWebhook or a genuine webhook comes out."""

import json
from unittest.mock import patch

from tests.support.fakes.signed_webhooks import canonical_ascii, snaptrade_signature
from tidings import settings
from tidings.errors import InvalidSignature, MalformedWebhook
from tidings.http import strict_json
from tidings.model import VerifiedWebhook
from tidings.providers.snaptrade import webhook
from verification.fuzzer.choices import Choices, once_in, pick
from verification.fuzzer.events import recorded
from verification.fuzzer.texts import ODD_VALUES, Fields, base64_of, json_object

NOW = 1_790_000_000_000
APP = {"client_id": "CLIENT", "consumer_key": "now", "consumer_key_previous": "before", "webhook_secret": "own"}
_GOOD = ("now", "before", "own")
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
    "userId": (b'"user_1"', '"ключ"'.encode(), *ODD_VALUES),
    "brokerageAuthorizationId": (b'"connection-1"', b'"*"', *ODD_VALUES),
    "details": (b'{"positions":{"success":false},"balances":{"success":false}}', b'{"positions":1}', *ODD_VALUES),
    "data": (b"null", b'{"userId":"user_2","connectionId":"c"}', *ODD_VALUES),
}


def signature(choices: Choices) -> str:
    """A webhook's signature and body through the verifier; how it ended."""
    body = json_object(choices, EVENT, varied=True)
    texts = _texts(body)
    key = pick(choices, ("other", "", "client_id", "CLIENT", "Now")) if once_in(choices, 8) else pick(choices, _GOOD)
    made = snaptrade_signature(pick(choices, texts), key)
    header = base64_of(choices, made.encode(), made)
    if once_in(choices, 32):
        header = pick(
            choices, (made + "=", made[:-1], made.lower(), "", "=" * 44, "A" * 43 + "=", f"sha256={made}", "é")
        )
    try:
        verified = webhook.verify({"signature": header}, body, APP, NOW)
    except InvalidSignature as refused:
        return refused.reason
    except MalformedWebhook:
        return "malformed"
    genuine = {snaptrade_signature(text, good) for text in texts for good in _GOOD}
    assert header in genuine, "accepted, and not what a key signed"
    return f"stale {recorded('snaptrade', verified)}" if verified.stale else recorded("snaptrade", verified)


def unsigned(choices: Choices) -> str:
    """The same where the deployment switched the signature off: then the rest is still looked at."""
    body = json_object(choices, EVENT, varied=True)
    with patch.object(settings, "snaptrade_webhook_auth", lambda: "disabled"):
        try:
            accepted = webhook.verify({}, body, APP, NOW)
        except InvalidSignature as refused:
            return refused.reason
        except MalformedWebhook:
            return "malformed"
    assert not accepted.signed
    return recorded("snaptrade", accepted)


def event(choices: Choices) -> str:
    """What an authentic webhook's body says, whatever it is."""
    try:
        payload = strict_json.parse_object(json_object(choices, EVENT, varied=True), float)
    except ValueError:
        return "not an object"
    return recorded("snaptrade", VerifiedWebhook("id", payload, NOW))


def _texts(body: bytes) -> list[bytes]:
    """What SnapTrade may have signed: the body as sent, and its canonical texts, where it has some."""
    try:
        parsed = json.loads(body)
        written = json.dumps(parsed, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
        return [canonical_ascii(parsed), written.encode("utf-8", "surrogatepass"), body]
    except (ValueError, RecursionError):
        return [body]
