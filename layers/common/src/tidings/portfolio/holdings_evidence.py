"""Compare two accounts' rows: do they show the same money? Quantities count, since prices differ between providers.

Cash and closed positions say nothing: many accounts hold cash, and none of it tells them apart.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from tidings.decimals import difference, product, sum_known
from tidings.model import Holding
from tidings.portfolio.securities import public_keys

_PRECISION = Decimal("0.0001")
"""Providers round quantities; one part in ten thousand is less than any trade."""
_MATCHING_OF_FIVE = 4


@dataclass(slots=True)
class _Instrument:
    """One instrument of an account, over its lots. Without `keys`, nobody can identify it."""

    keys: set[str] = field(default_factory=set)
    quantities: list[Decimal] = field(default_factory=list)

    @property
    def quantity(self) -> Decimal:
        return sum_known(self.quantities)


def count_matches(left: Sequence[Holding], right: Sequence[Holding]) -> int:
    """Count the instruments that both accounts hold in the same quantity, or 0 if too many others differ.

    Four of five must match in the account that has more: two accounts can share some positions by chance.
    """
    one, other = _instruments(left), _instruments(right)
    by_key = {key: instrument for instrument in other for key in instrument.keys}
    pairs = [(instrument, _find(by_key, instrument)) for instrument in one]
    matches = sum(found is not None and _is_equal(instrument, found) for instrument, found in pairs)
    most = max(len(one), len(other))
    return matches if matches and 5 * matches >= _MATCHING_OF_FIVE * most else 0


def has_nothing_in_common(left: Sequence[Holding], right: Sequence[Holding]) -> bool:
    """Whether both accounts hold positions, of which not one can be the same.

    A row that nobody can identify can be any of the other account's rows with its quantity.
    """
    one, other = list(_positions(left)), list(_positions(right))
    if not one or not other or _share_identifier(one, other):
        return False
    first, second = _instruments(one), _instruments(other)
    shared = {key for instrument in first for key in instrument.keys} & {
        key for instrument in second for key in instrument.keys
    }
    return not shared and not (_may_be_same(first, second) or _may_be_same(second, first))


def _share_identifier(left: Iterable[Holding], right: Iterable[Holding]) -> bool:
    """Compare identifiers as they are, which is quick and almost always enough."""
    one = {holding.isin or holding.ticker for holding in left}
    other = {holding.isin or holding.ticker for holding in right}
    return not (one & other) <= {None}


def _positions(holdings: Iterable[Holding]) -> Iterable[Holding]:
    return (holding for holding in holdings if not holding.is_cash and holding.quantity)


def _instruments(holdings: Iterable[Holding]) -> list[_Instrument]:
    by_key: dict[str, _Instrument] = {}
    found: list[_Instrument] = []
    for holding in _positions(holdings):
        keys = public_keys(holding)
        instrument = next((by_key[key] for key in keys if key in by_key), None)
        if instrument is None:
            instrument = _Instrument()
            found.append(instrument)
        instrument.keys.update(keys)
        instrument.quantities.append(holding.quantity or Decimal(0))
        by_key.update(dict.fromkeys(keys, instrument))
    return found


def _find(by_key: dict[str, _Instrument], instrument: _Instrument) -> _Instrument | None:
    return next((by_key[key] for key in sorted(instrument.keys) if key in by_key), None)


def _is_equal(left: _Instrument, right: _Instrument) -> bool:
    largest = max(abs(left.quantity), abs(right.quantity))
    return abs(difference(left.quantity, right.quantity)) <= (product(largest, _PRECISION) or Decimal(0))


def _may_be_same(unidentified: Iterable[_Instrument], others: Sequence[_Instrument]) -> bool:
    return any(_is_equal(instrument, other) for instrument in unidentified if not instrument.keys for other in others)
