"""Small changes to how connections are made and ended that no test could notice."""

from .equivalence import Equivalent
from .selection import Where
from .syntax import MODULE_LEVEL

_PLAID = "tidings.connections.plaid"
_SNAPTRADE = "tidings.connections.snaptrade"

_HAS_TEXT = "each instant has a text"

CONNECTIONS = [
    Equivalent(_PLAID, "create_connection_url", "drop operand", Where(constant=""), _HAS_TEXT),
    Equivalent(_SNAPTRADE, "create_connection_url", "drop operand", Where(constant=""), _HAS_TEXT),
    Equivalent(_SNAPTRADE, MODULE_LEVEL, "lengthen text", Where(constant="T"), "the name of a type variable"),
    Equivalent(
        _PLAID, "complete_connection", "drop operand", Where(compare="is not"), "no connection is without an id"
    ),
    Equivalent(
        "tidings.connections.plaid_exchange",
        "_is_linked",
        "drop statement",
        Where(constant=False),
        "nothing at all counts as false",
    ),
]
