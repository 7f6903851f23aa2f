"""Name the channel of a user. The name tells nothing about the user, and nobody without the key can compute it."""

import hashlib
import hmac

from tidings.aws import secrets
from tidings.errors import StoreUnavailable

NAMESPACE = "updates"
NAME_LENGTH = 40


def channel_name(user_id: str) -> str:
    """Return the name of a user's channel: 40 hex digits.

    Its key is never rotated: whoever publishes and whoever subscribes must compute the same name at all times.
    Raises StoreUnavailable if the key can't be read.
    """
    key = secrets.app_secret("live_channel").get("key")
    if not key:
        raise StoreUnavailable("The deployment's secret has no key.")
    return hmac.digest(key.encode(), user_id.encode(), hashlib.sha256).hex()[:NAME_LENGTH]


def channel_path(name: str) -> str:
    """Return the channel as the API knows it, with its namespace."""
    return f"/{NAMESPACE}/{name}"
