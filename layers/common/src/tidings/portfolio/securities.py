"""Match holdings of the same security: by ISIN, else CUSIP, else ticker and exchange, always within a currency.

Providers report different identifiers for a security. A holding without an ISIN gets the one that all other holdings
with its CUSIP or ticker agree on. The same holds for CUSIPs and exchanges, so the order of holdings never matters.
"""

from collections.abc import Iterable
from decimal import Decimal

from tidings.model import Holding

SecurityIdentity = tuple[str, ...]


class SecurityMatcher:
    """Identifies the securities of a portfolio's holdings."""

    def __init__(self, holdings: Iterable[Holding]) -> None:
        self._exchanges: dict[SecurityIdentity, set[str]] = {}
        self._isins: dict[SecurityIdentity, set[str]] = {}
        self._cusips: dict[SecurityIdentity, set[str]] = {}
        known = list(holdings)
        if all(holding.isin for holding in known):
            return  # no holding needs the identifiers of others
        for holding in known:
            if holding.ticker and holding.exchange:
                self._exchanges.setdefault((holding.ticker, holding.currency), set()).add(holding.exchange)
        for holding in known:
            if not holding.isin and not holding.cusip:
                continue
            for alias in self._aliases(holding):
                if holding.isin:
                    self._isins.setdefault(alias, set()).add(holding.isin)
                if holding.cusip:
                    self._cusips.setdefault(alias, set()).add(holding.cusip)

    def identity(self, holding: Holding) -> SecurityIdentity:
        """Return an identity that all holdings of a security share. A holding without identifiers gets its own."""
        if holding.is_cash and holding.ticker and holding.ticker.startswith("CUR:"):
            return ("cash", holding.ticker, holding.currency)
        if holding.option is not None:
            option = holding.option
            terms = (option.underlying, option.kind, str(option.strike.normalize()), option.expiry)
            return ("option", *terms, _text(option.multiplier), holding.currency)
        isin = holding.isin or self._agreed_identifier(self._isins, holding)
        if isin:
            return ("isin", isin, holding.currency)
        cusip = holding.cusip or self._agreed_identifier(self._cusips, holding)
        if cusip:
            return ("cusip", cusip, holding.currency)
        if holding.ticker:
            return ("ticker", holding.ticker, self._exchange(holding), holding.currency)
        return ("only", holding.provider, holding.source_id, holding.account_id, holding.name or "", holding.currency)

    def _aliases(self, holding: Holding) -> list[SecurityIdentity]:
        aliases: list[SecurityIdentity] = []
        if holding.cusip:
            aliases.append(("cusip", holding.cusip, holding.currency))
        if holding.ticker:
            aliases.append(("ticker", holding.ticker, self._exchange(holding), holding.currency))
        return aliases

    def _exchange(self, holding: Holding) -> str:
        if holding.exchange:
            return holding.exchange
        return _single(self._exchanges.get((holding.ticker or "", holding.currency))) or ""

    def _agreed_identifier(self, known: dict[SecurityIdentity, set[str]], holding: Holding) -> str | None:
        if not known:
            return None
        agreed = (_single(known.get(alias)) for alias in self._aliases(holding))
        return next((identifier for identifier in agreed if identifier), None)


def _single(values: set[str] | None) -> str | None:
    return next(iter(values)) if values is not None and len(values) == 1 else None


def _text(amount: Decimal | None) -> str:
    return "" if amount is None else str(amount.normalize())
