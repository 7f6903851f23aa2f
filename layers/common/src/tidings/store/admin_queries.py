"""Read whole tables for operators. No function calls these, and none of them reads a credential."""

from collections.abc import Iterator
from typing import NamedTuple

from tidings.model import ItemKey, Source
from tidings.store import user_state
from tidings.store.conditional_writes import translate_read_errors
from tidings.store.events import OUTLIVING
from tidings.store.tables import ProviderItem, Session, UpdateState, WebhookEvent

_PAGE = 1000
_ITEM = [
    "item",
    "user_id",
    "credential_version",
    "orphan_generation",
    "orphan_status",
    "registered_at",
    "registering_until",
]


class ItemRow(NamedTuple):
    """A provider item. Without a `user_id` it is an orphan with `orphan_generation` updates.

    `registered_at`: when this deployment registered its SnapTrade user. `registering`: a registration is in progress
    or was interrupted.
    """

    item: ItemKey
    user_id: str | None
    credential_version: int
    orphan_generation: int
    orphan_status: str | None
    registered_at: int | None
    registering: bool


class SourceRow(NamedTuple):
    """A source and its owner."""

    user_id: str
    source: Source
    last_reconcile_at: int | None


class SessionRow(NamedTuple):
    """A sign-in session. `session`: the SHA-256 of its cookie. `expires_at` is in epoch seconds."""

    session: str
    user_id: str
    expires_at: int


class EventRow(NamedTuple):
    """A recorded webhook, without its body."""

    provider: str
    event_id: str
    kind: str
    outcome: str
    received_at: int


def all_items() -> Iterator[ItemRow]:
    """Scan all provider items."""
    with translate_read_errors():
        for row in ProviderItem.scan(consistent_read=True, page_size=_PAGE, attributes_to_get=_ITEM):
            yield _item(row)


def find_item(key: ItemKey) -> ItemRow | None:
    """Return a provider item; None if there is none."""
    with translate_read_errors():
        try:
            return _item(ProviderItem.get(str(key), consistent_read=True, attributes_to_get=_ITEM))
        except ProviderItem.DoesNotExist:
            return None


def all_sources() -> Iterator[SourceRow]:
    """Scan the sources of all users."""
    is_source = UpdateState.entry.startswith("source#")
    with translate_read_errors(UpdateState):
        for row in UpdateState.scan(is_source, consistent_read=True, page_size=_PAGE):
            if row.link_id:
                yield _source(row)


def sources_of(user_id: str) -> list[SourceRow]:
    """List a user's sources."""
    is_source = UpdateState.entry.startswith("source#")
    with translate_read_errors(UpdateState):
        rows = list(UpdateState.query(user_id, is_source, consistent_read=True))
    return [_source(row) for row in rows if row.link_id]


def list_sessions(user_id: str | None) -> Iterator[SessionRow]:
    """Scan the sessions of one user or of all. Expired ones are included until DynamoDB deletes them."""
    of_user = Session.user_id == user_id if user_id is not None else None
    wanted = ["session", "user_id", "expires_at"]
    with translate_read_errors():
        for row in Session.scan(of_user, consistent_read=True, page_size=_PAGE, attributes_to_get=wanted):
            yield SessionRow(row.session, row.user_id, int(row.expires_at))


def all_events() -> Iterator[EventRow]:
    """Scan the whole event log, in no order, without bodies."""
    wanted = ["event", "kind", "outcome", "received_at"]
    with translate_read_errors():
        for row in WebhookEvent.scan(page_size=_PAGE, attributes_to_get=wanted):
            if row.event.startswith(OUTLIVING):
                continue
            provider, _, event_id = row.event.partition("#")
            yield EventRow(provider, event_id, row.kind, row.outcome, int(row.received_at))


def _item(row: ProviderItem) -> ItemRow:
    return ItemRow(
        item=ItemKey.parse(row.item),
        user_id=row.user_id,
        credential_version=int(row.credential_version or 0),
        orphan_generation=int(row.orphan_generation or 0),
        orphan_status=row.orphan_status,
        registered_at=None if row.registered_at is None else int(row.registered_at),
        registering=row.registering_until is not None,
    )


def _source(row: UpdateState) -> SourceRow:
    reconciled = row.last_reconcile_at
    return SourceRow(row.user_id, user_state.source_from_row(row), None if reconciled is None else int(reconciled))
