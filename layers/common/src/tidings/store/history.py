"""Store what was observed: one row per source and day, one per removal and one per set of changes.

No row names an account, an instrument or a person, but those of changes, which name tickers and expire first.
"""

import json
from calendar import timegm
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cache, partial
from itertools import islice
from typing import Any, NamedTuple, cast

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.transactions import TransactWrite

from tidings import clock, settings
from tidings.clock import utc_date
from tidings.model import ProviderName
from tidings.store import batches
from tidings.store.conditional_writes import ConditionLost, translate_read_errors, write
from tidings.store.observations import DayObservation, SourceId, account_pseudonym, dump_account
from tidings.store.sources import SourceKey
from tidings.store.tables import Row

_CHANGES_KEPT_DAYS = 90
_DAYS, _REMOVALS, _CHANGES = "day#", "removed#", "change#"
_READ_OF_DAYS = ["entry", "content"]
"""botocore takes longer to parse thousands of rows than everything else does, and half as long without the rest."""
_AFTER = "$"
"""The character after `#`, which ends every date in a key."""


class HistoryEntry(Row):
    """An observation. `entry`: `day#<UTC date>#…`, `removed#<instant>#…` or `change#<fetch id>#…`.

    `<provider>#<source_id>` follows, which `source` repeats. `content`: a JSON text.
    """

    class Meta:
        table_name = settings.table("HISTORY")

    user_id = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)
    source = UnicodeAttribute()
    content = UnicodeAttribute()
    expires_at = NumberAttribute()


class Removal(NamedTuple):
    """The removal of a source, at an instant in ms. `linked_at` tells which of its links ended."""

    source: SourceId
    at: int
    linked_at: int | None


class ChangeSet(NamedTuple):
    """What a fetch changed. `began_at` in ms; `changes`: as in a refresh's response, with exact decimals."""

    source: SourceId
    began_at: int
    changes: Mapping[str, Any]


class StoredHistory(NamedTuple):
    days: list[DayObservation]
    removals: list[Removal]


def day_row(key: SourceKey, observation: DayObservation) -> HistoryEntry:
    """Build the row of a source's day, which the commit of a snapshot puts."""
    accounts = [dump_account(account, observation.began_at) for account in observation.accounts]
    content = {"began": observation.began_at, "linked": observation.linked_at, "accounts": accounts}
    entry = f"{_DAYS}{observation.day.isoformat()}#{key.head_entry}"
    return _row(key, entry, content, _expiry(observation.day, settings.history_days()))


def changes_row(key: SourceKey, fetch_id: str, changes: Mapping[str, Any]) -> HistoryEntry:
    """Build the row of what a fetch changed. Its id begins with the instant, so that rows sort by time."""
    entry = f"{_CHANGES}{fetch_id}#{key.head_entry}"
    return _row(key, entry, changes, _expiry(utc_date(_began_at(fetch_id)), _CHANGES_KEPT_DAYS))


def record_removal(transaction: TransactWrite, key: SourceKey, linked_at: int | None) -> None:
    """Put the row of a source's removal. `linked_at`: of the row that the same transaction deletes."""
    now = clock.now_ms()
    entry = f"{_REMOVALS}{now:013d}#{key.head_entry}"
    transaction.save(_row(key, entry, {"linked": linked_at}, _expiry(utc_date(now), settings.history_days())))


def read_history(user_id: str, last: date) -> StoredHistory:
    """Read the days up to the last one, and all removals. Eventually consistent. Raises StoreUnavailable."""
    oldest = oldest_day()
    days = _query(user_id, f"{_DAYS}{oldest.isoformat()}", f"{_DAYS}{last.isoformat()}{_AFTER}", only=_READ_OF_DAYS)
    removals = _query(user_id, _REMOVALS, f"{_REMOVALS[:-1]}{_AFTER}")
    return StoredHistory(
        _load_days(days),
        [_load_removal(row) for row in removals],
    )


def oldest_day() -> date:
    """Return the oldest day that is shown. DynamoDB deletes rows up to days after they expired."""
    return utc_date(clock.now_ms()) - timedelta(days=settings.history_days())


def read_changes(user_id: str, limit: int) -> list[ChangeSet]:
    """Read the newest sets of changes, the newest first. Eventually consistent. Raises StoreUnavailable."""
    first = f"{_CHANGES}{1000 * _day_s(utc_date(clock.now_ms()) - timedelta(days=_CHANGES_KEPT_DAYS)):013d}"
    rows = _query(user_id, first, f"{_CHANGES[:-1]}{_AFTER}", newest=limit)
    return [
        ChangeSet(_source(row), _began_at(row["entry"]["S"].split("#")[1]), _parsed(row["content"]["S"]))
        for row in rows
    ]


def forget_source(key: SourceKey) -> None:
    """Delete all of a source's history. Idempotent. Raises StoreUnavailable; some may then be deleted."""
    delete_entries(key.user_id, (row["entry"]["S"] for row in _rows_of(key)))


