"""Remember that a provider reported the end of a source in words that also announce outages (docs/protocol.md)."""

from tidings.model import Source, StatusChange
from tidings.store import sources
from tidings.store.conditional_writes import is_still
from tidings.store.sources import SourceKey
from tidings.store.tables import UpdateState

_BELIEVED_AFTER_MS = 24 * 3_600_000


def record_end_report(key: SourceKey, source: Source, reason: str, now: int) -> bool:
    """Record that the provider reports the source's end, and believe it if it did so a day ago (rule 8).

    Returns whether the source has ended. A fetch that succeeded since the read disproves the report; it also removes
    the earlier one, which must be as read.
    """
    if source.end_reported_at is None:
        is_first_and_not_disproved = (
            (UpdateState.link_id == source.link_id)
            & UpdateState.end_reported_at.does_not_exist()
            & is_still(UpdateState.last_fetched_at, source.last_fetched_at)
        )
        sources.update_if(key, [UpdateState.end_reported_at.set(now)], is_first_and_not_disproved)
        return False
    if now - source.end_reported_at < _BELIEVED_AFTER_MS:
        return False
    still_reported = UpdateState.end_reported_at == source.end_reported_at
    return sources.set_status(key, source, StatusChange("revoked", reason), required=still_reported)


def clear_end_report(key: SourceKey, source: Source) -> None:
    """Remove an earlier report of the source's end: the provider serves it."""
    if source.end_reported_at is not None:
        sources.update_if(key, [UpdateState.end_reported_at.remove()], UpdateState.link_id == source.link_id)
