"""The mutations fit the present source, and a few of them, others every day, are really tried."""

import ast
import subprocess
import sys

import pytest

from . import runner, table
from .equivalent import EQUIVALENT
from .listed import LISTED
from .mutation import Mutation
from .named_tests import file_of
from .paths import PAGE, ROOT
from .results import load_results
from .small_changes import small_changes
from .syntax import tree_of
from .systematic import equivalent_changes, modules


@pytest.mark.parametrize("mutation", LISTED, ids=lambda mutation: mutation.name)
def test_listed_mutation_applies_and_its_test_exists(mutation: Mutation) -> None:
    assert ast.parse(mutation.applied())
    assert file_of(mutation.test)


def test_listed_mutations_are_all_different() -> None:
    assert len({mutation.applied() for mutation in LISTED}) == len(LISTED)
    assert len({mutation.name for mutation in LISTED}) == len(LISTED)


def test_mutations_change_the_module_and_leave_the_tree_as_it_was() -> None:
    before = {mutation.module: ast.unparse(tree_of(mutation.module).root) for mutation in LISTED}
    assert all(mutation.applied() != before[mutation.module] for mutation in LISTED)
    assert before == {module: ast.unparse(tree_of(module).root) for module in before}


@pytest.mark.parametrize("module", sorted({one.module for one in EQUIVALENT}))
def test_equivalent_changes_are_changes_of_the_source(module: str) -> None:
    equivalent = equivalent_changes(module, list(small_changes(tree_of(module))))
    assert len({id(change) for change in equivalent}) == len(equivalent)


def test_results_are_those_of_present_modules() -> None:
    assert set(load_results()) <= set(modules(""))


def test_page_shows_current_tables() -> None:
    assert PAGE.read_text() == table.page()


@pytest.mark.timeout(1800)  # it starts pytest several times: a limit for a hang, however slow the machine is
def test_sample_of_today_is_noticed() -> None:
    """Use a process that has not imported the layer yet."""
    package = runner.__name__.rpartition(".")[0]
    command = [sys.executable, "-m", package, "sample"]
    tried = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert tried.returncode == 0, tried.stdout + tried.stderr
    assert "4 mutations, 4 noticed" in tried.stdout
