"""What the world reaches: the webhooks' addresses, the API, its CORS, and the sign-in's issuer."""

import base64
import hashlib
import hmac
import json
import time
import uuid
from datetime import UTC, datetime

from tidings_cli.deployment import Deployment
from tidings_cli.doctor import http_probe, keys
from tidings_cli.doctor.access import Found

PROBE_EVENT = "TIDINGS_DOCTOR"
"""SnapTrade has no such event, so the product ignores it."""

_NAMES = {"plaid": "Plaid", "snaptrade": "SnapTrade"}
_FOREIGN = "https://tidings-doctor.invalid"


def webhooks(deployment: Deployment) -> Found:
    """An unsigned webhook must be refused, and not for want of a key or a store."""
    for provider, url in _webhook_urls(deployment):
        if not keys.is_configured(deployment, provider):
            continue
        if provider == "snaptrade" and deployment.parameters.get("SnapTradeWebhookAuth") == "disabled":
            yield "problem", "snaptrade: anybody can post webhooks", "Deploy with SnapTradeWebhookAuth=required."
            continue
        try:
            answer = http_probe.send("POST", url, headers={"content-type": "application/json"}, body=b"{}")
        except http_probe.Unreachable as error:
            yield "problem", f"{provider}: {error}", "See the stack's outputs, and the DNS of WebhookBaseUrl."
        else:
            yield from _refusal(provider, url, answer.status)


def _webhook_urls(deployment: Deployment) -> list[tuple[str, str]]:
    urls = [(provider, deployment.output(f"{name}WebhookUrl")) for provider, name in _NAMES.items()]
    return urls if ("plaid", deployment.plaid_webhook_url) in urls else [*urls, ("plaid", deployment.plaid_webhook_url)]


def _refusal(provider: str, url: str, status: int) -> Found:
    if status == 403:
        yield "ok", f"{provider}: {url} refuses an unsigned one", ""
    elif status == 503:
        do = "See the function's log: `not-configured` is a secret that counts in five minutes, else its permissions."
        yield "problem", f"{provider}: {url} answers 503, which the provider will retry", do
    elif status < 300:
        yield "problem", f"{provider}: {url} accepts an unsigned one", "Is it another program's address?"
    else:
        yield "problem", f"{provider}: {url} answers {status} where 403 belongs", "See the function's log and its URL."


def signed_webhook(deployment: Deployment) -> Found:
    """Signed as SnapTrade signs it, an event of no meaning: it proves that the function has the key that we have."""
    if not keys.is_configured(deployment, "snaptrade"):
        return
    url = deployment.output("SnapTradeWebhookUrl")
    secret = keys.read(deployment, "snaptrade")
    at = datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    event = {"eventType": PROBE_EVENT, "webhookId": str(uuid.uuid4()), "eventTimestamp": at}
    body = json.dumps(event, separators=(",", ":"), sort_keys=True).encode()
    signature = base64.b64encode(hmac.digest(secret["consumer_key"].encode(), body, hashlib.sha256)).decode()
    answer = http_probe.send(
        "POST", url, headers={"content-type": "application/json", "signature": signature}, body=body
    )
    if answer.status == 200:
        yield "ok", "snaptrade: one signed with the key of the secret is accepted", ""
    elif answer.status == 403:
        do = "Was the secret changed in the last five minutes? Else see the function's log, and this machine's clock."
        yield "problem", "snaptrade: one signed with the key of the secret is refused", do
    else:
        yield (
            "problem",
            f"snaptrade: a signed one is answered {answer.status}",
            "See WebhookSnapTradeFunction's log.",
        )


def api(deployment: Deployment) -> Found:
    url = f"{deployment.api_url}/pending-updates"
    status = http_probe.send("GET", url).status
    if status == 401:
        yield "ok", f"{url} asks to sign in", ""
    elif status == 404:
        yield (
            "problem",
            f"{url} is not found",
            "Does the name lead to this stack's API? See output ApiDomainTarget.",
        )
    else:
        yield "problem", f"{url} answers {status} where 401 belongs", "See the log of PendingFunction."


def cors(deployment: Deployment) -> Found:
    origins = deployment.allowed_origins
    if not origins:
        yield "problem", "AllowedOrigins is empty: no browser may call the API", "Deploy with the web app's origins."
    for origin in origins:
        if _allows(deployment, origin):
            yield "ok", f"{origin} may call with its cookie", ""
        else:
            yield "problem", f"{origin} is not allowed by the API", "Deploy again; a proxy in front must pass CORS on."
    if _allows(deployment, _FOREIGN):
        yield "problem", "any origin may call with a cookie", "Deploy again; AllowedOrigins takes no star."


def _allows(deployment: Deployment, origin: str) -> bool:
    asked = {
        "origin": origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
    }
    answer = http_probe.send("OPTIONS", f"{deployment.api_url}/holdings/refresh", headers=asked)
    allowed = answer.headers.get("access-control-allow-origin")
    with_cookie = answer.headers.get("access-control-allow-credentials") == "true"
    return answer.status in {200, 204} and allowed == origin and with_cookie


def sign_in(deployment: Deployment) -> Found:
    """The issuer of Bearer tokens, if one is configured: its discovery document and its keys."""
    issuer = deployment.parameters.get("OidcIssuer")
    if not issuer:
        yield "ok", "by the session cookie (no OidcIssuer)", ""
        return
    document = _object(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if document is None:
        yield "problem", f"{issuer} has no OpenID configuration", "Compare OidcIssuer with your identity provider."
        return
    if document.get("issuer") != issuer:
        says = f"{issuer} calls itself {document.get('issuer')!r}: its tokens are refused"
        yield "problem", says, "Deploy with OidcIssuer exactly as it calls itself."
    jwks = _object(str(document.get("jwks_uri", "")))
    if not (jwks and isinstance(jwks.get("keys"), list) and jwks["keys"]):
        yield "problem", f"{issuer} publishes no keys", "Its jwks_uri must answer a JWK set."
    elif not deployment.parameters.get("OidcAudience"):
        yield "problem", "OidcAudience is empty", "Deploy with the audience that your identity provider puts in."
    else:
        yield "ok", f"by cookie, or by tokens of {issuer}", ""


def _object(url: str) -> dict[str, object] | None:
    if not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        return None
    try:
        answer = http_probe.send("GET", url)
        value = json.loads(answer.body) if answer.status == 200 else None
    except (ValueError, http_probe.Unreachable):
        return None
    return value if isinstance(value, dict) else None
