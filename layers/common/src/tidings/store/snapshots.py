"""Store and read snapshots: a head per source, content in parts (docs/protocol.md, rule 6)."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Literal, NamedTuple, cast

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from tidings import clock
from tidings.concurrency import limit_time
from tidings.errors import StoreUnavailable
from tidings.holdings import FetchedHoldings, Snapshot
from tidings.model import ProviderName, Source
from tidings.observability import log_warning
from tidings.store import batches, snapshot_codec
from tidings.store.conditional_writes import ConditionLost, transact, translate_read_errors
from tidings.store.history import HistoryEntry
from tidings.store.snapshot_keys import (
    began_at_of_part,
    head_entry,
    head_of_part,
    new_fetch_id,
    parts_of_head,
    parts_of_snapshot,
)
from tidings.store.sources import SourceKey, not_seen_beyond
from tidings.store.tables import HoldingsEntry, UpdateState

_READ_ATTEMPTS = 4
_CLEAN_UP_S = 3.0
_ORPHANED_AFTER_MS = 600_000
"""A part without a head that is younger may belong to a fetch in progress."""

RECHECK_UNCHANGED_AFTER_MS = 600_000
"""When to check a source again after a fetch without changes: the provider may return data older than announced."""


class StoredSnapshots(NamedTuple):
    """A user's snapshots by (provider, source id), and the parts that a killed refresh left without a head."""

    snapshots: dict[tuple[ProviderName, str], Snapshot]
    orphaned_parts: tuple[str, ...]


class _TornRead(Exception):
    """A part is missing: the head was replaced between two pages of the read."""


def read_snapshots(user_id: str, provider: ProviderName | None, now: int) -> StoredSnapshots:
    """Read the user's snapshots, of one provider if named, with one consistent Query.

    Raises StoreUnavailable if heads are replaced during every attempt.
    """
    for _ in range(_READ_ATTEMPTS):
        with suppress(_TornRead):
            return _assemble(_query_entries(user_id, head_entry(provider, "") if provider else None), now)
    raise StoreUnavailable


def _query_entries(user_id: str, prefix: str | None) -> list[HoldingsEntry]:
    within = HoldingsEntry.entry.startswith(prefix) if prefix else None
    with translate_read_errors():
        return list(HoldingsEntry.query(user_id, within, consistent_read=True))


def _assemble(rows: Iterable[HoldingsEntry], now: int) -> StoredSnapshots:
    heads = [row for row in rows if row.content is None]
    slices = {row.entry: row.content for row in rows if row.content is not None}
    snapshots = [_snapshot(head, slices) for head in heads]
    orphaned_parts = tuple(entry for entry in slices if began_at_of_part(entry) < now - _ORPHANED_AFTER_MS)
    return StoredSnapshots(
        {(snapshot.provider, snapshot.source_id): snapshot for snapshot in snapshots}, orphaned_parts
    )


def _snapshot(head: HoldingsEntry, slices: dict[str, bytes]) -> Snapshot:
    names = parts_of_head(head)
    if any(name not in slices for name in names):
        raise _TornRead
    holdings, accounts = snapshot_codec.decode([slices.pop(name) for name in names])
    provider, source_id = head.entry.split("#", 1)
    return Snapshot(
        provider=cast(ProviderName, provider),
        source_id=source_id,
        link_id=head.link_id,
        generation=int(head.generation),
        fetch_began_at=int(head.fetch_began_at),
        fetch_id=head.fetch_id,
        parts=len(names),
        digest=head.digest,
        holdings=holdings,
        accounts=accounts,
        institution=head.institution,
        provider_stamp=head.provider_stamp,
    )


def save_content(key: SourceKey, source: Source, fetched: FetchedHoldings, began_at: int) -> Snapshot:
    """Store the fetched content under a new fetch id. Readers see it only after `commit`."""
    slices = snapshot_codec.encode(fetched.holdings, fetched.accounts)
    snapshot = Snapshot(
        provider=key.provider,
        source_id=key.source_id,
        link_id=source.link_id,
        generation=source.generation,
        fetch_began_at=began_at,
        fetch_id=new_fetch_id(began_at),
        parts=len(slices),
        digest=snapshot_codec.digest(fetched.holdings),
        holdings=fetched.holdings,
        accounts=fetched.accounts,
        institution=fetched.institution or source.institution,
        provider_stamp=fetched.provider_stamp,
    )
    _save_parts(_head(key, snapshot), slices)
    return snapshot


def commit(
    key: SourceKey,
    source: Source,
    snapshot: Snapshot,
    before: Snapshot | None = None,
    observed: Sequence[HistoryEntry] = (),
) -> Literal["superseded", "gone"] | None:
    """Replace the source's snapshot and clear updates up to the generation read before the fetch, in one transaction.

    `observed`: rows of the history, stored if and only if the snapshot is. Returns None on success; `superseded` if a
    newer fetch was stored in the meantime; `gone` if the source was unlinked. The caller deletes the replaced parts. If
    an announced update changed nothing, a check follows later.
    """
    lost = _hand_over(key, source, _head(key, snapshot), _recheck_actions(source, snapshot, before), observed)
    if lost is not None:
        clean_up(key.user_id, parts_of_snapshot(snapshot))
    return lost


