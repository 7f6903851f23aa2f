"""Small changes to what providers' packages fetch that no test could notice."""

from .equivalence import Equivalent
from .selection import Where
from .syntax import MODULE_LEVEL

_KEYS = "tidings.providers.plaid.verification_keys"
_SCHEMA = "tidings.providers.schema_types"
_SNAPTRADE_HOLDINGS = "tidings.providers.snaptrade.holdings"

_OLDEST = "any time of synchronization is later"
_BUILT_EARLIER = "models are checked and built all the same, only earlier"
_NOT_CHANGED = "no code changes a payload"
_FOR_TYPES = "only type checkers use the import"
_TYPE_VARIABLE = "only type checkers use the type variable"
_LATER = "the machine runs for longer than a second"

PROVIDERS = [
    Equivalent("tidings.providers.protocol", MODULE_LEVEL, "take always", Where(), _FOR_TYPES),
    Equivalent("tidings.providers.protocol", MODULE_LEVEL, "take never", Where(), _FOR_TYPES),
    Equivalent(_SNAPTRADE_HOLDINGS, "read_stamp", "raise constant", Where(constant=0), _OLDEST),
    Equivalent(_SNAPTRADE_HOLDINGS, "read_stamp", "lower constant", Where(constant=0), _OLDEST),
    Equivalent(_KEYS, "KeyRing._find", "raise constant", Where(constant=0), _LATER),
    Equivalent(_KEYS, "KeyRing._find", "lower constant", Where(constant=0), _LATER),
    Equivalent(
        _KEYS, "KeyRing._find", "lower constant", Where(constant=1, nth=0), "a stored key names no kid of its own"
    ),
    Equivalent(_SCHEMA, MODULE_LEVEL, "drop argument", Where(keyword="bound"), _TYPE_VARIABLE),
    Equivalent(_SCHEMA, MODULE_LEVEL, "lengthen text", Where(constant="P"), _TYPE_VARIABLE),
    Equivalent(_SCHEMA, "Payload", "drop argument", Where(keyword="frozen"), _NOT_CHANGED),
    Equivalent(_SCHEMA, "Payload", "negate constant", Where(constant=True, nth=0), _NOT_CHANGED),
    Equivalent(_SCHEMA, "Payload", "drop argument", Where(keyword="defer_build"), _BUILT_EARLIER),
    Equivalent(_SCHEMA, "Payload", "negate constant", Where(constant=True, nth=1), _BUILT_EARLIER),
    Equivalent(
        "tidings.providers.snaptrade.status",
        "_with_stamp",
        "drop operand",
        Where(compare="is not", nth=0),
        "each connection that SnapTrade lists has a status",
    ),
    Equivalent(
        "tidings.providers.plaid.status",
        MODULE_LEVEL,
        "lengthen text",
        Where(constant="plaid-status"),
        "any other name than the provider's own counts apart",
    ),
]
