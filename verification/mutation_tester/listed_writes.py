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
    keep_first_argument,
    never,
    replace_argument,
    set_from_row,
    split_transaction,
    stop_retrying,
    swap_call,
    unconditionally,
)

_CLAIMS = "tidings.store.cooldowns"
_MARKING = "tidings.store.updates"
_EVENTS = "tidings.store.events"
_ITEMS = "tidings.store.items"
_ITEM_LINKS = "tidings.store.item_links"
_TOKENS = "tidings.store.token_leases"
_REGISTRATIONS = "tidings.store.registration_leases"
_ENDED = "tidings.store.ended_users"
_LINK_IDS = "tidings.store.links"
_SOURCES = "tidings.store.sources"
_END_REPORTS = "tidings.store.end_reports"
_SNAPSHOTS = "tidings.store.snapshots"
_CHECKS = "tidings.store.status_checks"
_SCHEDULE = "tidings.store.check_schedule"
_REMOVAL = "tidings.store.removal"
_PULLS = "tidings.store.paid_refreshes"
_WRITES = "tidings.store.conditional_writes"
_RATES = "tidings.store.exchange_rates"
_NEWEST = "tidings.store.newest_delivered"

_OVER = "test_cooldown_is_free_after_expiry"
_FOLLOW_UP = "test_paid_refresh_allows_one_follow_up_refresh"
_OLDER = "test_snapshot_replaces_only_older_snapshot"
_CLEARED = "test_fetch_clears_updates_as_read_of_same_link"
_OTHER_LINK = "test_refresh_writes_nothing_to_other_link"
_NO_ROW = "test_refresh_creates_no_row"
_DUE = "test_check_due_requires_newer_event"
_ONCE = "test_event_is_counted_once"
_OWNER = "test_only_owner_gets_row"
_ORPHAN = "test_orphan_update_requires_unlinked_item"
_STATUS = "test_older_status_is_refused_but_update_recorded"
_FIRST_EVENT = "test_first_event_creates_row_and_later_keep_link"
_TOMBSTONE = "test_removed_source_stays_removed_for_a_day"
_READ_AGAIN = "test_link_rereads_concurrent_change"
_REMOVED_ROW = "test_removal_requires_row_as_read"
_AS_READ = "test_check_records_update_only_for_unchanged_source"
_GIVEN_UP = "test_link_is_refused_after_lease_was_given_up"
_OTHERS_LEASE = "test_lease_of_another_request_stays"
_KNOWN_RESULT = "test_lease_of_linked_token_is_not_given_up"
_A_DAY = "test_due_time_is_a_day_ahead_at_most"
_PAGE = "test_page_tells_what_is_due"
_DUE_READ = "test_check_replaces_only_due_time_that_it_read"
_PULL = "test_paid_refresh_is_called_once_before_deadline"

