"""The conditions under which updates are recorded and announced."""

from .mutation import Mutation
from .operators import (
    always,
    assign,
    drop_argument,
    drop_element,
    drop_operand,
    drop_statement,
    never,
    replace_argument,
    split_transaction,
)

_MARKING = "tidings.store.updates"
_EVENTS = "tidings.store.events"
_LINK_IDS = "tidings.store.links"
_SOURCES = "tidings.store.sources"
_RATES = "tidings.store.exchange_rates"
_NEWEST = "tidings.store.newest_delivered"

_OTHER_LINK = "test_refresh_writes_nothing_to_other_link"
_NO_ROW = "test_refresh_creates_no_row"
_DUE = "test_check_due_requires_newer_event"
_ONCE = "test_event_is_counted_once"
_OWNER = "test_only_owner_gets_row"
_STATUS = "test_older_status_is_refused_but_update_recorded"
_FIRST_EVENT = "test_first_event_creates_row_and_later_keep_link"
_TOMBSTONE = "test_removed_source_stays_removed_for_a_day"

UPDATES = [
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
    Mutation(
        "exchange rates: a row is only inserted",
        _RATES,
        "_insert",
        drop_argument(of="save", call="does_not_exist"),
        "test_run_that_meets_another_leaves_its_rows",
    ),
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