def change_entries(user_id: str) -> dict[str, str]:
    """List what names tickers of a user's sources. Returns the source's snapshot head by entry."""
    rows = _query(user_id, _CHANGES, f"{_CHANGES[:-1]}{_AFTER}", is_consistent=True)
    return {row["entry"]["S"]: row["source"]["S"] for row in rows}


def delete_entries(user_id: str, entries: Iterable[str]) -> None:
    """Delete rows. Idempotent. Raises StoreUnavailable; some may then be deleted."""
    batches.delete_rows(HistoryEntry(user_id, entry) for entry in list(entries))


def forget_account(key: SourceKey, account_id: str) -> None:
    """Delete one account's values from a source's days, and its changes. Idempotent. Raises StoreUnavailable."""
    pseudonym = account_pseudonym(key.user_id, (key.provider, key.source_id), account_id)
    for row in _rows_of(key):
        entry, content = row["entry"]["S"], row["content"]["S"]
        if entry.startswith(_DAYS):
            kept = json.loads(content)
            kept["accounts"] = [account for account in kept["accounts"] if account["key"] != pseudonym]
            _replace(_row(key, entry, kept, int(row["expires_at"]["N"])), content)
        elif entry.startswith(_CHANGES):
            delete_entries(key.user_id, [entry])


def forget_user(user_id: str) -> None:
    """Delete all history of a user. Idempotent. Raises StoreUnavailable; some may then be deleted."""
    delete_entries(user_id, (row["entry"]["S"] for row in _query(user_id, " ", "~", is_consistent=True)))


def _row(key: SourceKey, entry: str, content: Mapping[str, Any], expires_at: int) -> HistoryEntry:
    return HistoryEntry(key.user_id, entry, source=key.head_entry, content=_json(content), expires_at=expires_at)


def _replace(row: HistoryEntry, before: str) -> None:
    """Replace the row, unless a commit has replaced it since it was read: a later one has no revoked account."""
    try:
        write(partial(row.save, HistoryEntry.content == before))
    except ConditionLost:
        return


def _rows_of(key: SourceKey) -> list[dict[str, Any]]:
    return [row for row in _query(key.user_id, " ", "~", is_consistent=True) if row["source"]["S"] == key.head_entry]


def _query(
    user_id: str,
    first: str,
    last: str,
    newest: int | None = None,
    *,
    is_consistent: bool = False,
    only: list[str] | None = None,
) -> list[dict[str, Any]]:
    """Return raw rows in the order of their keys; with `newest`, so many from the end, the last one first.

    `is_consistent`: before a deletion, which must not miss what was committed just now. `only`: attributes to read.
    pynamodb would build an object with five attributes for each of a few thousand rows.
    """
    # A page may end before so many rows: DynamoDB ends it after a megabyte.
    return list(islice(_all_rows(user_id, first, last, newest, is_consistent=is_consistent, only=only), newest))


def _all_rows(
    user_id: str, first: str, last: str, newest: int | None, *, is_consistent: bool, only: list[str] | None
) -> Iterator[dict[str, Any]]:
    condition = HistoryEntry.entry.between(first, last)
    start: Any = None
    while True:
        with translate_read_errors():
            page = HistoryEntry.table().query(
                user_id,
                range_key_condition=condition,
                exclusive_start_key=start,
                scan_index_forward=newest is None,
                consistent_read=is_consistent,
                limit=newest,
                attributes_to_get=only,
            )
        yield from page["Items"]
        start = page.get("LastEvaluatedKey")
        if start is None:
            return


def _load_days(rows: Sequence[Mapping[str, Any]]) -> list[DayObservation]:
    """Load the rows. Parsing thousands of short texts at once takes half as long as each by itself."""
    contents = json.loads(f"[{','.join([row['content']['S'] for row in rows])}]")
    day, source = cache(date.fromisoformat), cache(_source_id)
    day_at, source_at = len(_DAYS), len(_DAYS) + len("2026-01-31#")
    return [
        DayObservation(
            day(entry[day_at : source_at - 1]),
            source(entry[source_at:]),
            content["began"],
            content["linked"],
            (),
            content["accounts"],
        )
        for entry, content in zip([row["entry"]["S"] for row in rows], contents, strict=True)
    ]


def _load_removal(row: Mapping[str, Any]) -> Removal:
    return Removal(_source(row), int(row["entry"]["S"].split("#")[1]), json.loads(row["content"]["S"])["linked"])


def _source(row: Mapping[str, Any]) -> SourceId:
    return _source_id(row["source"]["S"])


def _source_id(text: str) -> SourceId:
    provider, _, source_id = text.partition("#")
    return cast(ProviderName, provider), source_id


def _json(content: Mapping[str, Any]) -> str:
    import simplejson

    return simplejson.dumps(content, separators=(",", ":"))


def _parsed(text: str) -> Any:  # noqa: ANN401 - a JSON value
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)


def _began_at(fetch_id: str) -> int:
    return int(fetch_id[:13])


def _expiry(day: date, kept_days: int) -> int:
    return _day_s(day + timedelta(days=kept_days + 1))


def _day_s(day: date) -> int:
    return timegm(day.timetuple())
