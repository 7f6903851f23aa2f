"""A change that takes effect at import is judged in a process that has imported the module already, or in a new one."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from . import runner
from .paths import ROOT
from .selection import Where, only
from .small_changes import small_changes
from .syntax import MODULE_LEVEL, tree_of
from .warm_tests import IMPORT_FAILS, Job, WarmTests

_EXPECTED = "tests/unit/store/test_expected_connections.py"
_WRITES = "tests/unit/store/test_conditional_writes.py"
_ITEMS = "tests/integration/store/test_items.py"


@pytest.fixture(scope="module")
def warm() -> Iterator[WarmTests]:
    with WarmTests.of_files([_EXPECTED, _WRITES, _ITEMS]) as warm:
        yield warm


def _changed(module: str, kind: str, where: Where) -> str:
    tree = tree_of(module)
    return only([one for one in small_changes(tree) if one.kind == kind], where, tree, module).applied()


def _judged(warm: WarmTests, module: str, kind: str, where: Where, file: str) -> tuple[str, ...] | None:
    return warm.judge(Job(module, MODULE_LEVEL, _changed(module, kind, where), [file], 600))


def test_unchanged_function_is_noticed_by_no_test(warm: WarmTests) -> None:
    """The tests pass in any order, whether they use the emulated account or not."""
    module = "tidings.store.items"
    source = ast.unparse(tree_of(module).root)
    for files in ([_ITEMS, _EXPECTED], [_WRITES, _ITEMS]):
        assert warm.judge(Job(module, "read_row", source, files, 600)) == ()


def test_changed_constant_is_noticed(warm: WarmTests) -> None:
    found = _judged(warm, "tidings.store.expected_connections", "raise constant", Where(constant=3_600_000), _EXPECTED)
    assert found
    assert found[0].startswith(f"{_EXPECTED}::test_connection_is_expected_until_one_is_linked")


def test_changed_constant_that_no_test_reads_is_left_to_a_new_process(warm: WarmTests) -> None:
    module = "tidings.store.expected_connections"
    assert _judged(warm, module, "raise constant", Where(constant=10_000), _EXPECTED) is None


def test_test_that_fails_because_a_class_exists_twice_notices_nothing(warm: WarmTests) -> None:
    module = "tidings.store.conditional_writes"
    assert _judged(warm, module, "lengthen text", Where(constant="T"), _WRITES) is None


def test_module_that_cannot_be_imported_is_noticed(warm: WarmTests) -> None:
    where = Where(constant="EXCHANGE_RATES")
    assert _judged(warm, "tidings.store.exchange_rates", "lengthen text", where, _EXPECTED) == (IMPORT_FAILS,)


_JUDGE = """
import json, sys
from {package} import runner
print(json.dumps([runner.judge(*job).by for job in json.load(sys.stdin)]))
"""


def test_new_process_notices_a_change_and_a_layer_that_cannot_be_imported() -> None:
    """Use a process that has not imported the layer yet. In the second case pytest itself cannot begin."""
    module, test = "tidings.store.expected_connections", "test_connection_is_expected_until_one_is_linked"
    changed = _changed(module, "raise constant", Where(constant=3_600_000))
    jobs = [(module, changed, [f"{_EXPECTED}::{test}"]), ("tidings.store.tables", "raise ImportError", [_ITEMS])]
    script = _JUDGE.format(package=runner.__name__.rpartition(".")[0])

    judged = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, input=json.dumps(jobs), capture_output=True, text=True, check=False
    )

    assert judged.returncode == 0, judged.stderr
    (noticed_by,), at_import = json.loads(judged.stdout)
    assert noticed_by.startswith(f"{_EXPECTED}::{test}")
    assert at_import == [IMPORT_FAILS]
