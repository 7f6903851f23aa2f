"""Fetch the euro foreign exchange reference rates of the European Central Bank (docs/currencies.md).

Its file of 90 days has about thirty currencies for each working day. Source: ECB statistics.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from tidings import settings
from tidings.errors import UnusableResponse
from tidings.exchange_rates.rates import DayRates

NAME = "ecb"
CODES = frozenset(
    """
    AUD BRL CAD CHF CNY CZK DKK GBP HKD HUF IDR ILS INR ISK JPY KRW MXN MYR NOK NZD PHP PLN RON SEK SGD THB TRY USD ZAR
    """.split()  # noqa: SIM905 - readable
)

_PATH = "/stats/eurofxref/eurofxref-hist-90d.xml"
_MAX_BYTES = 1024 * 1024
_CALL_CAP_S = 15.0
_CUBE = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}Cube"
_RATE = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")
_CODE = re.compile(r"[A-Z]{3}")


def fetch_days(deadline: float) -> Sequence[DayRates]:
    """Fetch the working days of the last 90 days. Raises ProviderError or one of its kinds."""
    from tidings.http.client import send_request  # lazy: only the scheduled function fetches

    response = send_request(
        "GET",
        settings.ecb_base_url() + _PATH,
        headers={"accept": "application/xml, text/xml"},
        body=None,
        deadline=deadline,
        cap_s=_CALL_CAP_S,
        max_bytes=_MAX_BYTES,
        parse=bytes,
    )
    if not response.is_success:
        raise UnusableResponse(f"The European Central Bank responded {response.status}.")
    return parse_days(response.body)


def parse_days(document: bytes | None) -> list[DayRates]:
    """Parse the file. Raises UnusableResponse if any part of it can't be read: half a file is none."""
    from xml.etree import ElementTree

    if not document or b"<!" in document:
        raise UnusableResponse  # the file has no declarations, and an entity could be expanded without end
    try:
        root = ElementTree.fromstring(document)  # noqa: S314 - declarations are refused above
        days = [_parse_day(cube.attrib["time"], cube) for cube in root.iter(_CUBE) if "time" in cube.attrib]
    except (ElementTree.ParseError, ValueError, KeyError):
        raise UnusableResponse from None
    if not days:
        raise UnusableResponse
    return days


def _parse_day(day: str, cubes: Iterable[object]) -> DayRates:
    rates = dict(_parse_rate(cube.attrib) for cube in cubes)  # type: ignore[attr-defined]
    if not rates:
        raise ValueError(day)
    return DayRates(date.fromisoformat(day), NAME, rates)


def _parse_rate(attributes: dict[str, str]) -> tuple[str, str]:
    code, text = attributes["currency"], attributes["rate"]
    if not (_CODE.fullmatch(code) and _RATE.fullmatch(text) and Decimal(text)):
        raise ValueError(code)
    return code, text
