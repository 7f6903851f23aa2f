"""Dumps tables as text that can be compared byte for byte, and restores them."""

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from tests.support.aws.account import TABLES, table_name

Row = dict[str, dict[str, str]]
"""Attributes as DynamoDB has them: the type's letter and the value. `Z` is binary content that zlib compressed."""

Contents = dict[str, list[Row]]
"""Rows by the table's name in template.yaml, in the order of their keys."""


def dump(dynamodb: Any) -> Contents:  # noqa: ANN401 - boto3's client
    """Dump every row of every table that the recorded version has."""
    return {logical_id: _rows(dynamodb, logical_id) for logical_id in TABLES if logical_id not in _LATER_TABLES}


def restore(dynamodb: Any, contents: Mapping[str, Sequence[Row]]) -> None:  # noqa: ANN401 - boto3's client
    """Write dumped rows into the tables."""
    for logical_id, rows in contents.items():
        for row in rows:
            item = {name: _from_text(value) for name, value in row.items()}
            dynamodb.put_item(TableName=table_name(logical_id), Item=item)


_LATER_TABLES = {"WebhookKeysTable", "ExchangeRatesTable", "HistoryTable"}
"""The recorded version has none of them."""

_RECORDED_COLUMNS = (
    [
        "ticker", "name", "type", "quantity", "price", "price_as_of", "value", "cost_basis", "currency", "account_id",
        "account_name", "institution", "provider", "source_id", "exchange", "isin", "cusip", "is_cash", "option",
    ],
    ["underlying", "kind", "strike", "expiry", "contracts", "multiplier"],
    [
        "account_id", "name", "type", "mask", "institution_total", "currency", "institution_account_id", "readable",
        "rows_from",
    ],
)  # fmt: skip


_LATER_ATTRIBUTES = {
    *("lease_id", "leased_institution"),
    *("linked_at", "first_fetch_at", "first_fetch_by", "acquired_at"),
    *("connect_expected_until", "connect_listings"),
}
"""The recorded version neither reads nor writes them, and ignores them in a row."""


def read_as_recorded_version(contents: Contents) -> Contents:
    """Keep what the recorded version reads: it ignores attributes, and a snapshot's columns, that it does not know.

    A due time without failures it takes for a back-off of a day at most, which ends by itself.
    """
    return {
        logical_id: sorted((_without_later_words(row) for row in rows), key=json.dumps)
        for logical_id, rows in contents.items()
    }


_UNTIMED = "snaptrade#a2eb2fb7ada9eb72930bdb95a2e17737fe9f2e8e1126ab740050a06fada09990"
_UNLINKED = "snaptrade#hook-unlinked-user-deleted"
_CONTENT = {"item", "body", "meaning"}


def without_retention(contents: Contents) -> Contents:
    """Leave out what is kept for another time than in the recorded version, which reads these rows either way.

    It kept an event without a time for good, and the content of a removal that concerned no user. It recorded no event
    apart that came too late.
    """
    rows = [_without_retention(row) for row in contents.get("WebhookEventsTable", ())]
    kept = [row for row in rows if not row["event"]["S"].startswith("seen#")]
    return {**contents, "WebhookEventsTable": sorted(kept, key=json.dumps)}


def _without_retention(row: Row) -> Row:
    left_out = {_UNTIMED: {"expires_at"}, _UNLINKED: _CONTENT}.get(row["event"]["S"], set())
    kept = {name: value for name, value in row.items() if name not in left_out}
    return kept | {"event": {"S": row["event"]["S"].removesuffix("#late")}}


def message_as_recorded_version(body: str) -> str:
    """Leave out the count in a reconcile run's message that the recorded version does not know."""
    message = json.loads(body)
    message["about"].pop("watched", None)
    return json.dumps(message)


def _without_later_words(row: Row) -> Row:
    later = _LATER_ATTRIBUTES if "check_failures" in row else {*_LATER_ATTRIBUTES, "check_after"}
    return {
        name: {"Z": _recorded_content(value["Z"])} if "Z" in value else value
        for name, value in row.items()
        if name not in later
    }


def _recorded_content(text: str) -> str:
    content = json.loads(text)
    if "holdings" not in content:
        return text
    [holdings, options, accounts] = content["columns"]
    [holding_names, option_names, account_names] = _RECORDED_COLUMNS
    rows = [_pick(row, holdings, holding_names) for row in content["holdings"]]
    for row in rows:
        if row[-1] is not None:
            row[-1] = _pick(row[-1], options, option_names)
    listed = [_pick(row, accounts, account_names) for row in content["accounts"]]
    recorded = {"columns": list(_RECORDED_COLUMNS), "holdings": rows, "accounts": listed}
    return json.dumps(recorded, separators=(",", ":"))


def _pick(row: Sequence[Any], columns: Sequence[str], wanted: Sequence[str]) -> list[Any]:
    values = dict(zip(columns, row, strict=True))
    return [values[name] for name in wanted]


def _rows(dynamodb: Any, logical_id: str) -> list[Row]:  # noqa: ANN401 - boto3's client
    pages = dynamodb.get_paginator("scan").paginate(TableName=table_name(logical_id))
    rows = [{name: _to_text(item[name]) for name in sorted(item)} for page in pages for item in page["Items"]]
    return sorted(rows, key=json.dumps)


def _to_text(value: Mapping[str, Any]) -> dict[str, str]:
    [(kind, content)] = value.items()
    if kind != "B":
        return {kind: content}
    try:
        # Compressed bytes depend on the version of zlib; what they contain does not.
        return {"Z": zlib.decompress(content).decode()}
    except zlib.error:
        return {"B": base64.b64encode(content).decode()}


def _from_text(value: Mapping[str, str]) -> dict[str, Any]:
    [(kind, content)] = value.items()
    if kind == "Z":
        return {"B": zlib.compress(content.encode())}
    return {kind: base64.b64decode(content) if kind == "B" else content}
