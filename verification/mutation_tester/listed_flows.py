"""The clauses of the nine rules in what happens around the store's writes."""

from .mutation import Mutation
from .operators import (
    act_before_argument,
    always,
    drop_argument,
    drop_element,
    drop_operand,
    drop_statement,
    never,
    unconditionally,
)

_APPLYING = "tidings.webhooks.processing"
_REFRESH = "tidings.refresh.endpoint"
_FETCHING = "tidings.refresh.provider_fetch"
_LOOKING = "tidings.reconcile.status_check"
_EXCHANGE = "tidings.connections.plaid_exchange"
_SECRET = "tidings.connections.snaptrade_secret"
_LOST = "tidings.reconcile.handler"
_SNAPTRADE = "tidings.providers.snaptrade.holdings"
_PLAID = "tidings.providers.plaid.holdings"
_BROKERS = "tidings.store.institutions"

FLOWS = [
    Mutation(
        "update: the owner is read again",
        _APPLYING,
        "_update",
        drop_statement(keyword="consistent"),
        "test_link_during_update_keeps_count",
        on_engine=True,
    ),
    Mutation(
        "update: an unknown connection gets a row",
        _APPLYING,
        "_update",
        drop_argument(keyword="create"),
        "test_webhook_of_unlisted_connection_records_update",
    ),
    Mutation(
        "removal: recorded after it is done",
        _APPLYING,
        "_remove_once",
        act_before_argument("removed"),
        "test_killed_removal_webhook_is_completed_by_retry",
        on_engine=True,
    ),
    Mutation(
        "link: the lease is given up before the item is ended",
        _EXCHANGE,
        "_end_unless_linked",
        drop_statement(call="call_with_timeout"),
        "test_link_that_arrives_after_its_lease_was_given_up_is_refused",
    ),
    Mutation(
        "link: an item that could not be stored is ended",
        _EXCHANGE,
        "_end_unless_linked",
        drop_statement(call="remove_connection"),
        "test_item_is_ended_at_plaid_while_kms_is_down",
    ),
    Mutation(
        "link: a refused token of an interrupted attempt is lost",
        _EXCHANGE,
        "_exchange",
        unconditionally(attribute="is_repeated"),
        "test_lost_response_of_exchange_is_counted_and_shown",
    ),
    Mutation(
        "link: an unknown answer keeps the attempt",
        _EXCHANGE,
        "_exchange",
        drop_statement(attribute="keep_attempt"),
        "test_lost_response_of_exchange_is_counted_and_shown",
    ),
    Mutation(
        "link: an attempt that nobody finished is lost",
        _LOST,
        "handle",
        drop_statement(call="_record_lost_items"),
        "test_exchange_that_was_killed_is_found_by_reconciler",
    ),
    Mutation(
        "disconnect everything: the marker comes first",
        "tidings.connections.disconnect",
        "disconnect_all",
        drop_statement(call="record_end"),
        "test_session_from_before_links_nothing_and_its_item_is_ended",
    ),
    Mutation(
        "registration: deleted if its secret could not be stored",
        _SECRET,
        "_delete_unless_stored",
        drop_statement(call="delete_user"),
        "test_registration_is_deleted_while_kms_is_down",
    ),
    Mutation(
        "release: after an outage",
        _REFRESH,
        "_settle_cooldown",
        never(name="NotOffered"),
        "test_outage_releases_cooldown",
    ),
    Mutation(
        "release: not if one source was fetched",
        _REFRESH,
        "_settle_cooldown",
        never(name="StoreUnavailable"),
        "test_outage_of_one_source_keeps_cooldown",
    ),
    Mutation(
        "release: not if the user must reconnect",
        _REFRESH,
        "_settle_cooldown",
        unconditionally(name="NotOffered"),
        "test_reconnect_required_keeps_cooldown",
    ),
    Mutation(
        "release: a provider's own limit is kept",
        _REFRESH,
        "_settle_cooldown",
        drop_argument(of="release", call="now_ms"),
        "test_provider_limit_extends_cooldown",
    ),
    Mutation(
        "clear every source: only after all were fetched",
        _FETCHING,
        "ProviderFetch._clear_wildcards",
        never(compare="not in"),
        "test_user_wide_update_stays_pending_while_one_connection_fails",
    ),
    Mutation(
        "an update of every source fetches all",
        "tidings.refresh.selection",
        "Selection.choose",
        drop_operand(call="any"),
        "test_user_wide_event_beside_connection_event_refreshes_all",
    ),
    Mutation(
        "gone: only by the provider's own 404",
        _SNAPTRADE,
        "discover",
        drop_element(nth=1),
        "test_connection_missing_from_list_is_kept_until_confirmed_gone",
    ),
    Mutation(
        "gone: only the row that was read, by a refresh",
        "tidings.refresh.discovery",
        "Discovery._update_known",
        drop_argument(keyword="link_id"),
        "test_refresh_keeps_connection_relinked_meanwhile",
    ),
    Mutation(
        "gone: only the row that was read, by a status check",
        _LOOKING,
        "StatusCheck._compare",
        drop_argument(keyword="link_id"),
        "test_status_check_keeps_connection_relinked_meanwhile",
    ),
    Mutation(
        "status: a successful fetch sets ok",
        _FETCHING,
        "ProviderFetch._commit",
        drop_statement(constant="ok"),
        "test_successful_fetch_clears_required_login",
    ),
    Mutation(
        "empty: accepted only with an investment account",
        _PLAID,
        "_require_complete",
        never(call="any"),
        "test_empty_response_never_replaces_holdings",
    ),
    Mutation(
        "brokers: listed only when that is due",
        _BROKERS,
        "acquire_renewal",
        always(attribute="due_at", compare="<="),
        "test_brokers_are_listed_once_a_day",
    ),
]
