"""Match rows of the same instrument, always within a currency. docs/holdings.md (Merging) has the rules.

Rows merge on positive evidence only: an ISIN, a CUSIP, a ticker with its market, an option's or a bond's terms, or the
provider's own id. Providers report different identifiers for a security. A row without an ISIN gets the one that all
other rows with its CUSIP or ticker agree on. The same holds for CUSIPs and markets, so the order of rows never matters.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

from tidings.holdings import Holding, Option
from tidings.portfolio.tickers import Listing, parse_listing

SecurityIdentity = tuple[str, ...]
Family = Literal["security", "bond", "crypto", "derivative"]

UNIDENTIFIED = "row"
"""The first part of an identity that is no evidence: such rows have the same account and name, nothing more."""
_FAMILIES: dict[str, Family] = {
    "crypto": "crypto",
    "derivative": "derivative",
    "fixed_income": "bond",
    "option": "derivative",
}
"""By a row's type. A coin or a contract is never a security, though its ticker may be one. Other types: `security`."""
_CUSIP_COUNTRIES = ("US", "CA")


class SecurityMatcher:
    """Identifies the instruments of a portfolio's holdings."""

    def __init__(self, holdings: Iterable[Holding]) -> None:
        self._markets: dict[tuple[str, str], set[str]] = {}
        self._isins: dict[SecurityIdentity, set[str]] = {}
        self._cusips: dict[SecurityIdentity, set[str]] = {}
        self._listings: dict[tuple[str, str | None, str | None, str], Listing] = {}
        securities = [holding for holding in holdings if _has_identifiers(holding)]
        if all(holding.isin for holding in securities):
            return  # no holding needs the identifiers of others
        listed = [(holding, self._listing(holding)) for holding in securities]
        for holding, listing in listed:
            if listing is not None and listing[1]:
                self._markets.setdefault((listing[0], holding.currency), set()).add(listing[1])
        for holding, listing in listed:
            cusip = _cusip(holding)
            if not holding.isin and not cusip:
                continue
            for alias in self._aliases(holding, cusip, listing):
                if holding.isin:
                    self._isins.setdefault(alias, set()).add(holding.isin)
                if cusip:
                    self._cusips.setdefault(alias, set()).add(cusip)

    def identity(self, holding: Holding) -> SecurityIdentity:
        """Return an identity that all rows of an instrument share. Its first part says by what it was identified."""
        currency = holding.currency
        if holding.is_cash and holding.ticker:
            return ("cash", holding.ticker, currency)
        if holding.option is not None:
            return ("option", *_option_terms(holding.option), currency)
        identity = self._public_identity(holding)
        if identity is not None:
            return identity
        if holding.security_id:
            return ("id", holding.provider, _family(holding), holding.security_id, currency)
        return (UNIDENTIFIED, holding.provider, holding.source_id, holding.account_id, holding.name or "", currency)

    def _public_identity(self, holding: Holding) -> SecurityIdentity | None:
        family = _family(holding)
        if family == "crypto":
            return ("crypto", _coin(holding.ticker, holding.currency), holding.currency) if holding.ticker else None
        if family == "derivative":
            return _contract(holding)
        if holding.isin:
            return ("isin", holding.isin, holding.currency)
        listing, cusip = self._listing(holding), holding.cusip
        isin = self._agreed_identifier(self._isins, holding, cusip, listing)
        if isin:
            return ("isin", isin, holding.currency)
        cusip = cusip or self._agreed_identifier(self._cusips, holding, cusip, listing)
        if cusip:
            return ("cusip", cusip, holding.currency)
        return None if listing is None else self._listed(holding, listing)

    def _listing(self, holding: Holding) -> Listing | None:
        if not holding.ticker:
            return None
        named = (holding.ticker, holding.raw_symbol, holding.exchange, holding.currency)
        listing = self._listings.get(named)
        if listing is None:
            listing = self._listings[named] = parse_listing(*named)
        return listing

    def _listed(self, holding: Holding, listing: Listing) -> SecurityIdentity | None:
        """Return the identity by ticker. Bonds of one issuer share a ticker, so their terms must be known too."""
        ticker, market = listing
        if _family(holding) == "bond":
            if holding.maturity is None or holding.coupon is None:
                return None
            return ("bond", ticker, holding.maturity, _text(holding.coupon), holding.currency)
        return ("ticker", ticker, market or self._agreed_market(ticker, holding.currency), holding.currency)

    def _aliases(self, holding: Holding, cusip: str | None, listing: Listing | None) -> list[SecurityIdentity]:
        aliases: list[SecurityIdentity] = []
        if cusip:
            aliases.append(("cusip", cusip, holding.currency))
        by_ticker = None if listing is None else self._listed(holding, listing)
        if by_ticker is not None:
            aliases.append(by_ticker)
        return aliases

    def _agreed_market(self, ticker: str, currency: str) -> str:
        return _single(self._markets.get((ticker, currency))) or ""

    def _agreed_identifier(
        self, known: dict[SecurityIdentity, set[str]], holding: Holding, cusip: str | None, listing: Listing | None
    ) -> str | None:
        if not known:
            return None
        agreed = (_single(known.get(alias)) for alias in self._aliases(holding, cusip, listing))
        return next((identifier for identifier in agreed if identifier), None)


