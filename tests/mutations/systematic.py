"""Every small change of the signature code and of the conditional writes, and which test notices it."""

from collections.abc import Iterator

from tests.mutations import workshop
from tests.mutations.equivalent import EQUIVALENT
from tests.mutations.operators import Mutant, mutants

_UNIT, _API, _CONDITIONS = "tests/unit/providers", "tests/api", "tests/api/conditions"
SIGNATURES = {
    "providers/plaid/webhook.py": [
        f"{_UNIT}/test_plaid_webhook.py",
        f"{_UNIT}/test_plaid_read.py",
        f"{_API}/test_plaid_webhook.py",
        f"{_API}/test_plaid_status.py",
    ],
    "providers/plaid/keys.py": [f"{_UNIT}/test_plaid_keys.py", f"{_UNIT}/test_plaid_webhook.py"],
    "providers/snaptrade/webhook.py": [
        f"{_UNIT}/test_snaptrade_webhook.py",
        f"{_UNIT}/test_snaptrade_read.py",
        f"{_API}/test_snaptrade_connections.py",
        f"{_API}/test_snaptrade_webhook.py",
        f"{_API}/test_snaptrade_personal_key.py",
    ],
    "providers/strict_json.py": [
        f"{_UNIT}/test_strict_json.py",
        f"{_UNIT}/test_plaid_webhook.py",
        f"{_UNIT}/test_snaptrade_webhook.py",
    ],
}
_READS = f"{_CONDITIONS}/test_reads.py"
WRITES = {
    "store/claims.py": [f"{_CONDITIONS}/test_claims.py", _READS],
    "store/marking.py": [f"{_CONDITIONS}/test_events.py", f"{_CONDITIONS}/test_refreshes.py"],
    "store/sources.py": [_CONDITIONS],
    "store/snapshots.py": [f"{_CONDITIONS}/test_snapshots.py", _READS, f"{_API}/test_reconcile.py"],
    "store/items.py": [f"{_CONDITIONS}/test_links.py", f"{_CONDITIONS}/test_events.py", _READS],
    "store/checks.py": [f"{_CONDITIONS}/test_looks.py", f"{_CONDITIONS}/test_refreshes.py"],
    "store/removal.py": [f"{_CONDITIONS}/test_removal.py", f"{_CONDITIONS}/test_events.py", _READS],
    "store/pulls.py": [f"{_CONDITIONS}/test_claims.py", f"{_CONDITIONS}/test_refreshes.py"],
    "store/leases.py": [f"{_CONDITIONS}/test_credentials.py"],
    "store/revocation.py": [f"{_CONDITIONS}/test_credentials.py", _READS, f"{_API}/test_plaid_status.py"],
}
_SCANS = frozenset({"all_sealed", "page", "_rows"})
"""Of operators and schedules: they read, and what they read is looked at again."""

_ROWS = ("UpdateState.", "ProviderItem.", "HoldingsEntry.", "transaction.", "condition=", "_at_version", "_as_read")


def wanted() -> Iterator[tuple[Mutant, list[str]]]:
    """With the tests that are to notice. Of the store only what speaks of a row's attributes, or of a transaction."""
    for path, tests in {**SIGNATURES, **WRITES}.items():
        for one in mutants(path, (workshop.LAYER / "tidings" / path).read_text()):
            if path in SIGNATURES or (one.function not in _SCANS and any(word in one.old for word in _ROWS)):
                yield one, tests


def survivors(only: str) -> list[str]:
    """Those that no test noticed, equivalent ones aside."""
    left, number = [], 0
    for one, tests in wanted():
        if only not in one.name or one.name in EQUIVALENT:
            continue
        number += 1
        verdict = workshop.judged(one.path, one.source, tests)
        if not verdict.by:
            left.append(one.name)
        print(f"{verdict} {one.line}: {one.name}", flush=True)
    print(f"{number} mutants, {number - len(left)} noticed, {len(left)} missed")
    return left
