"""Try every small change of a module, with the tests that run the changed code. A test must notice each of them."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from . import runner
from .equivalent import EQUIVALENT
from .paths import LAYER
from .places import noticing_tests, running_function
from .recording import Record, module_of, recorded
from .results import ModuleResult, load_survivors, store_result, store_survivors
from .runner import Verdict
from .small_changes import SmallChange, small_changes
from .syntax import MODULE_LEVEL, tree_of
from .warm_tests import Job, WarmTests

_MOST_TESTS = 300
"""The most specific tests are tried. If none of so many notices a change, hardly any other does."""
_FIRST_FILES = 2
"""A change that needs a new import is tried with the tests of so few files first: collecting all takes longer."""
_LIMIT_S = 180
_LIMIT_FACTOR = 30
"""How much longer than recorded tests may take: a change that hangs is noticed, and a slow machine does not count."""


def modules(chosen: str) -> list[str]:
    """List the modules of the layer that are the chosen one or in the chosen package; all of them without a choice."""
    names = [module_of(path) for path in sorted(LAYER.rglob("*.py"))]
    found = [name for name in names if not chosen or name == chosen or name.startswith(f"{chosen}.")]
    if not found:
        raise SystemExit(f"there is no module {chosen}")
    return found


def changes_of(module: str) -> list[SmallChange]:
    """List the changes of a module that a test can notice."""
    changes = list(small_changes(tree_of(module)))
    known = {id(change) for change in equivalent_changes(module, changes)}
    return [change for change in changes if id(change) not in known]


def equivalent_changes(module: str, changes: Sequence[SmallChange]) -> list[SmallChange]:
    """List the changes that no test could notice. Raises AddressError if one does not fit the present source."""
    return [equivalent.among(changes) for equivalent in EQUIVALENT if equivalent.module == module]


def try_modules(chosen: str, *, again: bool = False) -> int:
    """Try the changes of the chosen modules, print a report, and return how many no test noticed.

    `again`: only those changes that no test noticed last time.
    """
    record = recorded()
    wanted = {module: _wanted(module, again=again) for module in modules(chosen)}
    files = sorted({test.partition("::")[0] for changes in wanted.values() for test in _tests(changes, record)})
    survived = 0
    with WarmTests.of_files(files) as warm:
        for module, changes in wanted.items():
            survived += _try_module(module, changes, record, warm) if changes else 0
    return survived


def _wanted(module: str, *, again: bool) -> list[SmallChange]:
    changes = changes_of(module)
    if not again:
        return changes
    last = set(load_survivors(module))
    return [change for change in changes if change.name in last]


def _tests(changes: Sequence[SmallChange], record: Record) -> Iterator[str]:
    for change in changes:
        yield from noticing_tests(change, record)[:_MOST_TESTS]


def _try_module(module: str, changes: Sequence[SmallChange], record: Record, warm: WarmTests) -> int:
    noticed_by: Counter[str] = Counter()
    survivors = []
    for change in changes:
        verdict = _judge(change, record, warm)
        print(f"{verdict} {change.line}: {change.name}", flush=True)
        if not verdict.by:
            survivors.append(change.name)
        noticed_by.update(test.partition("::")[0] for test in verdict.by[:1] if "::" in test)
    equivalent = sum(one.module == module for one in EQUIVALENT)
    noticed = len(changes_of(module)) - len(survivors)
    today = datetime.now(UTC).date().isoformat()
    result = ModuleResult(today, noticed, equivalent, len(survivors), [file for file, _ in noticed_by.most_common()])
    print(result.describe(module), flush=True)
    store_result(module, result)
    store_survivors(module, survivors)
    return len(survivors)


def _judge(change: SmallChange, record: Record, warm: WarmTests) -> Verdict:
    began = time.monotonic()
    tests = noticing_tests(change, record)[:_MOST_TESTS]
    function = running_function(change)
    if f"{change.module}:{function}" in record.at_import:
        function = MODULE_LEVEL
    limit_s = _LIMIT_S + _LIMIT_FACTOR * sum(record.seconds[test] for test in tests)
    by = warm.judge(Job(change.module, function, change.applied(), tests, limit_s))
    if by is None:
        by = _judge_anew(change, tests)
    return Verdict(by, time.monotonic() - began)


def _judge_anew(change: SmallChange, tests: Sequence[str]) -> tuple[str, ...]:
    files = list(dict.fromkeys(test.partition("::")[0] for test in tests))
    first = [test for test in tests if test.partition("::")[0] in files[:_FIRST_FILES]]
    for part in (first, [test for test in tests if test not in set(first)]):
        verdict = runner.judge(change.module, change.applied(), part) if part else None
        if verdict and verdict.by:
            return verdict.by
    return ()
