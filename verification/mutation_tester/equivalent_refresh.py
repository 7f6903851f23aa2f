"""Small changes to what a refresh does that no test could notice."""

from .equivalence import Equivalent
from .selection import Where

_DUPLICATES = "tidings.refresh.duplicates"

_FETCH = "tidings.refresh.provider_fetch"

REFRESH = [
    Equivalent(
        "tidings.refresh.endpoint",
        "preload",
        "drop statement",
        Where(),
        "the first refresh loads what was not loaded before it",
    ),
    Equivalent(
        _FETCH,
        "ProviderFetch._fetch_content",
        "swap comparison",
        Where(compare=">"),
        "no call ends at that very instant",
    ),
    Equivalent(_FETCH, "ProviderFetch._refuse", "take always", Where(), "a disabled source has a status"),
    Equivalent(_DUPLICATES, "_older", "swap comparison", Where(compare=">="), "no connection repeats itself"),
    Equivalent(
        "tidings.refresh.discovery",
        "Discovery._create_rows",
        "drop statement",
        Where(nth=1),
        "the loop's body ends here",
    ),
    Equivalent(_DUPLICATES, "_age", "lower constant", Where(constant=0), "nothing was linked in 1970"),
]
