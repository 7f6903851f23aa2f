"""Which providers a route speaks of. Provider routes and the combined ones share their functions."""

from tidings.api.request import Request
from tidings.model import ProviderName

_PREFIXES: tuple[tuple[str, ProviderName], ...] = (("/plaid/", "plaid"), ("/api/snaptrade/", "snaptrade"))


def requested_provider(request: Request) -> ProviderName | None:
    """The provider that the path names, or None for a combined route."""
    return next((provider for prefix, provider in _PREFIXES if request.path.startswith(prefix)), None)
