"""Send webhooks through the deployment's own address: genuine, forged and too large."""

import json
import secrets
import uuid

from tidings_cli.deployment import Deployment
from tidings_cli.doctor import http_probe, keys, signed_events
from tidings_cli.doctor.access import CheckResults

_EVENT = "ACCOUNT_HOLDINGS_UPDATED"
_NO_KEY = "snaptrade has no key here: fill its secret, with any key if there is no account"
_SEE_LOG = "See WebhookSnapTradeFunction's log."


def check_orphan_webhook(deployment: Deployment) -> CheckResults:
    """Send a genuine update of a SnapTrade user that nobody has linked, and delete what it stored."""
    if not keys.is_configured(deployment, "snaptrade"):
        yield "skipped", f"signed webhook: {_NO_KEY}", ""
        return
    user_id = f"tidings-smoke-{uuid.uuid4()}"
    key = keys.read_secret(deployment, "snaptrade")["consumer_key"]
    try:
        response = signed_events.post(deployment, _EVENT, key, userId=user_id, **_subject())
    finally:
        _delete_orphan(user_id)
    if response.status == 200 and _status(response.body) == "orphan":
        yield "ok", "a signed webhook is stored", ""
    else:
        yield "problem", f"the response to a signed webhook is {response.status} {_status(response.body)}", _SEE_LOG


def _subject() -> dict[str, object]:
    return {"brokerageAuthorizationId": str(uuid.uuid4()), "accountId": str(uuid.uuid4()), "details": {}}


def _delete_orphan(user_id: str) -> None:
    from tidings.model import ItemKey
    from tidings.store import items

    items.delete_orphan(ItemKey("snaptrade", user_id))


def _status(body: bytes) -> str:
    try:
        parsed = json.loads(body)
    except ValueError:
        return ""
    return str(parsed.get("status", "")) if isinstance(parsed, dict) else ""


def check_forged_webhook(deployment: Deployment) -> CheckResults:
    """Send an update that somebody else signed."""
    if not keys.is_configured(deployment, "snaptrade"):
        yield "skipped", f"forged webhook: {_NO_KEY}", ""
        return
    user_id = f"tidings-smoke-{uuid.uuid4()}"
    response = signed_events.post(deployment, _EVENT, secrets.token_urlsafe(32), userId=user_id, **_subject())
    if response.status == 403:
        yield "ok", "a forged webhook is refused", ""
    else:
        _delete_orphan(user_id)
        yield "problem", f"the response to a forged webhook is {response.status} instead of 403", _SEE_LOG


def check_large_webhook(deployment: Deployment) -> CheckResults:
    """Send a body over the limit to each provider's address."""
    from tidings.webhooks.receive import MAX_BODY_BYTES

    for provider, name in (("plaid", "PlaidWebhookUrl"), ("snaptrade", "SnapTradeWebhookUrl")):
        body = b'"' + b"x" * MAX_BODY_BYTES + b'"'
        url, headers = deployment.output(name), {"content-type": "application/json"}
        status = http_probe.send("POST", url, headers=headers, body=body).status
        if status == 413:
            yield "ok", f"{provider}: a webhook that is too large is refused", ""
        else:
            do = "See the function's log, and what stands in front of its URL."
            yield "problem", f"{provider}: the response to a webhook that is too large is {status}, not 413", do
