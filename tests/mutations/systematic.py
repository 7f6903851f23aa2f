"""Every small change of the signature code and of the conditional writes, and which test notices it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.mutations import covering, workshop
from tests.mutations.equivalent import EQUIVALENT
from tests.mutations.operators import Mutant, mutants

_UNIT = ["tests/unit/providers", "tests/contract/test_webhooks.py", "tests/api"]
SIGNATURES = ("providers/plaid/webhook.py", "providers/plaid/keys.py", "providers/snaptrade/webhook.py",
              "providers/strict_json.py")  # fmt: skip
WRITES = ("store/claims.py", "store/marking.py", "store/sources.py", "store/snapshots.py", "store/items.py",
          "store/checks.py", "store/removal.py", "store/pulls.py", "store/events.py", "store/leases.py",
          "store/revocation.py")  # fmt: skip
_TABLES = ("UpdateState", "ProviderItem", "HoldingsEntry", "WebhookEvent", "LinkSession", "transaction", "condition")
_MOST_TESTS = 40


def wanted() -> Iterator[Mutant]:
    """Of the store only what speaks of a row: conditions, and what is written under them."""
    for path in SIGNATURES:
        yield from mutants(path, (workshop.LAYER / "tidings" / path).read_text())
    for path in WRITES:
        for one in mutants(path, (workshop.LAYER / "tidings" / path).read_text()):
            if any(name in one.old for name in _TABLES):
                yield one


def survivors(only: str, lines: Path) -> list[str]:
    """Those that no test noticed, equivalent ones aside."""
    if not lines.exists():
        command = [sys.executable, "-m", "tests.mutations.covering", str(lines), *_UNIT]
        subprocess.run(command, cwd=workshop.ROOT, check=True, stdout=subprocess.DEVNULL)
    covered, left, number = covering.read(lines), [], 0
    for one in wanted():
        if only not in one.name or one.name in EQUIVALENT:
            continue
        number += 1
        tests = covered.get(one.path, {}).get(one.line, []) or _nearest(covered.get(one.path, {}), one.line)
        verdict = workshop.judged(one.path, one.source, tests[:_MOST_TESTS]) if tests else workshop.Verdict((), 0)
        if not verdict.by:
            left.append(one.name)
        print(
            f"{'noticed' if verdict.by else 'MISSED '} {verdict.seconds:5.1f} s  {one.line}: {one.name}: {', '.join(verdict.by)}",
            flush=True,
        )
    print(f"{number} mutants, {number - len(left)} noticed, {len(left)} missed")
    return left


def _nearest(lines: dict[int, list[str]], line: int) -> list[str]:
    """For a line that ran before the tests, at import, or is a part of a longer statement."""
    for distance in range(1, 25):
        for near in (line - distance, line + distance):
            if lines.get(near):
                return lines[near]
    return []
