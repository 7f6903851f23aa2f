"""The providers' keys: in the secrets, well-formed, and accepted by the providers. Never printed."""

import json
import time
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from tidings_cli.deployment import Deployment
from tidings_cli.doctor.access import Found

_NEEDED = {"plaid": ("client_id", "secret"), "snaptrade": ("client_id", "consumer_key")}
_ALLOWED = {
    "plaid": frozenset(_NEEDED["plaid"]),
    "snaptrade": frozenset({*_NEEDED["snaptrade"], "consumer_key_previous", "webhook_secret"}),
}
_SECRETS = {"plaid": "PlaidSecret", "snaptrade": "SnapTradeSecret"}
_CALLING_S = 20.0


class Unreadable(Exception):
    """The secret's text is not a JSON object."""


def read(deployment: Deployment, provider: str) -> Mapping[str, Any]:
    """The provider's secret as it stands. Unreadable, or AWS's own errors."""
    from tidings.store import aws

    secret_id = deployment.physical(_SECRETS[provider])
    text = aws.client("secretsmanager").get_secret_value(SecretId=secret_id).get("SecretString", "")
    try:
        values = json.loads(text)
    except ValueError:
        raise Unreadable from None
    if not isinstance(values, dict):
        raise Unreadable
    return values


def is_configured(deployment: Deployment, provider: str) -> bool:
    try:
        values = read(deployment, provider)
    except Unreadable:
        return False
    return all(isinstance(values.get(name), str) and values[name] for name in _NEEDED[provider])


def secrets(deployment: Deployment) -> Found:
    for provider in _NEEDED:
        yield from _secret(deployment, provider)
    if not any(is_configured(deployment, provider) for provider in _NEEDED):
        yield "problem", "no provider is configured", "Fill at least one of the secrets (docs/deploy.md, 2)."


def _secret(deployment: Deployment, provider: str) -> Found:
    write = f"Write it anew: aws secretsmanager put-secret-value --secret-id {deployment.physical(_SECRETS[provider])}"
    try:
        values = read(deployment, provider)
    except Unreadable:
        yield "problem", f"{provider}: the secret is not a JSON object", f"{write} --secret-string file://…"
        return
    absent = [name for name in _NEEDED[provider] if not values.get(name)]
    if len(absent) == len(_NEEDED[provider]):
        yield "warning", f"{provider} is not configured: its routes answer 503", "Not used? Leave it. Else fill it."
        return
    wrong = list(_malformed(provider, values))
    if absent:
        wrong.append(f"it has no {' and no '.join(absent)}")
    for one in wrong:
        yield "problem", f"{provider}: {one}", f"{write} --secret-string file://…"
    if not wrong:
        more = sorted(set(values) - set(_NEEDED[provider]))
        yield "ok", f"{provider}: {', '.join([*_NEEDED[provider], *more])}", ""


def _malformed(provider: str, values: Mapping[str, Any]) -> Iterator[str]:
    for name, value in sorted(values.items()):
        if name not in _ALLOWED[provider]:
            yield f"it has the unknown name {name!r}"
        elif not isinstance(value, str):
            yield f"{name} is not a text"
        elif value != value.strip():
            yield f"there is white space around {name}"


def accepted(deployment: Deployment) -> Found:
    """A call to each provider that costs nothing and touches nobody."""
    from tidings.store import secrets as stored

    stored.forget()
    for provider, ask in (("plaid", _ask_plaid), ("snaptrade", _ask_snaptrade)):
        if is_configured(deployment, provider):
            yield from ask(deployment)


def _ask_plaid(deployment: Deployment) -> Found:
    """The look-up of a webhook key that does not exist: Plaid checks our keys before it says so."""
    from tidings.errors import ProviderError, ProviderMisconfigured
    from tidings.providers.plaid import client
    from tidings.store import secrets as stored

    environment = deployment.parameters.get("PlaidEnvironment", "?")
    path, fields = "/webhook_verification_key/get", {"key_id": str(uuid.uuid4())}
    try:
        client.post(stored.app("plaid"), path, fields, time.monotonic() + _CALLING_S)
    except client.RefusedByPlaid:
        pass  # it knows us, and no such key
    except ProviderMisconfigured as error:
        do = f"Compare the secret with Plaid's dashboard: both must be of the environment {environment}."
        yield "problem", f"plaid refuses the keys: {error.detail}", do
        return
    except ProviderError as error:
        yield "warning", f"plaid can't be asked: {error.detail}", "See status.plaid.com, then run again."
        return
    yield "ok", f"plaid accepts them ({environment})", ""


def _ask_snaptrade(deployment: Deployment) -> Found:
    from tidings.errors import ProviderError, ProviderMisconfigured
    from tidings.providers.snaptrade import client
    from tidings.store import secrets as stored

    try:
        told = client.call_app(stored.app("snaptrade"), "GET", "/snapTrade/partners", time.monotonic() + _CALLING_S)
    except ProviderMisconfigured as error:
        do = "Compare client_id and consumer_key with SnapTrade's dashboard, and set this machine's clock."
        yield "problem", f"snaptrade refuses the keys: {error.detail}", do
        return
    except ProviderError as error:
        yield "warning", f"snaptrade can't be asked: {error.detail}", "See status.snaptrade.com, then run again."
        return
    if isinstance(told, dict) and told.get("can_access_holdings") is False:
        yield "problem", "snaptrade gives this key no holdings", "Have SnapTrade enable data access for the client id."
        return
    yield "ok", f"snaptrade accepts them ({deployment.parameters.get('SnapTradeKeyType', '?')} key)", ""
