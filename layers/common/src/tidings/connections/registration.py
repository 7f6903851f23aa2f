"""Name a user's registration at SnapTrade."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tidings.model import ItemKey
from tidings.store.ended_users import MayLink
from tidings.store.sources import SourceKey


@dataclass(frozen=True, slots=True)
class Registration:
    """A user and their SnapTrade user id (`item_id`). `deadline`, in monotonic seconds, bounds the calls.

    `ended_id`: the marker of the user who ended everything before, if any.
    """

    user_id: str
    item_id: str
    app: Mapping[str, str] = field(repr=False)
    deadline: float
    ended_id: str | None = None

    @property
    def source_key(self) -> SourceKey:
        """Return the key of the wildcard source, which stands for all connections of the item."""
        return SourceKey.wildcard(self.user_id, ItemKey("snaptrade", self.item_id))

    @property
    def may_link(self) -> MayLink:
        """Return what the link transaction requires of the user."""
        return MayLink(self.ended_id)
