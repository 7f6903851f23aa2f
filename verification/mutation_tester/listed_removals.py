"""The conditions of removing and of ending connections."""

from .mutation import Mutation
from .operators import (
    always,
    drop_argument,
    drop_element,
    drop_narrowing,
    drop_operand,
    drop_statement,
    never,
    unconditionally,
)

_END_REPORTS = "tidings.store.end_reports"
_SNAPSHOTS = "tidings.store.snapshots"
_REMOVAL = "tidings.store.removal"

_TOMBSTONE = "test_removed_source_stays_removed_for_a_day"
_REMOVED_ROW = "test_removal_requires_row_as_read"

REMOVALS = [
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
        always(call="is_still"),
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
