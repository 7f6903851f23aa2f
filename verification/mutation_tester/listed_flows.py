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
        "test_an_update_and_linking",
        on_engine=True,
    ),
    Mutation(
        "update: an unknown connection gets a row",
        _APPLYING,
        "_update",
        drop_argument(keyword="create"),
        "test_a_connection_that_no_refresh_has_listed_yet_is_marked",
    ),
    Mutation(
        "removal: recorded after it is done",
        _APPLYING,
        "_remove_once",
        act_before_argument("removed"),
        "test_removing",
        on_engine=True,
    ),
    Mutation(
        "release: after an outage",
        _REFRESH,
        "_settle_cooldown",
        never(name="NotOffered"),
        "test_an_outage_costs_the_user_no_minute",
    ),
    Mutation(
        "release: not if one source was fetched",
        _REFRESH,
        "_settle_cooldown",
        never(name="StoreUnavailable"),
        "test_an_outage_of_one_of_two_sources_costs_the_minute",
    ),
    Mutation(
        "release: not if the user must reconnect",
        _REFRESH,
        "_settle_cooldown",
        unconditionally(name="NotOffered"),
        "test_a_connection_that_needs_the_user_costs_the_minute",
    ),
    Mutation(
        "release: a provider's own limit is kept",
        _REFRESH,
        "_settle_cooldown",
        drop_argument(call="max"),
        "test_the_provider_s_own_limit_is_passed_on_and_kept",
    ),
    Mutation(
        "clear every source: only after all were fetched",
        _FETCHING,
        "ProviderFetch._clear_wildcards",
        never(compare="not in"),
        "test_it_stays_pending_while_one_connection_fails",
    ),
    Mutation(
        "an update of every source fetches all",
        "tidings.refresh.selection",
        "Selection.choose",
        drop_operand(call="any"),
        "test_beside_news_of_one_connection_the_others_are_asked_too",
    ),
    Mutation(
        "gone: only by the provider's own 404",
        _SNAPTRADE,
        "discover",
        drop_element(nth=1),
        "test_a_connection_missing_from_the_list_is_kept_until_asked_for_by_name",
    ),
    Mutation(
        "gone: only the row that was read, by a refresh",
        "tidings.refresh.discovery",
        "Discovery._update_known",
        drop_argument(keyword="link_id"),
        "test_a_connection_that_is_gone_and_was_made_anew_meanwhile_is_kept",
    ),
    Mutation(
        "gone: only the row that was read, by a status check",
        _LOOKING,
        "StatusCheck._compare",
        drop_argument(keyword="link_id"),
        "test_a_look_keeps_it_too",
    ),
    Mutation(
        "status: a successful fetch sets ok",
        _FETCHING,
        "ProviderFetch._commit",
        drop_statement(constant="ok"),
        "test_a_good_fetch_ends_what_was_required",
    ),
    Mutation(
        "empty: accepted only with an investment account",
        _PLAID,
        "_require_complete",
        never(call="any"),
        "test_an_empty_answer_never_replaces_good_holdings",
    ),
]
