"""Small changes to the reconciler that no test could notice."""

from .equivalence import Equivalent
from .selection import Where

_POLICY = "tidings.reconcile.policy"

_OTHER_ZERO = "the other two are at least 0"

RECONCILE = [
    Equivalent(_POLICY, "_last_sign_at", "lower constant", Where(constant=0, nth=0), _OTHER_ZERO),
    Equivalent(_POLICY, "_last_sign_at", "lower constant", Where(constant=0, nth=1), _OTHER_ZERO),
    Equivalent(_POLICY, "_last_sign_at", "lower constant", Where(constant=0, nth=2), _OTHER_ZERO),
]
