"""List the sources of exchange rates."""

from collections.abc import Sequence
from itertools import chain

from tidings.exchange_rates import ecb
from tidings.exchange_rates.protocol import RateSource
from tidings.exchange_rates.rates import EURO, FIXED_RATES

SOURCES: Sequence[RateSource] = (ecb,)
"""In the order of preference, if several have a day's rates."""

KNOWN_CODES = frozenset({EURO, *FIXED_RATES, *chain.from_iterable(source.CODES for source in SOURCES)})
"""The currencies that can be converted, and to which."""
