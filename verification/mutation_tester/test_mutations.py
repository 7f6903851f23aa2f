"""The listed mutations fit the present source, and a few of them, others every day, are really tried."""

import ast
import subprocess
import sys

import pytest

from . import runner, table
from .listed import LISTED
from .mutation import Mutation
from .named_tests import file_of, files_of
from .paths import PAGE, ROOT
from .syntax import tree_of
from .systematic import SIGNATURES, WRITES, equivalent_changes, wanted


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


def test_systematic_changes_name_existing_tests() -> None:
    assert all(files_of(tests) for tests in (*SIGNATURES.values(), *WRITES.values()))


def test_equivalent_changes_are_changes_of_the_source() -> None:
    equivalent = equivalent_changes(list(wanted()))
    assert len({id(change) for change in equivalent}) == len(equivalent)


def test_page_shows_current_tables() -> None:
    assert PAGE.read_text() == table.page()


@pytest.mark.timeout(1800)  # it starts pytest four times: a limit for a hang, however slow the machine is
def test_handful_of_today_is_noticed() -> None:
    """Use a process that has not imported the layer yet."""
    package = runner.__name__.rpartition(".")[0]
    command = [sys.executable, "-m", package, "--handful", "4"]
    tried = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert tried.returncode == 0, tried.stdout + tried.stderr
    assert "4 noticed" in tried.stdout
