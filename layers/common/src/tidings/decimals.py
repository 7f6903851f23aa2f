"""Exact arithmetic on money and quantities. Nothing is rounded; a result too long to be exact is an error."""

from collections.abc import Iterable
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow

MAX_DIGITS = 60
MAX_MAGNITUDE = 30

_EXACT = Context(prec=4 * (MAX_DIGITS + MAX_MAGNITUDE), traps=[Inexact, InvalidOperation, Overflow])


def require_bounded(amount: Decimal) -> bool:
    """Finite, and of a size that a sum or a product of several can't blow up."""
    if not amount.is_finite():
        return False
    small = not amount or -MAX_MAGNITUDE <= amount.adjusted() <= MAX_MAGNITUDE
    return small and len(amount.as_tuple().digits) <= MAX_DIGITS and abs(_exponent(amount)) <= MAX_DIGITS


def _exponent(amount: Decimal) -> int:
    exponent = amount.as_tuple().exponent
    return exponent if isinstance(exponent, int) else MAX_DIGITS + 1


def exact_sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """The sum; a missing part makes it unknown, not smaller. Of nothing it is 0."""
    result = Decimal(0)
    for amount in amounts:
        if amount is None:
            return None
        result = _EXACT.add(result, amount)
    return result


def sum_if_all_known(amounts: Iterable[Decimal | None]) -> Decimal:
    """The sum of those that are known."""
    return exact_sum(amount for amount in amounts if amount is not None) or Decimal(0)


def product(*factors: Decimal | None) -> Decimal | None:
    """None when a factor is unknown."""
    result = Decimal(1)
    for factor in factors:
        if factor is None:
            return None
        result = _EXACT.multiply(result, factor)
    return result


def difference(minuend: Decimal, subtrahend: Decimal) -> Decimal:
    return _EXACT.subtract(minuend, subtrahend)


def quotient_by_100(amount: Decimal) -> Decimal:
    return _EXACT.divide(amount, Decimal(100))


def is_multiple_of_100(amount: Decimal) -> bool:
    return not _EXACT.remainder(amount, Decimal(100))
