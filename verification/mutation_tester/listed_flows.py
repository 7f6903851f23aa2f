"""The clauses of the nine rules in what happens around the store's writes."""

from .mutation import Mutation
from .operators import (
    act_before_argument,
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
_SNAPTRADE = "tidings.providers.snaptrade.holdings"
_PLAID = "tidings.providers.plaid.holdings"

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
]
