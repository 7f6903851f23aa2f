"""Where a change takes effect: in a function that tests run, or when its module is imported."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

from .paths import LAYER
from .recording import Record, module_of
from .small_changes import SmallChange
from .syntax import MODULE_LEVEL, Tree, tree_of


def running_function(change: SmallChange) -> str:
    """Return the outermost function that runs the changed code, or MODULE_LEVEL if an import does."""
    names: list[str] = []
    path = [*reversed(list(change.tree.enclosing(change.old))), change.old]
    for outer, inner in pairwise(path):
        if isinstance(outer, ast.ClassDef):
            names.append(outer.name)
        elif isinstance(outer, ast.FunctionDef):
            return ".".join([*names, outer.name]) if inner in outer.body else MODULE_LEVEL
    return MODULE_LEVEL


def noticing_tests(change: SmallChange, record: Record) -> list[str]:
    """List the tests that may notice the change, the most specific ones first."""
    function = running_function(change)
    place = f"{change.module}:{function}"
    if function != MODULE_LEVEL and place not in record.at_import:
        return record.tests_of([place])
    users = {*_users(_defined(change)), *_functions_around(change)}
    in_module = {one for functions in record.functions.values() for one in functions if _is_in(one, change.module)}
    # Another module may use the same name, so the tests of the module itself come first.
    groups = (users & in_module, in_module, users)
    return list(dict.fromkeys(test for group in groups for test in record.tests_of(group)))


def _functions_around(change: SmallChange) -> Iterator[str]:
    """Name the function that holds the change, in its body or in its head."""
    path = [*reversed(list(change.tree.enclosing(change.old))), change.old]
    names = [node.name for node in path if isinstance(node, ast.ClassDef | ast.FunctionDef)]
    if any(isinstance(node, ast.FunctionDef) for node in path):
        yield f"{change.module}:{'.'.join(names)}"


def _is_in(function: str, module: str) -> bool:
    return function.partition(":")[0] == module


def _defined(change: SmallChange) -> frozenset[str]:
    """Return the names that the changed code defines: of a constant, a class and its attribute, or a function."""
    path = [change.old, *change.tree.enclosing(change.old)]
    return frozenset(name for node in path for name in _names_of(node))


def _names_of(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Assign(targets=targets):
            yield from (part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name


@cache
def _users(names: frozenset[str]) -> set[str]:
    """Return the functions that use any of the names, directly or by another name that is defined from them."""
    known, found = set(names), set[str]()
    grown = True
    while grown:
        grown = False
        for place, used, defined in _uses():
            if used.isdisjoint(known):
                continue
            if place.endswith(f":{MODULE_LEVEL}"):
                grown = grown or not defined <= known
                known |= defined
            else:
                found.add(place)
    return found


@cache
def _uses() -> list[tuple[str, frozenset[str], frozenset[str]]]:
    """List, for each function and each statement outside: the place, the names it uses and those it defines."""
    return [use for path in sorted(LAYER.rglob("*.py")) for use in _uses_in(tree_of(module_of(path)))]


def _uses_in(tree: Tree) -> Iterator[tuple[str, frozenset[str], frozenset[str]]]:
    places: dict[str, set[str]] = defaultdict(set)

    def visit(body: list[ast.stmt], classes: list[str]) -> Iterator[tuple[str, frozenset[str], frozenset[str]]]:
        for node in body:
            if isinstance(node, ast.ClassDef):
                yield from visit(node.body, [*classes, node.name])
            elif isinstance(node, ast.FunctionDef):
                places[".".join([*classes, node.name])] |= _used(node)
            elif not isinstance(node, ast.Import | ast.ImportFrom):
                defined = frozenset({*classes, *_names_of(node)})
                yield f"{tree.module}:{MODULE_LEVEL}", frozenset(_used(node)), defined

    yield from visit(tree.root.body, [])
    yield from ((f"{tree.module}:{name}", frozenset(used), frozenset()) for name, used in places.items())


def _used(node: ast.AST) -> set[str]:
    names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    return names | {part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)}
