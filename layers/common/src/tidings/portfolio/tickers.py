"""Write tickers alike: without a suffix for the exchange, and with a point before a share class."""

import re
from functools import lru_cache

from tidings.portfolio import exchanges

_SHARE_CLASS = re.compile(r"[-/ ](?=[A-Z]{1,2}$)")


Listing = tuple[str, str]
"""A ticker, and the market where it is unique; "" if unknown."""


def parse_listing(ticker: str, raw_symbol: str | None, exchange: str | None, currency: str) -> Listing:
    """Return the canonical ticker and its market.

    `BRK-B` is `BRK.B`, and `SHOP.TO` at Toronto is `SHOP`. A suffix counts only if it is the exchange's own. Without an
    exchange it counts if its country uses the row's currency: `ZAAA.F` in CAD is not listed in Frankfurt.
    """
    market = exchanges.market_of(exchange) if exchange else ""
    text = raw_symbol or ticker
    if text.isalnum() and ticker.isalnum():
        return text.upper(), market
    return _parse(ticker.upper(), text.upper(), market, currency)


@lru_cache(maxsize=4096)
def _parse(ticker: str, text: str, market: str, currency: str) -> Listing:
    base, _, suffix = ticker.rpartition(".")
    suffix_market = _market_of_suffix(suffix, market, currency) if base else None
    if suffix_market is None:
        return _point_share_class(text), market
    return _point_share_class(text.removesuffix(f".{suffix}")), suffix_market


def _market_of_suffix(suffix: str, market: str, currency: str) -> str | None:
    known = exchanges.SUFFIXES.get(suffix)
    if known is None:
        return None
    is_own = market == known.market if market else currency == known.currency
    return known.market if is_own else None


def _point_share_class(ticker: str) -> str:
    return _SHARE_CLASS.sub(".", ticker)
