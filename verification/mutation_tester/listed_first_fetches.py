"""The clauses of first fetches and listings within a cooldown."""

from .mutation import Mutation
from .operators import always, drop_element, drop_operand, never, split_transaction, unconditionally

_FIRST = "tidings.store.first_fetches"
_EXPECTED = "tidings.store.expected_connections"
_COOLDOWNS = "tidings.store.cooldowns"
_REMOVAL = "tidings.store.removal"
_CHECKS = "tidings.store.status_checks"
_FETCHING = "tidings.refresh.provider_fetch"
_CONNECTING = "tidings.connections.snaptrade"

_EXACT = "test_first_fetch_is_acquired_under_exact_conditions"
_OWN = "test_first_fetch_acquired_by_sdk_retry_is_own"
_HOLDER = "test_holder_marks_source_before_it_fetches"
_RETURNED = "test_first_fetch_is_given_back_by_its_owner_five_times"
_LISTED = "test_listing_is_acquired_under_exact_conditions"
_DURING = "test_check_records_no_update_during_first_fetch"
_KEPT = "test_release_keeps_demanded_wait"
_EXTENDED = "test_demanded_wait_extends_running_cooldown"

_MARKS = [
    Mutation("first fetch: of the cooldown that was read", _FIRST, "acquire", always(attribute="claim_id"), _EXACT),
    Mutation("first fetch: linked after the cooldown", _FIRST, "acquire", always(attribute="acquired_at"), _EXACT),
    Mutation(
        "first fetch: three a minute",
        _FIRST,
        "acquire",
        always(attribute="third_first_fetch", compare="<="),
        _EXACT,
    ),
    Mutation("first fetch: one transaction", _FIRST, "acquire", split_transaction(), _EXACT),
    Mutation("first fetch: no mark", _FIRST, "_is_free", always(attribute="first_fetch_at"), _EXACT),
    Mutation("first fetch: link_id as read", _FIRST, "_is_free", always(attribute="link_id"), _EXACT),
    Mutation(
        "first fetch: the same mark, sent before", _FIRST, "_is_free", drop_operand(attribute="first_fetch_by"), _OWN
    ),
    Mutation(
        "first fetch: the holder skips what another marked within its cooldown",
        _FIRST,
        "begin",
        drop_operand(compare="!="),
        _HOLDER,
    ),
    Mutation(
        "first fetch: the holder marks before it fetches",
        _FETCHING,
        "ProviderFetch._fetch_content",
        never(call="begin"),
        "test_first_fetch_during_refresh_that_discovers_connection_is_made_once",
        on_engine=True,
    ),
]

_RETURNS = [
    Mutation(
        "return: after not ready",
        _FETCHING,
        "ProviderFetch._fail",
        never(name="ProviderNotReady"),
        "test_provider_not_ready_gives_first_fetch_back",
    ),
    Mutation(
        "return: not after an outage",
        _FETCHING,
        "ProviderFetch._fail",
        unconditionally(name="ProviderNotReady"),
        "test_outage_spends_first_fetch",
    ),
    Mutation(
        "return: only one's own", _FIRST, "give_back", drop_operand(attribute="first_fetch_by", compare="=="), _RETURNED
    ),
    Mutation(
        "return: link_id as read", _FIRST, "give_back", drop_operand(attribute="link_id", compare="=="), _RETURNED
    ),
    Mutation("return: five in ten minutes", _FIRST, "give_back", always(name="_MOST_RETURNS"), _RETURNED),
    Mutation(
        "status check: no first fetch is under way",
        _FIRST,
        "none_in_progress",
        drop_operand(of="&", name="_MINUTE_MS"),
        _DURING,
    ),
    Mutation(
        "status check: no first fetch since the read",
        _FIRST,
        "none_in_progress",
        drop_operand(of="&", attribute="last_fetched_at"),
        _DURING,
    ),
]

_LISTINGS = [
    Mutation(
        "listing: the row is as read", _EXPECTED, "acquire_listing", drop_operand(of="&", attribute="link_id"), _LISTED
    ),
    Mutation(
        "listing: a connection is expected",
        _EXPECTED,
        "acquire_listing",
        drop_operand(of="&", attribute="connect_expected_until"),
        _LISTED,
    ),
    Mutation(
        "listing: once in ten seconds",
        _EXPECTED,
        "acquire_listing",
        always(attribute="connect_listed_at", compare="<="),
        _LISTED,
    ),
    Mutation(
        "listing: six for a connection URL",
        _EXPECTED,
        "acquire_listing",
        always(attribute="connect_listings", compare="<"),
        _LISTED,
    ),
    Mutation(
        "listing: within the cooldown that was read",
        _EXPECTED,
        "acquire_listing",
        drop_operand(of="&", attribute="claim_id"),
        _LISTED,
    ),
    Mutation(
        "listing: never within a demanded wait",
        _EXPECTED,
        "acquire_listing",
        drop_operand(of="&", attribute="acquired_at"),
        _LISTED,
    ),
    Mutation(
        "listing: not after the connection was found",
        _EXPECTED,
        "expecting",
        drop_operand(call="any"),
        "test_second_refresh_within_minute_returns_429_with_seconds",
    ),
    Mutation(
        "listing: each new URL has six",
        _EXPECTED,
        "expect",
        drop_element(attribute="connect_listings"),
        "test_expected_connection_may_be_listed_anew",
    ),
    Mutation(
        "expected connection: only with a URL for a new one",
        _CONNECTING,
        "create_connection_url",
        unconditionally(attribute="reconnect", compare="is"),
        "test_no_connection_is_expected_without_url_for_a_new_one",
    ),
]

_WAITS = [
    Mutation("release: a demanded wait is kept", _COOLDOWNS, "release", always(call="exists"), _KEPT),
    Mutation(
        "release: a longer demanded wait is kept",
        _COOLDOWNS,
        "release",
        drop_operand(attribute="retry_at", compare="<"),
        _KEPT,
    ),
    Mutation(
        "release: a provider's own limit permits no first fetch",
        _COOLDOWNS,
        "release",
        never(),
        "test_wait_by_provider_permits_no_first_fetch",
    ),
    Mutation("extend: only the cooldown that was read", _COOLDOWNS, "extend", always(attribute="claim_id"), _EXTENDED),
    Mutation(
        "extend: a shorter wait shortens nothing",
        _COOLDOWNS,
        "extend",
        always(attribute="retry_at", compare="<"),
        _EXTENDED,
    ),
    Mutation(
        "disconnecting everything keeps the cooldown",
        _REMOVAL,
        "forget_user",
        unconditionally(call="startswith"),
        "test_disconnecting_everything_keeps_cooldown",
    ),
]

FIRST_FETCHES = [*_MARKS, *_RETURNS, *_LISTINGS, *_WAITS]
