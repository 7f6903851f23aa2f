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
_PLAID_WEBHOOKS = "test_another_body_is_refused_without_a_call"
_PLAID_EVENTS = "test_only_a_revocation_deletes_an_account"
_PLAID_WEBHOOK_API = "test_a_forged_kid_is_looked_up_once"
_PLAID_STATUS_API = "test_a_repaired_login_ends_an_expiry"
_PLAID_KEYS = "test_a_key_is_looked_up_once_until_its_time_is_over"
_SNAPTRADE_WEBHOOKS = "test_either_canonical_text_may_be_signed"
_SNAPTRADE_EVENTS = "test_an_update_that_failed_altogether_brings_no_news"
_SNAPTRADE_WEBHOOK_API = "test_disabled_auth_needs_no_secret"
_SNAPTRADE_CONNECTIONS_API = "test_a_fixed_connection_is_well_and_news"
_SNAPTRADE_PERSONAL_KEY = "test_what_another_key_registered_does_not_open_the_person_s_data"
_STRICT_JSON = "test_what_breaks_the_parser_is_a_value_error"
_READS = "test_what_decides_is_read_consistently"
_COOLDOWNS = "test_a_claim_that_the_sdk_sent_before_is_won"
_EVENTS = "test_an_event_counts_once"
_REFRESHES = "test_nothing_of_a_refresh_reaches_another_link"
_SNAPSHOTS = "test_a_snapshot_replaces_only_an_older_one"
_LINKS = "test_linking_takes_the_orphans_over"
_STATUS_CHECKS = "test_a_look_marks_only_what_is_as_it_was_read"
_REMOVAL = "test_only_the_row_that_was_read_is_removed"
_CREDENTIALS = "test_a_lease_has_one_holder_and_one_version"
_HOLDINGS_API = "test_a_provider_route_shows_that_provider_alone"
_RECONCILE_API = "test_a_lost_webhook_is_found_and_the_refresh_shows_it"

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
    "tidings.store.cooldowns": [_COOLDOWNS, _READS],
    "tidings.store.updates": [_EVENTS, _REFRESHES],
    "tidings.store.sources": _CONDITIONS,
    "tidings.store.snapshots": [_SNAPSHOTS, _READS, _HOLDINGS_API, _RECONCILE_API],
    "tidings.store.items": [_LINKS, _EVENTS, _READS],
    "tidings.store.status_checks": [_STATUS_CHECKS, _REFRESHES],
    "tidings.store.removal": [_REMOVAL, _EVENTS, _READS],
    "tidings.store.paid_refreshes": [_COOLDOWNS, _REFRESHES],
    "tidings.store.registration_leases": [_CREDENTIALS],
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