def public_keys(holding: Holding) -> list[str]:
    """List whatever names the instrument of a row beyond its provider: any key in common makes two rows comparable."""
    if holding.option is not None:
        return [" ".join(_option_terms(holding.option)[:4])]
    family = _family(holding)
    if family == "crypto":
        return [f"crypto {_coin(holding.ticker, holding.currency)}"] if holding.ticker else []
    if family == "derivative":
        contract = _contract(holding)
        return [" ".join(contract)] if contract else []
    listing, cusip = _listing(holding), _cusip(holding)
    named = (holding.isin and f"isin {holding.isin}", cusip and f"cusip {cusip}", listing and f"ticker {listing[0]}")
    return [key for key in named if key]


def _family(holding: Holding) -> Family:
    return _FAMILIES.get(holding.type, "security")


def _has_identifiers(holding: Holding) -> bool:
    """Whether an ISIN or a CUSIP can identify the row."""
    return not holding.is_cash and holding.option is None and holding.type not in _WITHOUT_IDENTIFIERS


_WITHOUT_IDENTIFIERS = frozenset(kind for kind, family in _FAMILIES.items() if family != "bond")


def _cusip(holding: Holding) -> str | None:
    """Return the CUSIP. An American or Canadian ISIN contains it."""
    if holding.cusip:
        return holding.cusip
    isin = holding.isin
    return isin[2:11] if isin and isin.startswith(_CUSIP_COUNTRIES) else None


def _listing(holding: Holding) -> Listing | None:
    if not holding.ticker:
        return None
    return parse_listing(holding.ticker, holding.raw_symbol, holding.exchange, holding.currency)


def _option_terms(option: Option) -> tuple[str, ...]:
    """Return what fixes a contract. Its root tells SPXW from SPX, and an adjusted contract from a standard one."""
    root = "".join(sign for sign in (option.root or option.underlying).upper() if sign.isalnum())
    return root, option.kind, _text(option.strike), option.expiry, _text(option.multiplier)


def _contract(holding: Holding) -> SecurityIdentity | None:
    listing = _listing(holding)
    if listing is None:
        return None
    return ("contract", *listing, holding.maturity or "", _text(holding.multiplier), holding.currency)


def _coin(ticker: str, currency: str) -> str:
    """Return a coin's ticker without the currency of its pair: `BTC-USD` is `BTC`."""
    return ticker.upper().removesuffix(f"-{currency}").removesuffix(f"/{currency}")


def _single(values: set[str] | None) -> str | None:
    return next(iter(values)) if values is not None and len(values) == 1 else None


def _text(amount: Decimal | None) -> str:
    return "" if amount is None else str(amount.normalize())
