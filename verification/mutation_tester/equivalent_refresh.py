"""Small changes to what a refresh does that no test could notice."""

from .equivalence import Equivalent
from .selection import Where

REFRESH: list[Equivalent] = []
