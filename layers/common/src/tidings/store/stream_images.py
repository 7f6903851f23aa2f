"""Read the records of UpdateState's stream: a source before and after a write.

Imports no pynamodb, so that the function that reads the stream starts without it.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from tidings.model import ProviderName, Source, Status

_PREFIX = "source#"
"""Of the rows of sources. The event source filters by it too."""

Image = Mapping[str, Mapping[str, str]]
"""A row in DynamoDB's own format: attribute, type, value."""


class SourceChange(NamedTuple):
    """One write of a source's row. `before` is None for a new row, `after` for a deleted one. `at`: when, in ms.

    `sequence`: the record's number, by which Lambda reads the stream again from there.
    """

    sequence: str
    user_id: str
    before: Source | None
    after: Source | None
    at: int


def parse_record(record: Mapping[str, Any]) -> SourceChange | None:
    """Parse a record of the stream; None if it is no source's. Raises KeyError or ValueError if it is malformed."""
    written = record["dynamodb"]
    keys = written["Keys"]
    if not keys["entry"]["S"].startswith(_PREFIX):
        return None
    return SourceChange(
        sequence=written["SequenceNumber"],
        user_id=keys["user_id"]["S"],
        before=_source(written.get("OldImage")),
        after=_source(written.get("NewImage")),
        at=int(float(written["ApproximateCreationDateTime"]) * 1000),
    )


def _source(image: Image | None) -> Source | None:
    """Return what the announcement compares; the other fields keep their defaults."""
    if image is None:
        return None
    _, provider, source_id = image["entry"]["S"].split("#", 2)
    return Source(
        provider=cast(ProviderName, provider),
        source_id=source_id,
        item_id=_text(image, "item").partition("#")[2],
        link_id=_text(image, "link_id"),
        generation=_number(image, "generation"),
        seen_generation=_number(image, "seen_generation"),
        status=cast(Status, _text(image, "status") or "ok"),
        status_reason=_text(image, "status_reason") or None,
        status_version=_number(image, "status_version"),
    )


def _text(image: Image, name: str) -> str:
    return image.get(name, {}).get("S", "")


def _number(image: Image, name: str) -> int:
    return int(image.get(name, {}).get("N", "0"))
