"""The list of mutations fits the present source, and a few of them, others every day, are really tried."""

import ast
import subprocess
import sys

import pytest

from tests.mutations import table
from tests.mutations.equivalent import EQUIVALENT
from tests.mutations.listed import LISTED, Listed
from tests.mutations.systematic import wanted
from tests.mutations.workshop import ROOT


@pytest.mark.parametrize("one", LISTED, ids=lambda one: one.name)
def test_it_still_applies_and_its_test_is_there(one: Listed) -> None:
    assert ast.parse(one.applied())
    path, _, name = one.test.partition("::")
    functions = {
        node.name for node in ast.walk(ast.parse((ROOT / path).read_text())) if isinstance(node, ast.FunctionDef)
    }
    assert not name or name in functions


def test_no_two_are_the_same() -> None:
    assert len({one.applied() for one in LISTED}) == len(LISTED) == len({one.name for one in LISTED})


def test_what_counts_as_equivalent_is_still_a_change_of_the_source() -> None:
    assert set(EQUIVALENT) <= {one.name for one, _ in wanted()}


def test_the_page_s_tables_are_current() -> None:
    assert table.PAGE.read_text() == table.page()


def test_todays_handful_is_noticed() -> None:
    """In a process that has not imported the layer yet."""
    command = [sys.executable, "-m", "tests.mutations", "--handful", "4"]
    tried = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert tried.returncode == 0, tried.stdout + tried.stderr
    assert tried.stdout.count("noticed") == 4
