"""A module's syntax tree, in which one node at a time can be replaced."""

import ast
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path

from .paths import LAYER

MODULE_LEVEL = "module"
"""Stands for a function's name where the code is outside of all functions."""

_DEFINITION = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class AddressError(ValueError):
    """An address does not lead to exactly one node."""


def path_of(module: str) -> Path:
    """Find the file of a dotted module, relative to the layer. Raises AddressError if there is none."""
    plain = Path(*module.split(".")).with_suffix(".py")
    for path in (plain, plain.with_suffix("") / "__init__.py"):
        if (LAYER / path).is_file():
            return path
    raise AddressError(f"there is no module {module}")


@cache
def tree_of(module: str) -> "Tree":
    return Tree(module, (LAYER / path_of(module)).read_text())


class Tree:
    def __init__(self, module: str, source: str) -> None:
        self.module = module
        self.root = ast.parse(source)

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        return {child: parent for parent in ast.walk(self.root) for child in ast.iter_child_nodes(parent)}

    def nodes(self, function: str) -> list[ast.AST]:
        """List the code of one function, with functions nested in it, in the order of the source."""
        if function == MODULE_LEVEL:
            found: list[ast.AST] = [node for node in self.root.body if not isinstance(node, _DEFINITION)]
        else:
            found = list(self._function(function).body)
        return [node for statement in found for node in _code(statement)]

    def enclosing(self, node: ast.AST) -> Iterator[ast.AST]:
        """Walk from the node's parent up to the module."""
        while node in self.parents:
            node = self.parents[node]
            yield node

    def replaced(self, old: ast.AST, new: ast.AST) -> str:
        """Return the module's source with `new` in place of `old`."""
        parent = self.parents[old]
        for field, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, field, new)
                changed = ast.unparse(self.root)
                setattr(parent, field, old)
                return changed
            if isinstance(value, list) and any(one is old for one in value):
                position = next(number for number, one in enumerate(value) if one is old)
                value[position] = new
                changed = ast.unparse(self.root)
                value[position] = old
                return changed
        raise AssertionError("a parent holds its child")

    def _function(self, name: str) -> ast.FunctionDef | ast.AsyncFunctionDef:
        body: list[ast.stmt] = self.root.body
        found: ast.AST | None = None
        for part in name.split("."):
            found = next((node for node in body if isinstance(node, _DEFINITION) and node.name == part), None)
            body = found.body if found else []
        if not isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef):
            raise AddressError(f"{self.module} has no function {name}")
        return found


def _code(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for child in ast.iter_child_nodes(node):
        if not is_annotation(node, child):
            yield from _code(child)


def is_annotation(parent: ast.AST, child: ast.AST) -> bool:
    """Tell whether a child is left alone: an annotation, a decorator or a docstring."""
    if isinstance(parent, ast.AnnAssign | ast.arg) and child is parent.annotation:
        return True
    if isinstance(parent, ast.FunctionDef) and child in {parent.returns, *parent.decorator_list}:
        return True
    if isinstance(parent, ast.ClassDef) and child in parent.decorator_list:
        return True
    return isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)


def last_name(callee: ast.expr) -> str:
    """Return `save` for `transaction.save`, `min` for `min`."""
    match callee:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""
