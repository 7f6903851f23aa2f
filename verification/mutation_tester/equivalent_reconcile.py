"""Small changes to the reconciler that no test could notice."""

from .equivalence import Equivalent
from .selection import Where

_POLICY = "tidings.reconcile.policy"

_PAUSE = "without the provider's wait our own pause counts, which is longer"
_OTHER_ZERO = "the other two are at least 0"

RECONCILE = [
    Equivalent(
        "tidings.reconcile.status_check",
        "StatusCheck._create_rows",
        "take always",
        Where(attribute="_created"),
        "a shortcut: nothing is read for no new row",
    ),
    Equivalent("tidings.reconcile.handler", "_back_off", "raise constant", Where(constant=0, nth=1), _PAUSE),
    Equivalent("tidings.reconcile.handler", "_back_off", "lower constant", Where(constant=0, nth=1), _PAUSE),
    Equivalent(_POLICY, "_last_sign_at", "lower constant", Where(constant=0, nth=0), _OTHER_ZERO),
    Equivalent(_POLICY, "_last_sign_at", "lower constant", Where(constant=0, nth=1), _OTHER_ZERO),
    Equivalent(_POLICY, "_last_sign_at", "lower constant", Where(constant=0, nth=2), _OTHER_ZERO),
]
