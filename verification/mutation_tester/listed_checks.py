"""The conditions of status checks and of paid refreshes."""

from .mutation import Mutation
from .operators import (
    always,
    drop_argument,
    drop_operand,
    keep_first_argument,
    swap_call,
    unconditionally,
)

_SOURCES = "tidings.store.sources"
_CHECKS = "tidings.store.status_checks"
_SCHEDULE = "tidings.store.check_schedule"
_PULLS = "tidings.store.paid_refreshes"
_PROCESSING = "tidings.webhooks.processing"
_WRITES = "tidings.store.conditional_writes"

_AS_READ = "test_check_records_update_only_for_unchanged_source"
_A_DAY = "test_due_time_is_a_day_ahead_at_most"
_PAGE = "test_page_tells_what_is_due"
_DUE_READ = "test_check_replaces_only_due_time_that_it_read"
_PULL = "test_paid_refresh_is_called_once_before_deadline"

CHECKS = [
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
    Mutation(
        "refresh's status: status_version as read",
        _SOURCES,
        "is_counted_as_read",
        always(compare="=="),
        "test_refresh_status_yields_to_newer_status",
    ),
    Mutation(
        "check settled: only the one that was read",
        _SOURCES,
        "clear_check_due",
        drop_operand(attribute="check_due"),
        "test_check_due_is_cleared_only_as_read",
    ),
    Mutation(
        "check due: an event that makes none due is recorded apart",
        _PROCESSING,
        "_make_check_due",
        drop_argument(of="_replace"),
        "test_webhook_refused_by_clock_that_is_ahead_counts_when_it_arrives_in_time",
    ),
    Mutation("status check: link_id as read", _CHECKS, "_as_read", always(attribute="link_id"), _AS_READ),
    Mutation("status check: generation as read", _CHECKS, "_as_read", drop_operand(attribute="generation"), _AS_READ),
    Mutation(
        "status check: seen_generation as read",
        _CHECKS,
        "_as_read",
        drop_operand(attribute="seen_generation"),
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
