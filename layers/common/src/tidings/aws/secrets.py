"""Read the deployment's own keys from Secrets Manager, cached for five minutes."""

import json
import time
from collections.abc import Mapping
from typing import Literal

from botocore.exceptions import BotoCoreError, ClientError

from tidings import settings
from tidings.aws import clients
from tidings.errors import StoreUnavailable
from tidings.model import ProviderName

_CACHED_S = 300.0
_cache: dict[str, tuple[float, Mapping[str, str]]] = {}


SecretName = ProviderName | Literal["notify", "live_ticket", "live_channel"]
"""A provider; `notify`: the keys that sign the host's notifications; or one of the keys of live updates."""


def app_secret(name: SecretName) -> Mapping[str, str]:
    """Return a secret without empty values. Raises StoreUnavailable if it can't be read."""
    cached = _cache.get(name)
    if cached is None or cached[0] < time.monotonic():
        # No lock: no thread may wait for another one's call that hangs. At worst two threads fetch the same.
        cached = (time.monotonic() + _CACHED_S, _fetch(settings.secret_id(name)))
        _cache[name] = cached
    return cached[1]


def clear_cache() -> None:
    """Empty the cache, so that a changed secret is used immediately."""
    _cache.clear()


def _fetch(secret_id: str) -> Mapping[str, str]:
    try:
        text: str = clients.aws_client("secretsmanager").get_secret_value(SecretId=secret_id)["SecretString"]
    except (BotoCoreError, ClientError):
        raise StoreUnavailable("The deployment's secret can't be read now.") from None
    return _parse(text)


def _parse(text: str) -> Mapping[str, str]:
    try:
        values = json.loads(text)
        # A lone surrogate can't be encoded, and so nothing could be signed with it.
        json.dumps(values, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise StoreUnavailable("The deployment's secret can't be read now.") from None
    if not isinstance(values, dict):
        raise StoreUnavailable("The deployment's secret is not a JSON object.")
    return {name: value for name, value in values.items() if isinstance(value, str) and value}
