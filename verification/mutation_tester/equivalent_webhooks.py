"""Small changes to the log of webhooks that no test could notice."""

from .equivalence import Equivalent
from .selection import Where

_LOG = "tidings.webhooks.event_log"

_ANY_LATER = "any event is later"
_STALE_HAS_TIME = "an event is stale by its time"

WEBHOOKS = [
    Equivalent(
        "tidings.webhooks.receive",
        "preload",
        "drop statement",
        Where(),
        "the first webhook loads what was not loaded before it",
    ),
    Equivalent(_LOG, "list_events", "drop operand", Where(nth=5), "here the keys are known"),
    Equivalent(_LOG, "_replay_stale", "drop operand", Where(constant=0), _STALE_HAS_TIME),
    Equivalent(_LOG, "_replay_stale", "raise constant", Where(constant=0), _STALE_HAS_TIME),
    Equivalent(_LOG, "_replay_stale", "lower constant", Where(constant=0), _STALE_HAS_TIME),
    *(
        Equivalent(_LOG, "_newest_check", f"{change} constant", Where(constant=0, nth=nth), _ANY_LATER)
        for nth in (0, 1)
        for change in ("raise", "lower")
    ),
    *(
        Equivalent(_LOG, "_replay_update", f"{change} constant", Where(constant=0, nth=nth), _ANY_LATER)
        for nth in (0, 1)
        for change in ("raise", "lower")
    ),
]
