"""Check the providers' keys: stored, well-formed and accepted by the providers. They are never printed."""

import json
import time
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from tidings_cli.deployment import Deployment
from tidings_cli.doctor.access import CheckResults

_NEEDED = {"plaid": ("client_id", "secret"), "snaptrade": ("client_id", "consumer_key")}
_ALLOWED = {
    "plaid": frozenset(_NEEDED["plaid"]),
    "snaptrade": frozenset({*_NEEDED["snaptrade"], "consumer_key_previous", "webhook_secret"}),
}
_SECRETS = {"plaid": "PlaidSecret", "snaptrade": "SnapTradeSecret"}
_CALL_TIMEOUT_S = 20.0


class Unreadable(Exception):
    """The secret's text is not a JSON object."""


def read_secret(deployment: Deployment, provider: str) -> Mapping[str, Any]:
    """Return the provider's secret. Raises Unreadable, or AWS's own errors."""
    from tidings.aws import clients

    secret_id = deployment.physical(_SECRETS[provider])
    text = clients.aws_client("secretsmanager").get_secret_value(SecretId=secret_id).get("SecretString", "")
    try:
        values = json.loads(text)
    except ValueError:
        raise Unreadable from None
    if not isinstance(values, dict):
        raise Unreadable
    return values


def is_configured(deployment: Deployment, provider: str) -> bool:
    try:
        values = read_secret(deployment, provider)
    except Unreadable:
        return False
    return all(isinstance(values.get(name), str) and values[name] for name in _NEEDED[provider])


def check_secrets(deployment: Deployment) -> CheckResults:
    for provider in _NEEDED:
        yield from _check_secret(deployment, provider)
    if not any(is_configured(deployment, provider) for provider in _NEEDED):
        yield "problem", "no provider is configured", "Fill at least one of the secrets (docs/deploy.md, 2)."


def _check_secret(deployment: Deployment, provider: str) -> CheckResults:
    write = f"Write it again: aws secretsmanager put-secret-value --secret-id {deployment.physical(_SECRETS[provider])}"
    try:
        values = read_secret(deployment, provider)
    except Unreadable:
        yield "problem", f"{provider}: the secret is not a JSON object", f"{write} --secret-string file://…"
        return
    absent = [name for name in _NEEDED[provider] if not values.get(name)]
    if len(absent) == len(_NEEDED[provider]):
        yield (
            "warning",
            f"{provider} is not configured: its routes respond with 503",
            "Fill the secret, unless the provider is not used.",
        )
        return
    wrong = list(_find_malformed(provider, values))
    if absent:
        wrong.append(f"it has no {' and no '.join(absent)}")
    for one in wrong:
        yield "problem", f"{provider}: {one}", f"{write} --secret-string file://…"
    if not wrong:
        more = sorted(set(values) - set(_NEEDED[provider]))
        yield "ok", f"{provider}: {', '.join([*_NEEDED[provider], *more])}", ""


def _find_malformed(provider: str, values: Mapping[str, Any]) -> Iterator[str]:
    for name, value in sorted(values.items()):
        if name not in _ALLOWED[provider]:
            yield f"it has the unknown name {name!r}"
        elif not isinstance(value, str):
            yield f"{name} is not a string"
        elif value != value.strip():
            yield f"{name} has leading or trailing white space"


def check_keys(deployment: Deployment) -> CheckResults:
    """Call each provider once, free of charge and without touching a user."""
    from tidings.aws import secrets

    secrets.clear_cache()
    for provider, check_provider in (("plaid", _check_plaid_keys), ("snaptrade", _check_snaptrade_keys)):
        if is_configured(deployment, provider):
            yield from check_provider(deployment)


def _check_plaid_keys(deployment: Deployment) -> CheckResults:
    """Look up a webhook key that does not exist: Plaid checks our keys first."""
    from tidings.aws import secrets
    from tidings.errors import ProviderError, ProviderMisconfigured
    from tidings.providers.plaid import client
    from tidings.providers.plaid.errors import PlaidError

    environment = deployment.parameters.get("PlaidEnvironment", "?")
    path, fields = "/webhook_verification_key/get", {"key_id": str(uuid.uuid4())}
    try:
        client.post(secrets.app_secret("plaid"), path, fields, time.monotonic() + _CALL_TIMEOUT_S)
    except PlaidError:
        pass  # our keys are accepted; the webhook key does not exist
    except ProviderMisconfigured as error:
        do = f"Compare the secret with Plaid's dashboard: both must be of the environment {environment}."
        yield "problem", f"plaid rejects the keys: {error.detail}", do
        return
    except ProviderError as error:
        yield "warning", f"plaid can't be reached: {error.detail}", "See status.plaid.com, then run the command again."
        return
    yield "ok", f"plaid accepts them ({environment})", ""


def _check_snaptrade_keys(deployment: Deployment) -> CheckResults:
    from tidings.aws import secrets
    from tidings.errors import ProviderError, ProviderMisconfigured
    from tidings.providers.snaptrade import client

    try:
        partner = client.call_app(
            secrets.app_secret("snaptrade"), "GET", "/snapTrade/partners", time.monotonic() + _CALL_TIMEOUT_S
        )
    except ProviderMisconfigured as error:
        do = "Compare client_id and consumer_key with SnapTrade's dashboard, and set this machine's clock."
        yield "problem", f"snaptrade rejects the keys: {error.detail}", do
        return
    except ProviderError as error:
        yield (
            "warning",
            f"snaptrade can't be reached: {error.detail}",
            "See status.snaptrade.com, then run the command again.",
        )
        return
    if isinstance(partner, dict) and partner.get("can_access_holdings") is False:
        yield (
            "problem",
            "snaptrade gives this key no access to holdings",
            "Have SnapTrade enable data access for the client id.",
        )
        return
    yield "ok", f"snaptrade accepts them ({deployment.parameters.get('SnapTradeKeyType', '?')} key)", ""
