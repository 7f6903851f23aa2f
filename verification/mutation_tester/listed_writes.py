"""The clauses of the nine rules in the conditions of the store's writes."""

from .mutation import Mutation
from .operators import (
    always,
    assign,
    drop_argument,
    drop_element,
    drop_else,
    drop_narrowing,
    drop_operand,
    drop_statement,
    replace_argument,
    set_from_row,
    split_transaction,
    stop_retrying,
    swap_call,
    unconditionally,
)

_CLAIMS = "tidings.store.cooldowns"
_MARKING = "tidings.store.updates"
_ITEMS = "tidings.store.items"
_SOURCES = "tidings.store.sources"
_SNAPSHOTS = "tidings.store.snapshots"
_CHECKS = "tidings.store.status_checks"
_REMOVAL = "tidings.store.removal"
_PULLS = "tidings.store.paid_refreshes"
_WRITES = "tidings.store.conditional_writes"

_OVER = "test_a_claim_is_free_once_it_ran_out"
_FOLLOW_UP = "test_a_pull_lets_one_refresh_follow"
_OLDER = "test_a_snapshot_replaces_only_an_older_one"
_CLEARED = "test_news_are_cleared_up_to_what_was_read_of_that_link"
_OTHER_LINK = "test_nothing_of_a_refresh_reaches_another_link"
_NO_ROW = "test_nothing_of_a_refresh_makes_a_row"
_DUE = "test_a_check_is_due_only_where_nothing_as_new_is_known"
_ONCE = "test_an_event_counts_once"
_OWNER = "test_only_the_owner_gets_a_row"
_ORPHAN = "test_an_orphan_is_counted_only_where_there_is_no_owner"
_STATUS = "test_an_older_status_is_refused_and_marks_all_the_same"
_FIRST_EVENT = "test_the_first_event_of_a_connection_makes_its_row_and_later_ones_keep_its_link"
_TOMBSTONE = "test_what_was_ended_does_not_come_back_for_a_day"
_READ_AGAIN = "test_what_changes_between_the_read_and_the_link_is_read_again"
_REMOVED_ROW = "test_only_the_row_that_was_read_is_removed"
_AS_READ = "test_a_look_marks_only_what_is_as_it_was_read"
_PULL = "test_a_pull_is_called_once_and_in_time"

_SOURCE_ROWS = [
    Mutation("status: link_id as read", _SOURCES, "set_status", drop_operand(attribute="link_id"), _OTHER_LINK),
    Mutation(
        "failure: link_id as read", _SOURCES, "note_failure", replace_argument(None, attribute="link_id"), _OTHER_LINK
    ),
    Mutation(
        "check settled: link_id as read", _SOURCES, "clear_check_due", drop_operand(attribute="link_id"), _OTHER_LINK
    ),
    Mutation(
        "discovered source: keeps its link_id",
        _SOURCES,
        "create_discovered",
        drop_operand(attribute="link_id"),
        _FIRST_EVENT,
    ),
    Mutation(
        "discovered source: only under the item's owner",
        _SOURCES,
        "require_may_be_created",
        always(attribute="user_id", compare="=="),
        _OWNER,
    ),
    Mutation(
        "a tombstone holds for a day", _SOURCES, "require_may_be_created", always(attribute="expires_at"), _TOMBSTONE
    ),
]

_UPDATES = [
    Mutation("update: this event id is new", _MARKING, "_write_update", drop_argument(attribute="event"), _ONCE),
    Mutation(
        "update: one transaction",
        _MARKING,
        "_write_update",
        split_transaction(),
        "test_marking_a_source",
        on_engine=True,
    ),
    Mutation(
        "update: attribute_exists(link_id)",
        _MARKING,
        "_condition",
        drop_element(attribute="link_id"),
        "test_without_a_row_nothing_is_counted_or_recorded",
    ),
    Mutation(
        "update: an existing row keeps its link_id",
        _MARKING,
        "_actions",
        drop_operand(attribute="link_id"),
        _FIRST_EVENT,
    ),
    Mutation("event's status: only if newer", _MARKING, "_condition", drop_statement(attribute="status_at"), _STATUS),
    Mutation(
        "event's status: an update counts even if the status is older",
        _MARKING,
        "record_update",
        replace_argument(False, attribute="marks"),
        _STATUS,
    ),
    Mutation("event's status: its time is kept", _MARKING, "_actions", drop_statement(attribute="status_at"), _STATUS),
    Mutation(
        "check due: its event id is new",
        _MARKING,
        "record_check_due",
        drop_argument(attribute="event"),
        "test_a_check_is_recorded_once",
    ),
    Mutation(
        "check due: never creates a row", _SOURCES, "nothing_newer_known", drop_operand(attribute="link_id"), _NO_ROW
    ),
    Mutation(
        "check due: a later one replaces an earlier one",
        _SOURCES,
        "nothing_newer_known",
        drop_operand(attribute="check_due", compare="<"),
        _DUE,
    ),
    Mutation(
        "check due: newer than the last fetch",
        _SOURCES,
        "nothing_newer_known",
        drop_operand(of="&", attribute="last_fetched_at"),
        _DUE,
    ),
    Mutation(
        "check due: newer than the last status check",
        _SOURCES,
        "nothing_newer_known",
        drop_operand(of="&", attribute="last_reconcile_at"),
        _DUE,
    ),
]