_SOURCE_ROWS = [
    Mutation(
        "link: a row keeps its link_id", _LINK_IDS, "link_actions", drop_operand(attribute="link_id"), _FIRST_EVENT
    ),
    Mutation(
        "link: a row keeps the time of its first link",
        _LINK_IDS,
        "link_actions",
        drop_operand(attribute="linked_at"),
        "test_link_keeps_time_of_first_link",
    ),
    Mutation("status: link_id as read", _SOURCES, "set_status", drop_operand(attribute="link_id"), _OTHER_LINK),
    Mutation(
        "failure: link_id as read", _SOURCES, "note_failure", replace_argument(None, attribute="link_id"), _OTHER_LINK
    ),
    Mutation(
        "check settled: link_id as read", _SOURCES, "clear_check_due", drop_operand(attribute="link_id"), _OTHER_LINK
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
    Mutation("event: its id is new", _EVENTS, "save_once", drop_argument(attribute="event"), _ONCE),
    Mutation(
        "event without a time: its key outlives it",
        _EVENTS,
        "_rows",
        drop_element(call="outliving_row"),
        "test_untimed_event_is_duplicate_for_400_days",
    ),
    Mutation(
        "update: a deferred event does not set its time back",
        _MARKING,
        "_condition",
        never(attribute="is_newest"),
        "test_deferred_event_does_not_set_last_update_back",
    ),
    Mutation(
        "update: one transaction",
        _MARKING,
        "_write_update",
        split_transaction(),
        "test_killed_webhook_counts_update_once",
        on_engine=True,
    ),
    Mutation(
        "update: attribute_exists(link_id)",
        _MARKING,
        "_condition",
        drop_element(attribute="link_id"),
        "test_update_without_row_is_not_recorded",
    ),
    Mutation("event's status: only if newer", _MARKING, "_condition", drop_statement(attribute="status_at"), _STATUS),
    Mutation(
        "event's status: an update counts even if the status is older",
        _MARKING,
        "_reduce",
        replace_argument(False, attribute="marks"),
        _STATUS,
    ),
    Mutation("event's status: its time is kept", _MARKING, "_actions", drop_statement(attribute="status_at"), _STATUS),
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
        "check due: the provider's clock may lag",
        _SOURCES,
        "nothing_newer_known",
        assign(0, name="PROVIDER_CLOCK_LAG_MS"),
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

_EXCHANGE_RATES = [
    Mutation(
        "exchange rates: a row is only inserted",
        _RATES,
        "_insert",
        drop_argument(of="save", call="does_not_exist"),
        "test_run_that_meets_another_leaves_its_rows",
    ),
]

_NOTIFICATIONS = [
    Mutation(
        "notifications: the newest delivered never falls",
        _NEWEST,
        "record_delivery",
        always(call="does_not_exist"),
        "test_concurrent_deliveries_leave_the_newest_on_record",
    ),
    Mutation(
        "notifications: a newer delivery is recorded",
        _NEWEST,
        "record_delivery",
        drop_operand(compare="<="),
        "test_concurrent_deliveries_leave_the_newest_on_record",
    ),
    Mutation(
        "notifications: an older message is dropped",
        "tidings.announce.delivery",
        "_deliver",
        never(compare="<"),
        "test_no_delivery_begins_below_the_newest_delivered",
    ),
    Mutation(
        "notifications: generations are counted by link",
        "tidings.announce.notification",
        "Notification.series",
        drop_argument(attribute="link_id"),
        "test_generations_are_compared_within_one_type_and_link",
    ),
]

_LINKS = [
    Mutation("orphan: still no owner", _ITEMS, "record_orphan_update", drop_argument(attribute="user_id"), _ORPHAN),
    Mutation("link: owner absent or the same", _ITEM_LINKS, "_as_read", always(attribute="user_id"), _READ_AGAIN),
    Mutation(
        "link: orphan_generation as read",
        _ITEM_LINKS,
        "_as_read",
        always(attribute="orphan_generation", call="does_not_exist"),
        _READ_AGAIN,
    ),
    Mutation(
        "link: the orphan's updates count",
        _ITEM_LINKS,
        "_source_actions",
        drop_operand(of="+", inside="generation.add", nth=1),
        "test_link_takes_over_orphan_updates",
    ),
    Mutation("link: retried when a condition is lost", _ITEM_LINKS, "link_item", stop_retrying(), _READ_AGAIN),
    Mutation("link: one transaction", _ITEM_LINKS, "link_item", split_transaction(backwards=True), _READ_AGAIN),
]

_EXCHANGES = [
    Mutation(
        "link: the token's result in the same transaction",
        _ITEM_LINKS,
        "_link",
        drop_statement(call="save"),
        "test_result_is_stored_with_link",
    ),
    Mutation(
        "link: only under the lease of the exchange",
        _TOKENS,
        "_is_unfinished",
        always(attribute="lease_id", compare="=="),
        "test_link_requires_own_lease",
    ),
    Mutation(
        "link: not after the lease was given up",
        _TOKENS,
        "_is_unfinished",
        drop_operand(attribute="failure"),
        _GIVEN_UP,
    ),
    Mutation(
        "lease: a linked token is not given up",
        _TOKENS,
        "_is_unfinished",
        drop_operand(attribute="item_id"),
        _KNOWN_RESULT,
    ),
    Mutation(
        "lease: the same write, sent before",
        _TOKENS,
        "acquire_lease",
        drop_operand(call="_is_own"),
        "test_lease_write_sent_twice_is_own",
    ),
    Mutation(
        "lease: held until it expires",
        _TOKENS,
        "_take_over",
        drop_operand(compare=">"),
        "test_lease_excludes_others_until_it_expires",
    ),
    Mutation("outcome: only of the own lease", _TOKENS, "record_failure", drop_operand(call="_is_own"), _OTHERS_LEASE),
    Mutation(
        "outcome: only once",
        _TOKENS,
        "record_failure",
        always(constant="ending"),
        "test_outcome_of_given_up_item_is_stored_once",
    ),
    Mutation(
        "link: not for a user who ended everything",
        _ITEM_LINKS,
        "_link",
        drop_statement(call="add_check"),
        "test_session_from_before_links_nothing_and_its_item_is_ended",
    ),
    Mutation(
        "link: by the session that knows the marker",
        _ENDED,
        "MayLink.add_check",
        drop_narrowing(attribute="ended_id", compare="=="),
        "test_user_who_connects_again_links_by_new_session_only",
    ),
    Mutation(
        "link: by no session from before, although the user connects again",
        _ENDED,
        "MayLink.add_check",
        unconditionally(attribute="after_reopening"),
        "test_user_who_connects_again_links_by_new_session_only",
    ),
    Mutation(
        "registration: only the own lease is given up",
        _REGISTRATIONS,
        "give_up",
        always(attribute="registering_until", compare="=="),
        "test_used_registration_lease_is_not_given_up",
    ),
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
]

_HOLDINGS = [
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

_REMOVALS = [
    Mutation(
        "removal: only the row that was read",
        _REMOVAL,
        "remove_source",
        never(attribute="link_id"),
        _REMOVED_ROW,
    ),
    Mutation(
        "removal: only the link whose removal the history records",
        _REMOVAL,
        "_row_as_read",
        always(attribute="link_id", compare="=="),
        "test_removal_is_recorded_for_link_that_it_deletes",
    ),
    Mutation(
        "removal: repeated if the row is another one by now",
        _REMOVAL,
        "remove_source",
        unconditionally(call="_is_same_link"),
        "test_removal_is_recorded_for_link_that_it_deletes",
    ),
    Mutation(
        "removal: recorded only if there is a row",
        _REMOVAL,
        "_remove",
        unconditionally(nth=2),
        "test_removal_without_row_records_nothing",
    ),
    Mutation("removal: a tombstone is left", _REMOVAL, "_remove", drop_statement(call="update"), _TOMBSTONE),
    Mutation(
        "removal: the snapshot goes with its row",
        _REMOVAL,
        "_remove",
        drop_statement(name="HoldingsEntry"),
        _REMOVED_ROW,
    ),
    Mutation(
        "removal: an item only for its owner",
        _REMOVAL,
        "_remove",
        always(attribute="user_id", compare="=="),
        "test_item_removal_requires_owner",
    ),
    Mutation(
        "removal: only the registration that was read",
        _REMOVAL,
        "_remove",
        drop_narrowing(),
        "test_removal_requires_registration_as_read",
    ),
    Mutation(
        "removal: each source only under the registration that was read",
        _REMOVAL,
        "_remove",
        drop_statement(call="_require_registration"),
        "test_removal_of_earlier_registration_removes_nothing",
    ),
    Mutation(
        "removal: a tombstone only under the registration that was read",
        _REMOVAL,
        "_remove_tombstone",
        drop_statement(call="_require_registration"),
        "test_tombstones_of_later_registration_stay",
    ),
    Mutation(
        "removal: goes on after another run removed the item",
        _REMOVAL,
        "_registration_unchanged",
        drop_operand(attribute="user_id"),
        "test_removal_of_registration_as_read_removes_everything",
    ),
]

_ENDS = [
    Mutation(
        "end: a first report requires that no fetch succeeded since the read",
        _END_REPORTS,
        "record_end_report",
        drop_operand(call="is_still"),
        "test_first_report_of_end_is_recorded_unless_disproved",
    ),
    Mutation(
        "end: a report is believed only a day later",
        _END_REPORTS,
        "record_end_report",
        never(compare="<"),
        "test_repeated_report_of_end_is_believed",
    ),
    Mutation(
        "end: the earlier report is as read",
        _END_REPORTS,
        "record_end_report",
        drop_argument(of="set_status", keyword="required"),
        "test_repeated_report_of_end_is_believed",
    ),
    Mutation(
        "end: a successful fetch removes the report",
        _SNAPSHOTS,
        "_hand_over",
        drop_element(attribute="end_reported_at"),
        "test_commit_and_working_status_clear_report_of_end",
    ),
]

_DUE_TIMES = [
    Mutation("due time: a day ahead at most", _SCHEDULE, "_capped", keep_first_argument(call="min"), _A_DAY),
    Mutation("due time: an item without one is due", _SCHEDULE, "_paged_item", drop_operand(compare="not in"), _PAGE),
    Mutation(
        "due time: replaced only as read",
        _SCHEDULE,
        "schedule_check",
        drop_operand(attribute="check_after"),
        _DUE_READ,
    ),
    Mutation(
        "due time: a back-off is replaced only as read",
        _SCHEDULE,
        "schedule_check",
        drop_operand(attribute="check_failures"),
        _DUE_READ,
    ),
    Mutation(
        "due time: only of the item's owner",
        _SCHEDULE,
        "_update_if_owner",
        always(attribute="user_id"),
        "test_schedule_and_backoff_require_owner",
    ),
]

_CHECKS_AND_PULLS = [
    Mutation(
        "refresh's status: status_version as read",
        _SOURCES,
        "set_status",
        always(attribute="status_version", compare="=="),
        "test_refresh_status_yields_to_newer_status",
    ),
    Mutation(
        "check settled: only the one that was read",
        _SOURCES,
        "clear_check_due",
        drop_operand(attribute="check_due"),
        "test_check_due_is_cleared_only_as_read",
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
        "test_check_records_no_update_during_refresh",
    ),
    Mutation("paid refresh: called once", _PULLS, "begin", always(attribute="pull_state", compare="=="), _PULL),
    Mutation("paid refresh: the same call, sent before", _PULLS, "begin", drop_operand(attribute="pull_call"), _PULL),
    Mutation("paid refresh: in time", _PULLS, "begin", drop_operand(attribute="pull_requested_at"), _PULL),
    Mutation("paid refresh: the newest one", _PULLS, "_is_newest", drop_operand(attribute="pull_id"), _PULL),
    Mutation(
        "conflicting writes are retried",
        _WRITES,
        "retry_conflicts",
        unconditionally(call="_is_conflict"),
        "test_cooldown_on_write_conflict_is_retried",
    ),
    Mutation(
        "a duplicate with a conflict is retried",
        _WRITES,
        "_is_conflict",
        swap_call("all", call="any"),
        "test_update_on_write_conflict_is_retried_and_counted_once",
    ),
]

WRITES = [
    *_SOURCE_ROWS,
    *_UPDATES,
    *_LINKS,
    *_EXCHANGE_RATES,
    *_NOTIFICATIONS,
    *_EXCHANGES,
    *_COOLDOWNS,
    *_HOLDINGS,
    *_REMOVALS,
    *_ENDS,
    *_DUE_TIMES,
    *_CHECKS_AND_PULLS,
]
