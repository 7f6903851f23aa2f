"""The deployment's own keys at the providers, from Secrets Manager, cached for five minutes."""

import json
import threading
import time
from collections.abc import Mapping

from botocore.exceptions import BotoCoreError, ClientError

from tidings import settings
from tidings.aws import clients
from tidings.errors import StoreUnavailable
from tidings.model import ProviderName

_CACHED_S = 300.0
_cache: dict[str, tuple[float, Mapping[str, str]]] = {}
_reading = threading.Lock()


def app_secret(provider: ProviderName) -> Mapping[str, str]:
    """The provider's secret; empty values are left out. StoreUnavailable when it can't be read."""
    with _reading:
        held = _cache.get(provider)
        if held is None or held[0] < time.monotonic():
            held = (time.monotonic() + _CACHED_S, _fetch(settings.secret_id(provider)))
            _cache[provider] = held
        return held[1]


def clear_cache() -> None:
    """Empty the cache, so that a changed secret counts at once."""
    with _reading:
        _cache.clear()


def _fetch(secret_id: str) -> Mapping[str, str]:
    try:
        text: str = clients.aws_client("secretsmanager").get_secret_value(SecretId=secret_id)["SecretString"]
    except (BotoCoreError, ClientError):
        raise StoreUnavailable("The deployment's secret can't be read now.") from None
    return _read(text)


def _read(text: str) -> Mapping[str, str]:
    try:
        values = json.loads(text)
        json.dumps(values, ensure_ascii=False).encode()  # half a surrogate is no text: nothing could be signed with it
    except (ValueError, RecursionError):
        raise StoreUnavailable("The deployment's secret can't be read now.") from None
    if not isinstance(values, dict):
        raise StoreUnavailable("The deployment's secret is not a JSON object.")
    return {name: value for name, value in values.items() if isinstance(value, str) and value}