_LINKS = [
    Mutation("orphan: still no owner", _ITEMS, "record_orphan_update", drop_argument(attribute="user_id"), _ORPHAN),
    Mutation("orphan: this event id is new", _ITEMS, "record_orphan_update", drop_argument(attribute="event"), _ORPHAN),
    Mutation("link: owner absent or the same", _ITEMS, "_as_read", always(attribute="user_id"), _READ_AGAIN),
    Mutation(
        "link: orphan_generation as read",
        _ITEMS,
        "_as_read",
        always(attribute="orphan_generation", call="does_not_exist"),
        _READ_AGAIN,
    ),
    Mutation(
        "link: the orphan's updates count",
        _ITEMS,
        "_source_actions",
        drop_operand(of="+", inside="generation.add", nth=1),
        "test_linking_takes_the_orphans_over",
    ),
    Mutation(
        "link: the row keeps its link_id",
        _ITEMS,
        "_source_actions",
        drop_operand(attribute="link_id"),
        "test_linking_again_keeps_the_row_and_is_news",
    ),
    Mutation("link: retried when a condition is lost", _ITEMS, "link_item", stop_retrying(), _READ_AGAIN),
    Mutation("link: one transaction", _ITEMS, "link_item", split_transaction(backwards=True), _READ_AGAIN),
]

_COOLDOWNS = [
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
        "test_a_claim_that_the_sdk_sent_before_is_won",
    ),
    Mutation(
        "paid refresh: one follow-up",
        _CLAIMS,
        "acquire",
        drop_else(attribute="follow_up"),
        "test_of_many_clicks_one_pulls_and_of_many_follow_ups_one_passes",
        on_engine=True,
    ),
    Mutation("paid refresh: follows no paid refresh", _CLAIMS, "acquire", unconditionally(), _FOLLOW_UP),
    Mutation("release: only one's own", _CLAIMS, "release", drop_argument(attribute="claim_id"), _OVER),
]

_HOLDINGS = [
    Mutation("snapshot and clear: one transaction", _SNAPSHOTS, "_hand_over", split_transaction(), _CLEARED),
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
        "test_news_that_arrive_during_the_fetch_stay_pending",
    ),
]

_REMOVALS = [
    Mutation(
        "removal: only the row that was read",
        _REMOVAL,
        "remove_source",
        assign(None, attribute="link_id"),
        _REMOVED_ROW,
    ),
    Mutation("removal: a tombstone is left", _REMOVAL, "remove_source", drop_statement(call="update"), _TOMBSTONE),
    Mutation(
        "removal: the snapshot goes with its row",
        _REMOVAL,
        "remove_source",
        drop_statement(name="HoldingsEntry"),
        _REMOVED_ROW,
    ),
    Mutation(
        "removal: an item only for its owner",
        _REMOVAL,
        "remove_source",
        always(attribute="user_id", compare="=="),
        "test_an_item_is_removed_only_for_its_owner",
    ),
    Mutation(
        "removal: only the registration that was read",
        _REMOVAL,
        "remove_source",
        drop_narrowing(),
        "test_only_the_registration_that_was_read_is_removed",
    ),
]

_CHECKS_AND_PULLS = [
    Mutation(
        "refresh's status: status_version as read",
        _SOURCES,
        "set_status",
        always(attribute="status_version", compare="=="),
        "test_a_status_of_a_refresh_gives_way_to_what_was_said_since",
    ),
    Mutation(
        "check settled: only the one that was read",
        _SOURCES,
        "clear_check_due",
        drop_operand(attribute="check_due"),
        "test_a_check_is_taken_back_only_if_it_was_read",
    ),
    Mutation("status check: link_id as read", _CHECKS, "_as_read", always(attribute="link_id"), _AS_READ),
    Mutation("status check: generation as read", _CHECKS, "_as_read", drop_element(attribute="generation"), _AS_READ),
    Mutation(
        "status check: seen_generation as read",
        _CHECKS,
        "_as_read",
        drop_element(attribute="seen_generation"),
        _AS_READ,
    ),
    Mutation(
        "status check: no refresh is under way",
        _CHECKS,
        "record_missed_update",
        always(attribute="retry_at"),
        "test_a_look_marks_nothing_while_a_refresh_is_under_way",
    ),
    Mutation("paid refresh: called once", _PULLS, "begin", always(attribute="pull_state", compare="=="), _PULL),
    Mutation("paid refresh: the same call, sent before", _PULLS, "begin", drop_operand(attribute="pull_call"), _PULL),
    Mutation("paid refresh: in time", _PULLS, "begin", drop_operand(attribute="pull_requested_at"), _PULL),
    Mutation("paid refresh: the newest one", _PULLS, "_is_newest", drop_operand(attribute="pull_id"), _PULL),
    Mutation(
        "conflicting writes are retried",
        _WRITES,
        "_retry_conflicts",
        unconditionally(call="_is_conflict"),
        "test_a_claim_that_meets_a_transaction_is_tried_again",
    ),
    Mutation(
        "a duplicate with a conflict is retried",
        _WRITES,
        "_is_conflict",
        swap_call("all", call="any"),
        "test_a_mark_that_meets_another_write_is_tried_again_and_counts_once",
    ),
]

WRITES = [*_SOURCE_ROWS, *_UPDATES, *_LINKS, *_COOLDOWNS, *_HOLDINGS, *_REMOVALS, *_CHECKS_AND_PULLS]
