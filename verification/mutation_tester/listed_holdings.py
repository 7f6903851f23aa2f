"""The conditions of cooldowns and of storing holdings."""

from .mutation import Mutation
from .operators import (
    always,
    drop_argument,
    drop_else,
    drop_operand,
    drop_statement,
    set_from_row,
    split_transaction,
    unconditionally,
)

_CLAIMS = "tidings.store.cooldowns"
_SOURCES = "tidings.store.sources"
_SNAPSHOTS = "tidings.store.snapshots"

_OVER = "test_cooldown_is_free_after_expiry"
_FOLLOW_UP = "test_paid_refresh_allows_one_follow_up_refresh"
_OLDER = "test_snapshot_replaces_only_older_snapshot"
_CLEARED = "test_fetch_clears_updates_as_read_of_same_link"

HOLDINGS = [
    Mutation("cooldown: acquired under conditions", _CLAIMS, "acquire", drop_argument(of="update", nth=1), _OVER),
    Mutation(
        "cooldown: none there", _CLAIMS, "acquire", drop_operand(attribute="retry_at", call="does_not_exist"), _OVER
    ),
    Mutation("cooldown: it expired", _CLAIMS, "acquire", drop_operand(attribute="retry_at", compare="<="), _OVER),
    Mutation(
        "cooldown: the same write, sent before",
        _CLAIMS,
        "acquire",
        drop_operand(attribute="claim_id"),
        "test_cooldown_acquired_by_sdk_retry_is_own",
    ),
    Mutation(
        "paid refresh: one follow-up",
        _CLAIMS,
        "acquire",
        drop_else(attribute="follow_up"),
        "test_concurrent_clicks_start_one_paid_refresh_and_follow_up",
        on_engine=True,
    ),
    Mutation("paid refresh: follows no paid refresh", _CLAIMS, "acquire", unconditionally(), _FOLLOW_UP),
    Mutation("release: only one's own", _CLAIMS, "release", always(attribute="claim_id"), _OVER),
    Mutation("snapshot and clear: one transaction", _SNAPSHOTS, "_hand_over", split_transaction(), _CLEARED),
    Mutation(
        "history: a snapshot has its day's point",
        _SNAPSHOTS,
        "_hand_over",
        drop_statement(call="save", nth=1),
        "test_later_commit_of_a_day_replaces_its_point",
    ),
    Mutation(
        "history: a point goes only with its snapshot",
        _SNAPSHOTS,
        "_hand_over",
        split_transaction(backwards=True),
        "test_point_is_stored_with_its_snapshot_only",
    ),
    Mutation(
        "history: a deletion misses nothing that was committed just now",
        "tidings.store.history",
        "_rows_of",
        drop_argument(of="_query", nth=3),
        "test_deletion_reads_consistently",
    ),
    Mutation(
        "snapshot: only an older one is replaced", _SNAPSHOTS, "_hand_over", drop_argument(of="save", nth=1), _OLDER
    ),
    Mutation(
        "snapshot: replaces another link's",
        _SNAPSHOTS,
        "_is_newer_than_stored",
        drop_operand(attribute="link_id"),
        _OLDER,
    ),
    Mutation(
        "snapshot: replaces a lower generation's",
        _SNAPSHOTS,
        "_is_newer_than_stored",
        drop_operand(attribute="generation", compare="<"),
        _OLDER,
    ),
    Mutation(
        "snapshot: replaces an earlier fetch's of the same generation",
        _SNAPSHOTS,
        "_is_newer_than_stored",
        drop_operand(of="|", attribute="fetch_began_at"),
        _OLDER,
    ),
    Mutation("clear: link_id as read", _SNAPSHOTS, "_hand_over", always(attribute="link_id", compare="=="), _CLEARED),
    Mutation(
        "clear: nobody cleared further", _SOURCES, "not_seen_beyond", always(attribute="seen_generation"), _CLEARED
    ),
    Mutation(
        "clear: nobody cleared yet",
        _SOURCES,
        "not_seen_beyond",
        drop_operand(attribute="seen_generation", call="does_not_exist"),
        _CLEARED,
    ),
    Mutation(
        "clear: generation no lower than the one read",
        _SOURCES,
        "not_seen_beyond",
        drop_operand(attribute="generation", compare=">="),
        _CLEARED,
    ),
    Mutation(
        "clear: only up to the generation read before the fetch",
        _SNAPSHOTS,
        "_hand_over",
        set_from_row("seen_generation", "generation"),
        "test_update_during_fetch_stays_pending",
    ),
]
