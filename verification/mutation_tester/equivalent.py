"""Small changes that no test could notice, each with the reason."""

from collections.abc import Sequence
from typing import NamedTuple

from .selection import Where, only
from .small_changes import SmallChange
from .syntax import MODULE_LEVEL, tree_of


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


_PLAID = "tidings.providers.plaid.webhook"
_KEYS = "tidings.providers.plaid.verification_keys"
_SNAPTRADE = "tidings.providers.snaptrade.webhook"
_CLAIMS = "tidings.store.cooldowns"
_SNAPSHOTS = "tidings.store.snapshots"

EQUIVALENT = [
    Equivalent(
        _PLAID,
        "_parse",
        "drop operand",
        Where(constant="."),
        "with fewer dots a part is empty, with more a part contains a dot: neither is base64url",
    ),
    Equivalent(
        _SNAPTRADE,
        "_parse",
        "drop element",
        Where(name="RecursionError"),
        "this interpreter's parser refuses what its encoder cannot nest; other interpreters differ",
    ),
    Equivalent(_KEYS, "_coordinate", "lengthen text", Where(constant="="), "the decoder stops at the padding"),
    Equivalent(
        _PLAID, "_text", "lower constant", Where(constant=0), "every caller treats an empty text like a missing one"
    ),
    Equivalent(_KEYS, MODULE_LEVEL, "lengthen text", Where(constant="T"), "the name of a type variable"),
    Equivalent(
        _CLAIMS,
        "acquire",
        "swap comparison",
        Where(attribute="follow_up"),
        "`follow_up` equals the paid refresh's `retry_at`: at that instant the cooldown has expired anyway",
    ),
    Equivalent(
        _SNAPSHOTS,
        "_is_newer_than_stored",
        "drop operand",
        Where(attribute="entry"),
        "DynamoDB finds a missing attribute different from every value",
    ),
]
