"""Try a few mutations and small changes, others every day.

One process collects the tests for all of them. The record of what each test runs may not exist. So a small change is
one of a module in which tests noticed all of them, and the files of these tests are run first. What survives is tried
again in a new process, a small change with all other tests as well: then it is certain to survive.
"""

import time
from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from . import runner
from .listed import LISTED
from .mutation import Mutation
from .named_tests import node_id
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


class _Trial(NamedTuple):
    """`tests`: those that run first. `all_tests`: those that a change must survive. `is_local`: within its function."""

    name: str
    module: str
    function: str
    source: str
    tests: Sequence[str]
    all_tests: Sequence[str]
    is_local: bool = True


def try_sample(day: int, mutations: int, changes: int) -> int:
    """Try so many listed mutations and small changes, and return how many no test noticed."""
    listed = [_of_mutation(one) for one in _chosen_mutations(day, mutations)]
    small = [_of_change(change, files) for change, files in _chosen_changes(day, changes)]
    files = dict.fromkeys(test.partition("::")[0] for trial in (*listed, *small) for test in trial.tests)
    with WarmTests.of_files(list(files)) as warm:
        return _try_all("mutations", listed, warm) + _try_all("changes", small, warm)


def _try_all(kind: str, trials: Sequence[_Trial], warm: WarmTests) -> int:
    survived = 0
    for trial in trials:
        verdict = _judge(trial, warm)
        survived += not verdict.by
        print(f"{verdict} {trial.name}", flush=True)
    print(f"{len(trials)} {kind}, {len(trials) - survived} noticed, {survived} missed")
    return survived


def _judge(trial: _Trial, warm: WarmTests) -> Verdict:
    began = time.monotonic()
    job = Job(trial.module, trial.function, trial.source, trial.tests, _LIMIT_S)
    by = warm.judge(job) if trial.is_local else None
    return Verdict(by, time.monotonic() - began) if by else runner.judge(trial.module, trial.source, trial.all_tests)


def _chosen_mutations(day: int, size: int) -> Sequence[Mutation]:
    """Choose listed mutations, others every day, none that starts an engine."""
    quick = [mutation for mutation in LISTED if not mutation.on_engine]
    return [quick[(day * size + number) % len(quick)] for number in range(size)]


def _of_mutation(mutation: Mutation) -> _Trial:
    tests = [node_id(mutation.test)]
    is_local = mutation.function != MODULE_LEVEL and not mutation.operator.appendix
    return _Trial(mutation.name, mutation.module, mutation.function, mutation.applied(), tests, tests, is_local)


def _chosen_changes(day: int, size: int) -> Sequence[tuple[SmallChange, list[str]]]:
    """Choose small changes of a few modules, each with the files of tests that noticed changes of its module."""
    random = Random(day)
    whole = {name: result for name, result in load_results().items() if result.survived == 0 and _files(result)}
    chosen: list[tuple[SmallChange, list[str]]] = []
    for module in random.sample(sorted(whole), min(_MODULES, len(whole))):
        changes = [change for change in changes_of(module) if running_function(change) != MODULE_LEVEL]
        files = _files(whole[module])[:_FILES]
        chosen += [(change, files) for change in random.sample(changes, min(size // _MODULES, len(changes)))]
    return chosen


def _files(result: ModuleResult) -> list[str]:
    """List the files that noticed changes, as far as they are still there."""
    return [file for file in result.noticed_by if (ROOT / file).is_file()]


def _of_change(change: SmallChange, files: Sequence[str]) -> _Trial:
    function = running_function(change)
    return _Trial(change.name, change.module, function, change.applied(), files, [*files, *FAST])
