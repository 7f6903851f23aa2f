"""Validate the address to which a provider's portal returns the browser."""

from urllib.parse import urlsplit

from tidings import settings
from tidings.errors import BadRequest

_DISPUTED = frozenset(" \\")


def validate_redirect_uri(redirect_uri: str | None) -> str | None:
    """Return the request's `redirect_uri`. Raises BadRequest if it is not under an allowed origin.

    Blanks, backslashes and control characters are refused: parsers disagree on what they mean in an address.
    """
    if redirect_uri is None:
        return None
    is_plain = redirect_uri.isascii() and redirect_uri.isprintable() and _DISPUTED.isdisjoint(redirect_uri)
    if not is_plain or _origin(redirect_uri) not in settings.allowed_origins():
        raise BadRequest("`redirect_uri` is not under an allowed origin.")
    return redirect_uri


def _origin(address: str) -> str:
    """Return scheme, host and port as they are written. An address with a user's name has no origin that is allowed."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc.lower()}"
