"""Read which currency a request wants its total in."""

from tidings import settings
from tidings.api.request import Request
from tidings.errors import BadRequest


def requested_currency(request: Request) -> str:
    """Return `?currency`, else the main currency. Raises BadRequest, naming the known codes, for any other code."""
    requested = request.query.get("currency")
    main = settings.main_currency()
    if requested is None or requested == main:
        return main
    from tidings.exchange_rates.sources import KNOWN_CODES  # lazy: most requests name no currency

    if requested not in KNOWN_CODES:
        raise BadRequest(f"currency must be one of {', '.join(sorted({*KNOWN_CODES, main}))}.")
    return requested
