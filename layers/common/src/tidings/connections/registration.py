"""Name a user's registration at SnapTrade."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tidings.model import ItemKey
from tidings.store.sources import SourceKey


@dataclass(frozen=True, slots=True)
class Registration:
    """A user and their SnapTrade user id (`item_id`). `deadline`, in monotonic seconds, bounds the calls."""

    user_id: str
    item_id: str
    app: Mapping[str, str] = field(repr=False)
    deadline: float

    @property
    def source_key(self) -> SourceKey:
        """Return the key of the wildcard source, which stands for all connections of the item."""
        return SourceKey.wildcard(self.user_id, ItemKey("snaptrade", self.item_id))
