"""A small change that no test could notice, and its reason."""

from collections.abc import Sequence
from typing import NamedTuple

from .selection import Where, only
from .small_changes import SmallChange
from .syntax import tree_of


class Equivalent(NamedTuple):
    module: str
    function: str
    kind: str
    where: Where
    reason: str

    def among(self, changes: Sequence[SmallChange]) -> SmallChange:
        """Select the change that is meant. Raises AddressError unless exactly one matches."""
        place = (self.module, self.function, self.kind)
        candidates = [one for one in changes if (one.module, one.function, one.kind) == place]
        tree = candidates[0].tree if candidates else tree_of(self.module)
        return only(candidates, self.where, tree, ", ".join(place))