def forget_account(key: SourceKey, source: Source, stored: Snapshot, account_id: str) -> bool:
    """Replace the snapshot by one without the account. Returns False if another was stored in the meantime.

    The new one has the source's current generation, so that a fetch in progress can't bring the account back.
    """
    holdings = tuple(holding for holding in stored.holdings if holding.account_id != account_id)
    accounts = tuple(account for account in stored.accounts if account.account_id != account_id)
    slices = snapshot_codec.encode(holdings, accounts)
    kept = replace(
        stored,
        generation=max(stored.generation, source.generation),
        fetch_id=new_fetch_id(clock.now_ms()),
        parts=len(slices),
        digest=snapshot_codec.digest(holdings),
    )
    head = _head(key, kept)
    _save_parts(head, slices)

    def build(transaction: TransactWrite) -> None:
        transaction.save(head, HoldingsEntry.fetch_id == stored.fetch_id)
        for name in parts_of_snapshot(stored):  # delete now: these parts contain the account's data
            transaction.delete(HoldingsEntry(key.user_id, name))

    try:
        transact(build)
    except ConditionLost:
        delete_entries(key.user_id, parts_of_head(head))
        return False
    return True


def _head(key: SourceKey, snapshot: Snapshot) -> HoldingsEntry:
    return HoldingsEntry(
        key.user_id,
        key.head_entry,
        link_id=snapshot.link_id,
        generation=snapshot.generation,
        fetch_began_at=snapshot.fetch_began_at,
        fetch_id=snapshot.fetch_id,
        parts=snapshot.parts,
        digest=snapshot.digest,
        provider_stamp=snapshot.provider_stamp,
        institution=snapshot.institution,
    )


def _recheck_actions(source: Source, snapshot: Snapshot, before: Snapshot | None) -> list[Action]:
    """Schedule a check if an update was announced but the content is unchanged; otherwise cancel it."""
    same_link = before is not None and before.link_id == snapshot.link_id
    same_content = before is not None and before.digest == snapshot.digest
    if not (same_link and same_content):
        return [UpdateState.look_again_at.remove()]
    return [UpdateState.look_again_at.set(clock.now_ms() + RECHECK_UNCHANGED_AFTER_MS)] if source.pending else []


def _hand_over(
    key: SourceKey,
    source: Source,
    head: HoldingsEntry,
    recheck_actions: list[Action],
    observed: Sequence[HistoryEntry],
) -> Literal["superseded", "gone"] | None:
    actions: list[Action] = [
        *recheck_actions,
        UpdateState.seen_generation.set(source.generation),
        UpdateState.last_fetched_at.set(head.fetch_began_at),
        UpdateState.last_error.remove(),
        UpdateState.end_reported_at.remove(),
    ]
    if head.institution:
        actions.append(UpdateState.institution.set(head.institution))
    same_link = UpdateState.link_id == source.link_id

    def build(transaction: TransactWrite) -> None:
        transaction.save(head, _is_newer_than_stored(head))
        for row in observed:
            transaction.save(row)
        transaction.update(
            key.state_row(), actions, condition=same_link & not_seen_beyond(source.generation), return_values="ALL_OLD"
        )

    try:
        transact(build)
    except ConditionLost as lost:
        row = lost.items[-1]
        if lost.lost[-1] and (row or {}).get("link_id") != {"S": source.link_id}:
            return "gone"
        return "superseded"
    return None


def _is_newer_than_stored(head: HoldingsEntry) -> Condition:
    """Require that the stored head is older. The clock decides only between fetches of the same generation."""
    same_generation = HoldingsEntry.generation == head.generation
    newer: Condition = (
        HoldingsEntry.entry.does_not_exist()
        | (HoldingsEntry.link_id != head.link_id)
        | (HoldingsEntry.generation < head.generation)
        | (same_generation & (HoldingsEntry.fetch_began_at < head.fetch_began_at))
    )
    return newer


def _save_parts(head: HoldingsEntry, slices: list[bytes]) -> None:
    parts = zip(parts_of_head(head), slices, strict=True)
    batches.put_rows(HoldingsEntry(head.user_id, name, content=content_slice) for name, content_slice in parts)


def delete_entries(user_id: str, entries: Iterable[str]) -> None:
    """Delete parts that no head names. Raises StoreUnavailable; some may then be deleted."""
    batches.delete_rows(HoldingsEntry(user_id, entry) for entry in entries)


def clean_up(user_id: str, entries: Iterable[str]) -> None:
    """Delete parts that no head names, if the store allows it: a later refresh finds and deletes those that stay."""
    try:
        with limit_time(_CLEAN_UP_S):
            delete_entries(user_id, entries)
    except StoreUnavailable as error:
        log_warning("old content not deleted", aws_error=getattr(error.__cause__, "cause_response_code", None))


def provider_stamps(
    user_id: str, provider: ProviderName, source_ids: Iterable[str]
) -> dict[str, tuple[str, str | None]]:
    """Read the link_id and the provider's stamp of each source that has a snapshot, with a consistent read."""
    keys = [HoldingsEntry(user_id, head_entry(provider, source_id)) for source_id in source_ids]
    heads = batches.read_rows(HoldingsEntry, keys, ["user_id", "entry", "link_id", "provider_stamp"])
    return {head.entry.partition("#")[2]: (head.link_id, head.provider_stamp) for head in heads}


def snapshot_entries(user_id: str) -> list[str]:
    """List the entries of all heads and parts of a user."""
    with translate_read_errors():
        rows = HoldingsEntry.query(user_id, consistent_read=True, attributes_to_get=["user_id", "entry"])
        return [row.entry for row in rows]


def stored_parts(user_id: str, provider: ProviderName | None = None) -> dict[str, str]:
    """List the parts of a user's sources, or of a provider's, with or without a head. Returns the head by entry."""
    with translate_read_errors():
        rows = HoldingsEntry.query(
            user_id,
            HoldingsEntry.entry.startswith(head_entry(provider, "")) if provider else None,
            consistent_read=True,
            attributes_to_get=["user_id", "entry", "fetch_id"],
        )
        entries = [row.entry for row in rows if row.fetch_id is None]
    return {entry: head_of_part(entry) for entry in entries}
