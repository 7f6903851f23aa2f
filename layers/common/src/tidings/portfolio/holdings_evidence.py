"""Compare two accounts' rows: do they show the same money? Quantities count, since prices differ between providers.

Cash and closed positions say nothing: many accounts hold cash, and none of it tells them apart.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from tidings.decimals import ZERO, add, add_product, difference
from tidings.holdings import Holding
from tidings.portfolio.securities import public_keys

_PRECISION = Decimal("0.0001")
"""Providers round quantities; one part in ten thousand is less than any trade."""
_MATCHING_OF_FIVE = 4


@dataclass(slots=True)
class Instrument:
    """One instrument of an account, over its lots. Without `keys`, nobody can identify it."""

    keys: set[str]
    quantity: Decimal


class Positions:
    """The positions of an account. They are grouped by instrument only when a comparison needs that."""

    def __init__(self, holdings: Iterable[Holding]) -> None:
        self.holdings = [holding for holding in holdings if not holding.is_cash and holding.quantity]

    @cached_property
    def instruments(self) -> list[Instrument]:
        """Return the instruments with the sums of their lots. Lots with any key in common are of one instrument."""
        found: dict[int, Instrument] = {}
        by_key: dict[str, Instrument] = {}
        for holding in self.holdings:
            instrument = Instrument(set(public_keys(holding)), holding.quantity or ZERO)
            for key in list(instrument.keys):
                same = found.pop(id(by_key.get(key)), None)
                if same is not None:
                    instrument.keys |= same.keys
                    instrument.quantity = add(instrument.quantity, same.quantity)
            found[id(instrument)] = instrument
            by_key.update(dict.fromkeys(instrument.keys, instrument))
        return list(found.values())

    @cached_property
    def by_key(self) -> dict[str, Instrument]:
        """Return the instruments by each of their keys."""
        return {key: instrument for instrument in self.instruments for key in instrument.keys}


def has_nothing_in_common(left: Positions, right: Positions) -> bool:
    """Whether both accounts hold positions, of which not one can be the same.

    A row that nobody can identify can be any of the other account's rows with its quantity.
    """
    if not left.holdings or not right.holdings or _share_identifier(left, right):
        return False
    shares_key = not left.by_key.keys().isdisjoint(right.by_key)
    return not shares_key and not _may_contain(left, right) and not _may_contain(right, left)


def count_matches(left: Positions, right: Positions) -> int:
    """Count the instruments that both accounts hold in the same quantity, or 0 if too many others differ.

    Four of five must match in the account that has more: two accounts can share some positions by chance.
    """
    matches = sum(_is_equal(mine, _find(right.by_key, mine)) for mine in left.instruments)
    most = max(len(left.instruments), len(right.instruments))
    return matches if 5 * matches >= _MATCHING_OF_FIVE * most else 0


def _share_identifier(left: Positions, right: Positions) -> bool:
    """Compare identifiers as they are, which is quick and almost always enough."""
    known = {holding.ticker for holding in left.holdings} | {holding.isin for holding in left.holdings}
    known.discard(None)
    return any(holding.ticker in known or holding.isin in known for holding in right.holdings)


def _may_contain(account: Positions, other: Positions) -> bool:
    """Whether a row of the other account, which nobody can identify, may be a row of this one."""
    unidentified = [instrument for instrument in other.instruments if not instrument.keys]
    return any(_is_equal(mine, theirs) for theirs in unidentified for mine in account.instruments)


def _find(by_key: dict[str, Instrument], instrument: Instrument) -> Instrument | None:
    return next((by_key[key] for key in sorted(instrument.keys) if key in by_key), None)


def _is_equal(left: Instrument, right: Instrument | None) -> bool:
    if right is None:
        return False
    largest = max(abs(left.quantity), abs(right.quantity))
    return abs(difference(left.quantity, right.quantity)) <= add_product(ZERO, largest, _PRECISION)
