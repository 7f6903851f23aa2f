"""Every small change of the signature code and of the conditional writes, and the tests that may notice it."""

from collections.abc import Iterator
from typing import NamedTuple

from . import runner
from .equivalent import EQUIVALENT
from .named_tests import files_of
from .rows import concerns_rows
from .small_changes import SmallChange, small_changes
from .syntax import tree_of

# A test stands for the whole file that it is in.
_PLAID_WEBHOOKS = "test_other_body_is_refused_without_call"
_PLAID_EVENTS = "test_only_revocation_deletes_account"
_PLAID_WEBHOOK_API = "test_forged_kid_is_looked_up_once"
_PLAID_STATUS_API = "test_login_repaired_clears_expiry"
_PLAID_KEYS = "test_key_is_looked_up_once_until_expiry"
_SNAPTRADE_WEBHOOKS = "test_either_canonical_text_may_be_signed"
_SNAPTRADE_EVENTS = "test_fully_failed_update_has_no_update"
_SNAPTRADE_WEBHOOK_API = "test_disabled_auth_needs_no_secret"
_SNAPTRADE_CONNECTIONS_API = "test_fixed_connection_is_ok_and_pending"
_SNAPTRADE_PERSONAL_KEY = "test_commercial_credential_does_not_open_personal_key_data"
_STRICT_JSON = "test_parser_breaking_input_is_value_error"
_READS = "test_deciding_reads_are_consistent"
_FIRST_FETCHES = "test_first_fetch_is_acquired_under_exact_conditions"
_COOLDOWNS = "test_cooldown_acquired_by_sdk_retry_is_own"
_EVENTS = "test_event_is_counted_once"
_REFRESHES = "test_refresh_writes_nothing_to_other_link"
_SNAPSHOTS = "test_snapshot_replaces_only_older_snapshot"
_LINKS = "test_link_takes_over_orphan_updates"
_STATUS_CHECKS = "test_check_records_update_only_for_unchanged_source"
_REMOVAL = "test_removal_requires_row_as_read"
_TOKEN_LEASES = "test_link_requires_own_lease"
_LOST_ITEMS = "test_item_is_ended_at_plaid_while_kms_is_down"
_ENDED_USERS = "test_session_from_before_links_nothing_and_its_item_is_ended"
_LOST_SECRETS = "test_registration_is_deleted_while_kms_is_down"
_CREDENTIALS = "test_lease_has_one_holder_and_version"
_HOLDINGS_API = "test_provider_holdings_route_shows_one_provider"
_RECONCILE_API = "test_lost_webhook_is_found_and_refreshed"

_CONDITIONS = [
    _COOLDOWNS,
    _CREDENTIALS,
    _EVENTS,
    _LINKS,
    _STATUS_CHECKS,
    _READS,
    _REFRESHES,
    _REMOVAL,
    _SNAPSHOTS,
]

SIGNATURES = {
    "tidings.providers.plaid.webhook": [_PLAID_WEBHOOKS, _PLAID_EVENTS, _PLAID_WEBHOOK_API, _PLAID_STATUS_API],
    "tidings.providers.plaid.verification_keys": [_PLAID_KEYS, _PLAID_WEBHOOKS],
    "tidings.providers.snaptrade.webhook": [
        _SNAPTRADE_WEBHOOKS,
        _SNAPTRADE_EVENTS,
        _SNAPTRADE_CONNECTIONS_API,
        _SNAPTRADE_WEBHOOK_API,
        _SNAPTRADE_PERSONAL_KEY,
    ],
    "tidings.http.strict_json": [_STRICT_JSON, _PLAID_WEBHOOKS, _SNAPTRADE_WEBHOOKS],
}
WRITES = {
    "tidings.store.cooldowns": [_COOLDOWNS, _READS, _FIRST_FETCHES],
    "tidings.store.first_fetches": [_FIRST_FETCHES],
    "tidings.store.expected_connections": [_FIRST_FETCHES],
    "tidings.store.links": [_LINKS, _FIRST_FETCHES, _EVENTS],
    "tidings.store.updates": [_EVENTS, _REFRESHES],
    "tidings.store.sources": _CONDITIONS,
    "tidings.store.end_reports": [_REFRESHES],
    "tidings.store.snapshots": [_SNAPSHOTS, _READS, _HOLDINGS_API, _RECONCILE_API],
    "tidings.store.items": [_LINKS, _EVENTS, _READS],
    "tidings.store.status_checks": [_STATUS_CHECKS, _REFRESHES],
    "tidings.store.removal": [_REMOVAL, _EVENTS, _READS],
    "tidings.store.paid_refreshes": [_COOLDOWNS, _REFRESHES],
    "tidings.store.registration_leases": [_CREDENTIALS, _LOST_SECRETS],
    "tidings.store.ended_users": [_ENDED_USERS],
    "tidings.store.token_leases": [_TOKEN_LEASES, _LOST_ITEMS],
    "tidings.store.revocation": [_CREDENTIALS, _READS, _PLAID_STATUS_API],
}


class Wanted(NamedTuple):
    change: SmallChange
    tests: list[str]


def wanted() -> Iterator[Wanted]:
    """List every change of the signature code, and those of the store that concern rows or a transaction."""
    for module, tests in {**SIGNATURES, **WRITES}.items():
        for change in small_changes(tree_of(module)):
            if module in SIGNATURES or concerns_rows(change):
                yield Wanted(change, tests)


def equivalent_changes(changes: list[Wanted]) -> list[SmallChange]:
    """List the changes that no test could notice. Raises AddressError if one does not fit the present source."""
    return [equivalent.among([change for change, _ in changes]) for equivalent in EQUIVALENT]


def survivors(only: str) -> list[str]:
    """Try every change whose name contains `only`. Return those that no test noticed, without the equivalent ones."""
    missed, number = [], 0
    changes = list(wanted())
    known = equivalent_changes(changes)
    for change, tests in changes:
        if only not in change.name or change in known:
            continue
        number += 1
        verdict = runner.judge(change.module, change.applied(), files_of(tests))
        if not verdict.by:
            missed.append(change.name)
        print(f"{verdict} {change.old.lineno}: {change.name}", flush=True)
    print(f"{number} changes, {number - len(missed)} noticed, {len(missed)} missed")
    return missed
