"""Check the public addresses: webhooks, API, CORS and the issuer of tokens."""

import json

from tidings_cli.deployment import Deployment
from tidings_cli.doctor import http_probe, keys, signed_events
from tidings_cli.doctor.access import CheckResults

PROBE_EVENT = "TIDINGS_DOCTOR"
"""SnapTrade has no such event, so the product ignores it."""

_NAMES = {"plaid": "Plaid", "snaptrade": "SnapTrade"}
_FOREIGN = "https://tidings-doctor.invalid"


def check_webhooks(deployment: Deployment) -> CheckResults:
    """Send an unsigned webhook: it must be rejected, but not for lack of a key or of the store."""
    for provider, url in _webhook_urls(deployment):
        if not keys.is_configured(deployment, provider):
            continue
        if provider == "snaptrade" and deployment.parameters.get("SnapTradeWebhookAuth") == "disabled":
            yield "problem", "snaptrade: unsigned webhooks are accepted", "Deploy with SnapTradeWebhookAuth=required."
            continue
        try:
            response = http_probe.send("POST", url, headers={"content-type": "application/json"}, body=b"{}")
        except http_probe.Unreachable as error:
            yield "problem", f"{provider}: {error}", "See the stack's outputs, and the DNS of WebhookBaseUrl."
        else:
            yield from _judge_rejection(provider, url, response.status)


def _webhook_urls(deployment: Deployment) -> list[tuple[str, str]]:
    urls = [(provider, deployment.output(f"{name}WebhookUrl")) for provider, name in _NAMES.items()]
    return urls if ("plaid", deployment.plaid_webhook_url) in urls else [*urls, ("plaid", deployment.plaid_webhook_url)]


def _judge_rejection(provider: str, url: str, status: int) -> CheckResults:
    if status == 403:
        yield "ok", f"{provider}: {url} rejects an unsigned webhook", ""
    elif status == 503:
        do = "See the function's log. `not-configured`: a filled secret counts within 5 min. Else check permissions."
        yield "problem", f"{provider}: {url} responds with 503, which the provider will retry", do
    elif status < 300:
        yield "problem", f"{provider}: {url} accepts an unsigned webhook", "Is this the address of another program?"
    else:
        yield (
            "problem",
            f"{provider}: {url} responds with {status} instead of 403",
            "See the function's log and its URL.",
        )


def check_signed_webhook(deployment: Deployment) -> CheckResults:
    """Send a signed test event: it is accepted if the function has the key of the secret."""
    if not keys.is_configured(deployment, "snaptrade"):
        return
    response = signed_events.post(deployment, PROBE_EVENT, keys.read_secret(deployment, "snaptrade")["consumer_key"])
    if response.status == 200:
        yield "ok", "snaptrade: a webhook signed with the key of the secret is accepted", ""
    elif response.status == 403:
        do = "Was the secret changed in the last five minutes? Else see the function's log, and this machine's clock."
        yield "problem", "snaptrade: a webhook signed with the key of the secret is rejected", do
    else:
        yield (
            "problem",
            f"snaptrade: the response to a signed webhook is {response.status}",
            "See WebhookSnapTradeFunction's log.",
        )


def check_api(deployment: Deployment) -> CheckResults:
    url = f"{deployment.api_url}/pending-updates"
    status = http_probe.send("GET", url).status
    if status == 401:
        yield "ok", f"{url} requires a sign-in", ""
    elif status == 404:
        yield (
            "problem",
            f"{url} is not found",
            "Does the domain point to this stack's API? See output ApiDomainTarget.",
        )
    else:
        yield "problem", f"{url} responds with {status} instead of 401", "See the log of PendingFunction."


def check_cors(deployment: Deployment) -> CheckResults:
    origins = deployment.allowed_origins
    if not origins:
        yield "problem", "AllowedOrigins is empty: no browser can call the API", "Deploy with the web app's origins."
    for origin in origins:
        if _allows(deployment, origin):
            yield "ok", f"{origin} may call with a cookie", ""
        else:
            yield (
                "problem",
                f"{origin} is not allowed by the API",
                "Deploy again; a proxy in front must pass CORS headers through.",
            )
    if _allows(deployment, _FOREIGN):
        yield "problem", "any origin may call with a cookie", "Deploy again; AllowedOrigins must not contain `*`."


def _allows(deployment: Deployment, origin: str) -> bool:
    preflight = {
        "origin": origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
    }
    response = http_probe.send("OPTIONS", f"{deployment.api_url}/holdings/refresh", headers=preflight)
    allowed = response.headers.get("access-control-allow-origin")
    with_cookie = response.headers.get("access-control-allow-credentials") == "true"
    return response.status in {200, 204} and allowed == origin and with_cookie


def check_sign_in(deployment: Deployment) -> CheckResults:
    """Check the discovery document and the keys of the token issuer, if one is configured."""
    issuer = deployment.parameters.get("OidcIssuer")
    if not issuer:
        yield "ok", "by the session cookie (no OidcIssuer)", ""
        return
    document = _fetch_object(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if document is None:
        yield "problem", f"{issuer} has no OpenID configuration", "Compare OidcIssuer with your identity provider."
        return
    if document.get("issuer") != issuer:
        says = f"{issuer} names itself {document.get('issuer')!r}: its tokens are rejected"
        yield "problem", says, "Deploy with OidcIssuer exactly as the issuer names itself."
    jwks = _fetch_object(str(document.get("jwks_uri", "")))
    if not (jwks and isinstance(jwks.get("keys"), list) and jwks["keys"]):
        yield "problem", f"{issuer} publishes no keys", "Its jwks_uri must return a JWK set."
    elif not deployment.parameters.get("OidcAudience"):
        yield "problem", "OidcAudience is empty", "Deploy with the audience of your identity provider's tokens."
    else:
        yield "ok", f"by the session cookie, or by tokens of {issuer}", ""


def _fetch_object(url: str) -> dict[str, object] | None:
    if not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        return None
    try:
        response = http_probe.send("GET", url)
        value = json.loads(response.body) if response.status == 200 else None
    except (ValueError, http_probe.Unreachable):
        return None
    return value if isinstance(value, dict) else None
