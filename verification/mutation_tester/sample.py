"""Try a few small changes, others every day, of modules in which tests noticed all of them.

The record of what each test runs may not exist. So the files of tests that noticed changes of the module last time are
run first, and then all others: a change that survives is certain to do so.
"""

import time
from collections.abc import Sequence
from random import Random

from . import runner
from .paths import ROOT
from .places import running_function
from .recording import FAST
from .results import ModuleResult, load_results
from .runner import Verdict
from .small_changes import SmallChange
from .syntax import MODULE_LEVEL
from .systematic import changes_of
from .warm_tests import Job, WarmTests

_MODULES = 2
"""Each module needs tests of its own to be collected."""
_FILES = 3
_LIMIT_S = 600


def try_sample(day: int, size: int) -> int:
    """Try so many changes, and return how many no test noticed."""
    random = Random(day)
    whole = {name: result for name, result in load_results().items() if result.survived == 0 and _files(result)}
    survived = 0
    for module in random.sample(sorted(whole), min(_MODULES, len(whole))):
        changes = [change for change in changes_of(module) if running_function(change) != MODULE_LEVEL]
        chosen = random.sample(changes, min(size // _MODULES, len(changes)))
        survived += _try_changes(chosen, _files(whole[module])[:_FILES])
    return survived


def _files(result: ModuleResult) -> list[str]:
    """List the files that noticed changes, as far as they are still there."""
    return [file for file in result.noticed_by if (ROOT / file).is_file()]


def _try_changes(changes: Sequence[SmallChange], files: Sequence[str]) -> int:
    survived = 0
    with WarmTests.of_files(files) as warm:
        for change in changes:
            began = time.monotonic()
            job = Job(change.module, running_function(change), change.applied(), files, _LIMIT_S)
            by = warm.judge(job) or runner.judge(change.module, change.applied(), [*files, *FAST]).by
            survived += not by
            print(f"{Verdict(by, time.monotonic() - began)} {change.name}", flush=True)
    print(f"{len(changes)} changes, {len(changes) - survived} noticed, {survived} missed")
    return survived
