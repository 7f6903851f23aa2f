"""Small changes to what providers' packages fetch that no test could notice."""

from .equivalence import Equivalent
from .selection import Where
from .syntax import MODULE_LEVEL

_SNAPTRADE_HOLDINGS = "tidings.providers.snaptrade.holdings"

_OLDEST = "any time of synchronization is later"

PROVIDERS = [
    Equivalent(_SNAPTRADE_HOLDINGS, "read_stamp", "raise constant", Where(constant=0), _OLDEST),
    Equivalent(_SNAPTRADE_HOLDINGS, "read_stamp", "lower constant", Where(constant=0), _OLDEST),
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
