"""Read all update state of a user: sources, waits, and whether the user ended everything."""

import json
from typing import NamedTuple, cast

from tidings.concurrency import limit_time
from tidings.errors import StateUnavailable
from tidings.model import DuplicateOf, ItemKey, PaidRefresh, PaidRefreshState, ProviderName, Source, Status
from tidings.observability import emit_count, log_warning
from tidings.store.conditional_writes import translate_read_errors
from tidings.store.sources import SourceKey
from tidings.store.tables import UpdateState

_PATIENCE_S = 2.5
"""How long a request that can do without the update state waits for it."""
ENDED_ENTRY = "ended"
"""The sort key of the marker that its user ended everything."""


class EndedUser(NamedTuple):
    """The marker that its user ended everything. `is_reopened`: the user connects again since."""

    ended_id: str
    is_reopened: bool


class UserState(NamedTuple):
    """All update state of one user, from one read. `retry_at`: when each provider's newest cooldown ends."""

    sources: tuple[Source, ...]
    retry_at: dict[ProviderName, int]
    ended: EndedUser | None = None

    def of_provider(self, provider: ProviderName) -> tuple[Source, ...]:
        """Return the provider's sources, wildcard rows included."""
        return tuple(source for source in self.sources if source.provider == provider)

    def linked(self, provider: ProviderName) -> tuple[Source, ...]:
        """Return the provider's sources without wildcard rows."""
        return tuple(source for source in self.of_provider(provider) if not source.is_wildcard)

    def of_item(self, item: ItemKey) -> tuple[Source, ...]:
        """Return the item's sources, its wildcard row included."""
        return tuple(source for source in self.sources if source.item == item)

    def find(self, provider: ProviderName, source_id: str) -> Source | None:
        """Return one source, or the wildcard row; None if there is none."""
        return next((source for source in self.of_provider(provider) if source.source_id == source_id), None)


def read_user_state(user_id: str) -> UserState:
    """Read all update state of a user with one consistent Query. Raises StateUnavailable."""
    with translate_read_errors(UpdateState):
        rows = list(UpdateState.query(user_id, consistent_read=True))
    return UserState(
        sources=tuple(source_from_row(row) for row in rows if row.entry.startswith("source#") and row.link_id),
        retry_at={
            cast(ProviderName, row.entry.removeprefix("claim#")): int(row.retry_at or 0)
            for row in rows
            if row.entry.startswith("claim#")
        },
        ended=next((EndedUser(row.ended_id, bool(row.reopened_at)) for row in rows if row.entry == ENDED_ENTRY), None),
    )


def read_source(key: SourceKey) -> Source | None:
    """Read one source's row with the same Query; None if there is none. Raises StateUnavailable."""
    return read_user_state(key.user_id).find(key.provider, key.source_id)


def user_state_or_none(user_id: str) -> UserState | None:
    """Read a user's update state; None, with a warning, if only its table does not answer, so that reads go on."""
    try:
        with limit_time(_PATIENCE_S):
            return read_user_state(user_id)
    except StateUnavailable as error:
        log_warning("update state unavailable", aws_error=getattr(error.__cause__, "cause_response_code", None))
        emit_count("StateUnavailable")
        return None


def source_from_row(row: UpdateState) -> Source:
    """Convert a row of UpdateState."""
    _, provider, source_id = row.entry.split("#", 2)
    return Source(
        provider=cast(ProviderName, provider),
        source_id=source_id,
        item_id=(row.item or "").partition("#")[2],
        link_id=row.link_id,
        generation=int(row.generation or 0),
        seen_generation=int(row.seen_generation or 0),
        check_due=_optional_int(row.check_due),
        institution=row.institution,
        status=cast(Status, row.status or "ok"),
        status_reason=row.status_reason,
        status_version=int(row.status_version or 0),
        status_at=_optional_int(row.status_at),
        last_update_at=_optional_int(row.last_update_at),
        last_fetched_at=_optional_int(row.last_fetched_at),
        last_error=row.last_error,
        last_reconcile_at=_optional_int(row.last_reconcile_at),
        look_again_at=_optional_int(row.look_again_at),
        end_reported_at=_optional_int(row.end_reported_at),
        duplicate_of=_duplicate_of(row),
        linked_at=_optional_int(row.linked_at),
        first_fetch_by=row.first_fetch_by,
        connect_expected_until=_optional_int(row.connect_expected_until),
        paid_refresh=_paid_refresh(row),
    )


def _duplicate_of(row: UpdateState) -> DuplicateOf | None:
    if not row.duplicate_of:
        return None
    provider, _, source_id = row.duplicate_of.partition("#")
    return DuplicateOf(cast(ProviderName, provider), source_id, tuple(json.loads(row.duplicate_unmatched or "[]")))


def _paid_refresh(row: UpdateState) -> PaidRefresh | None:
    if not row.pull_id:
        return None
    return PaidRefresh(
        paid_refresh_id=row.pull_id,
        requested_at=int(row.pull_requested_at or 0),
        generation=int(row.pull_generation or 0),
        state=cast(PaidRefreshState, row.pull_state),
        reason=row.pull_reason,
        retry_at=_optional_int(row.pull_retry_at),
    )


def _optional_int(value: float | None) -> int | None:
    return None if value is None else int(value)
