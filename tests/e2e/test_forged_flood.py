"""A flood of forged webhooks is rejected, and users still get responses."""

import json
from base64 import urlsafe_b64encode
from hashlib import sha256
from secrets import token_bytes, token_hex

from benchmarks import forged
from benchmarks.stage import WEBHOOK_ROUTES, Event, event
from tests.e2e.user import User

_POLLS = 20


def _segment(content: object) -> str:
    return urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def _plaid() -> Event:
    """Create a well-formed signature with a key that Plaid never had."""
    body = json.dumps({"webhook_type": "HOLDINGS", "webhook_code": "DEFAULT_UPDATE", "item_id": token_hex(8)})
    header = {"alg": "ES256", "kid": token_hex(8), "typ": "JWT"}
    claims = {"iat": 1_771_509_787, "request_body_sha256": sha256(body.encode()).hexdigest()}
    signature = urlsafe_b64encode(token_bytes(64)).rstrip(b"=").decode()
    token = f"{_segment(header)}.{_segment(claims)}.{signature}"
    return event(WEBHOOK_ROUTES["plaid"], headers={"plaid-verification": token}, body=body)


def _snaptrade() -> Event:
    body = json.dumps({"eventType": "ACCOUNT_HOLDINGS_UPDATED", "webhookId": token_hex(8)})
    return event(WEBHOOK_ROUTES["snaptrade"], headers={"signature": "A" * 43 + "="}, body=body)


def test_polls_succeed_during_forged_webhook_flood(user: User) -> None:
    """`make bench` measures the latency of polls under load."""
    urls, cookie = user.cloud.function_urls, user.client.cookies["session_id"]
    forgeries = {
        urls["WebhookPlaidFunction"]: [_plaid() for _ in range(_POLLS)],
        urls["WebhookSnapTradeFunction"]: [_snaptrade() for _ in range(_POLLS)],
    }
    with forged.flood(forgeries) as statuses:
        while len(statuses) <= _POLLS:
            forged.polls_ms(user.cloud.front, cookie, count=_POLLS)
    assert set(statuses) <= {403, 503}
