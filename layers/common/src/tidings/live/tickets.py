"""Issue and verify tickets for live updates: a channel and an expiry, signed.

A ticket opens any number of connections until it expires. It names no user and no session.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator
from typing import NamedTuple

from tidings.aws import secrets
from tidings.errors import StoreUnavailable

LIFETIME_S = 300
_VERSION = "v1"
_TICKET = re.compile(
    r"(?P<signed>v1\.(?P<channel>[0-9a-f]{40})\.(?P<expires>[0-9]{1,11}))\.(?P<signature>[\w-]{43})", re.ASCII
)


class Ticket(NamedTuple):
    """A verified ticket. `expires_at`: in epoch seconds."""

    channel: str
    expires_at: int


def issue_ticket(channel: str, now_ms: int) -> tuple[str, int]:
    """Return a ticket for the channel, and its expiry in epoch seconds. Raises StoreUnavailable without a key."""
    expires_at = now_ms // 1000 + LIFETIME_S
    signed = f"{_VERSION}.{channel}.{expires_at}"
    return f"{signed}.{_sign(next(_keys()), signed)}", expires_at


def verify_ticket(text: str, now_ms: int) -> Ticket | None:
    """Return what a ticket says, or None unless one of the keys signed it and it has not expired.

    A lifetime above the usual one is refused too. Raises StoreUnavailable without a key.
    """
    match = _TICKET.fullmatch(text)
    if match is None:
        return None
    # Every key is tried, so that the time taken does not tell which one is right.
    is_signed = [hmac.compare_digest(match["signature"], _sign(key, match["signed"])) for key in _keys()]
    ticket = Ticket(match["channel"], int(match["expires"]))
    is_current = now_ms < ticket.expires_at * 1000 <= now_ms + (LIFETIME_S + _CLOCK_SKEW_S) * 1000
    return ticket if any(is_signed) and is_current else None


_CLOCK_SKEW_S = 60
"""By how much the clocks of two functions may differ."""


def _keys() -> Iterator[str]:
    """Return the key that signs, then the further one that is accepted while the keys are rotated."""
    keys = secrets.app_secret("live_ticket")
    if "key" not in keys:
        raise StoreUnavailable("The deployment's secret has no key.")
    return (keys[name] for name in ("key", "key_previous") if name in keys)


def _sign(key: str, signed: str) -> str:
    digest = hmac.digest(key.encode(), signed.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
