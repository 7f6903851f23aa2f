"""Validate the address to which a provider's portal returns the browser."""

from urllib.parse import urlsplit

from tidings import settings
from tidings.errors import BadRequest


def validate_redirect_uri(redirect_uri: str | None) -> str | None:
    """Return the request's `redirect_uri`. Raises BadRequest if it is not under an allowed origin.

    Blanks and control characters are refused: parsers drop some of them, and so disagree on what the address is.
    """
    if redirect_uri is None:
        return None
    is_plain = redirect_uri.isascii() and redirect_uri.isprintable() and " " not in redirect_uri
    if not is_plain or _origin(redirect_uri) not in settings.allowed_origins():
        raise BadRequest("`redirect_uri` is not under an allowed origin.")
    return redirect_uri


def _origin(address: str) -> str:
    try:
        parts = urlsplit(address)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    return "" if parts.username is not None or "\\" in address else f"{parts.scheme}://{parts.hostname}{port}"
