"""Decide what a write of a source's row announces: to its user's browsers, and to the host's backend."""

from collections.abc import Iterable, Iterator

from tidings.announce.notification import Notification
from tidings.model import Source
from tidings.store.stream_images import SourceChange


def is_visible(change: SourceChange) -> bool:
    """Whether a poll answers differently since this write."""
    return _shown(change.before) != _shown(change.after)


def build_notifications(change: SourceChange) -> Iterator[Notification]:
    """Yield the host's notifications of this write. A deleted source makes none."""
    after = change.after
    if after is None:
        return
    before = change.before
    if before is None or before.link_id != after.link_id:
        before = _unknown(after)
    if after.pending and after.generation > before.generation:
        yield Notification.available(change.user_id, after, change.at)
    if after.seen_generation > before.seen_generation:
        yield Notification.fetched(change.user_id, after, change.at)
    if after.status not in {"ok", before.status}:
        yield Notification.needs_attention(change.user_id, after, change.at)


def current_notifications(user_id: str, sources: Iterable[Source], now: int) -> Iterator[Notification]:
    """Yield what holds of a user's sources now, for a host that missed it."""
    for source in sources:
        if source.pending:
            yield Notification.available(user_id, source, now)
        if source.status != "ok":
            yield Notification.needs_attention(user_id, source, now)


def _shown(source: Source | None) -> tuple[object, ...] | None:
    if source is None:
        return None
    return source.generation, source.seen_generation, source.status, source.status_reason


def _unknown(source: Source) -> Source:
    """Return the source as it is before its link: generations count from the link on."""
    return Source(source.provider, source.source_id, source.item_id, source.link_id)
