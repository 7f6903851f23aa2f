"""Name the rows of snapshots in Holdings: a head per source, and the parts of each fetch."""

from secrets import token_hex
from typing import TYPE_CHECKING

from tidings.model import ProviderName
from tidings.store.tables import HoldingsEntry

if TYPE_CHECKING:
    from tidings.holdings import Snapshot


def head_entry(provider: ProviderName, source_id: str) -> str:
    """Return the sort key of a snapshot head in Holdings."""
    return f"{provider}#{source_id}"


def new_fetch_id(began_at: int) -> str:
    """Return a new fetch id. It begins with the instant, so that the age of an orphaned part is known."""
    return f"{began_at:013d}{token_hex(4)}"


def parts_of_head(head: HoldingsEntry) -> list[str]:
    """Return the sort keys of the parts that a head names."""
    return _list_parts(head.entry, head.fetch_id, int(head.parts))


def parts_of_snapshot(snapshot: "Snapshot") -> list[str]:
    """Return the sort keys of a snapshot's parts."""
    return _list_parts(head_entry(snapshot.provider, snapshot.source_id), snapshot.fetch_id, snapshot.parts)


def _list_parts(head: str, fetch_id: str, parts: int) -> list[str]:
    return [f"{head}#{fetch_id}#{part:03d}" for part in range(parts)]


def head_of_part(entry: str) -> str:
    """Return the sort key of the head of the source whose part this is."""
    return entry.rsplit("#", 2)[0]


def began_at_of_part(entry: str) -> int:
    """Return when the fetch of a part began."""
    return int(entry.rsplit("#", 2)[1][:13])
