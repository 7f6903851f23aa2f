"""Which holdings are the same security: by ISIN, else CUSIP, else ticker and exchange, and always within a currency.

Providers know different things of one security. Where all who name a ticker (or CUSIP) together with an ISIN name the
same one, those who name it without are taken to mean that one too, and likewise for a ticker's exchange; so the order
of the holdings never matters.
"""

from collections.abc import Iterable

from tidings.model import Holding

SecurityIdentity = tuple[str, ...]


class SecurityMatcher:
    """The identities of a portfolio's holdings."""

    def __init__(self, holdings: Iterable[Holding]) -> None:
        self._exchanges: dict[SecurityIdentity, set[str]] = {}
        self._isins: dict[SecurityIdentity, set[str]] = {}
        self._cusips: dict[SecurityIdentity, set[str]] = {}
        known = list(holdings)
        if all(holding.isin for holding in known):
            return  # nobody needs what others know
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

    def of(self, holding: Holding) -> SecurityIdentity:
        """The same for all holdings of one security. What nobody can identify stays by itself."""
        if holding.is_cash and holding.ticker and holding.ticker.startswith("CUR:"):
            return ("cash", holding.ticker, holding.currency)
        if holding.option is not None:
            option = holding.option
            terms = (option.underlying, option.kind, str(option.strike.normalize()), option.expiry)
            return ("option", *terms, str(option.multiplier.normalize()), holding.currency)
        isin = holding.isin or self._agreed(self._isins, holding)
        if isin:
            return ("isin", isin, holding.currency)
        cusip = holding.cusip or self._agreed(self._cusips, holding)
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
        return _only(self._exchanges.get((holding.ticker or "", holding.currency))) or ""

    def _agreed(self, known: dict[SecurityIdentity, set[str]], holding: Holding) -> str | None:
        if not known:
            return None
        agreed = (_only(known.get(alias)) for alias in self._aliases(holding))
        return next((named for named in agreed if named), None)


def _only(named: set[str] | None) -> str | None:
    return next(iter(named)) if named is not None and len(named) == 1 else None
