"""Where a provider's portal may send the browser back to."""

from urllib.parse import urlsplit

from tidings import settings
from tidings.errors import BadRequest


def redirect_uri(body: dict[str, object]) -> str | None:
    """The request's `redirect_uri`, if it lies under an allowed origin; BadRequest otherwise."""
    value = body.get("redirect_uri")
    if value is None:
        return None
    if not isinstance(value, str) or not value.isascii() or _origin(value) not in settings.allowed_origins():
        raise BadRequest("`redirect_uri` is not under an allowed origin.")
    return value


def _origin(address: str) -> str:
    try:
        parts = urlsplit(address)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    return "" if parts.username is not None or "\\" in address else f"{parts.scheme}://{parts.hostname}{port}"
