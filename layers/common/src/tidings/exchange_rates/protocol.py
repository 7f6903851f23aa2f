"""Define what a source of exchange rates is. A new source is one module (docs/currencies.md#a-new-source)."""

from collections.abc import Sequence
from typing import Protocol

from tidings.exchange_rates.rates import DayRates


class RateSource(Protocol):
    """A module that fetches published rates. Its imports are cheap: what fetches is imported by `fetch_days`."""

    NAME: str
    """Stored with each row, and shown as `source`."""

    CODES: frozenset[str]
    """The currencies for which it publishes rates."""

    def fetch_days(self, deadline: float) -> Sequence[DayRates]:
        """Fetch the rates of the last months, verbatim. Raises ProviderError if there are none that can be read."""
        ...
