"""Records of UpdateState's stream: a source before and after a write."""

import pytest

from tests.support.fakes.stream_records import source_image, stream_record
from tidings.model import Source
from tidings.store.stream_images import SourceChange, parse_record

KEYS_ONLY = {"user_id": {"S": "ann"}, "entry": {"S": "source#plaid#it"}}


def test_record_tells_user_time_and_source_before_and_after() -> None:
    before = source_image(provider="snaptrade", source_id="c#1", user_id="ann", generation=2, seen_generation=1)
    after = {**before, "item": {"S": "snaptrade#u#1"}, "status": {"S": "revoked"}, "status_reason": {"S": "gone"}}
    after["status_version"] = {"N": "4"}
    old = Source("snaptrade", "c#1", "c#1", "link-1", generation=2, seen_generation=1)
    new = old._replace(item_id="u#1", status="revoked", status_reason="gone", status_version=4)
    assert parse_record(stream_record(before, after, 7, 1_790_000_000.5)) == SourceChange(
        "7", "ann", old, new, 1_790_000_000_500
    )


@pytest.mark.parametrize(("before", "after"), [(KEYS_ONLY, None), (None, KEYS_ONLY)], ids=["deleted", "new"])
def test_row_with_keys_alone_has_no_status_and_counts_nothing(
    before: dict[str, dict[str, str]] | None, after: dict[str, dict[str, str]] | None
) -> None:
    bare = Source("plaid", "it", "", "")
    change = parse_record(stream_record(before, after))
    assert change is not None
    assert (change.before, change.after) == (bare if before else None, bare if after else None)
