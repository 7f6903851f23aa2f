"""The mutations fit the present source. `make mutation-sample` tries a few of them."""

import ast

import pytest

from . import table
from .equivalent import EQUIVALENT
from .listed import LISTED
from .mutation import Mutation
from .named_tests import file_of
from .paths import PAGE
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
