"""Small changes to a module's source, each of which some test must notice."""

import ast
from collections.abc import Iterator
from typing import NamedTuple

from .changed_expressions import changed_expressions
from .changed_statements import changed_statements
from .syntax import MODULE_LEVEL, Tree, is_annotation


class SmallChange(NamedTuple):
    """`site`: the part of `old` that the change is about, such as the operand that it leaves out."""

    tree: Tree
    function: str
    kind: str
    site: ast.AST
    old: ast.AST
    new: ast.AST

    @property
    def module(self) -> str:
        return self.tree.module

    @property
    def line(self) -> int:
        """Where the change is in the present source, for people."""
        return getattr(self.site, "lineno", 0)

    @property
    def name(self) -> str:
        """Describe the change for people; it quotes the present code."""
        return f"{self.module}, {self.function}: {self.kind}: `{_shown(self.old)}` -> `{_shown(self.new)}`"

    def applied(self) -> str:
        """Return the module's source after the change."""
        return self.tree.replaced(self.old, self.new)


def small_changes(tree: Tree) -> Iterator[SmallChange]:
    """List every small change of a module."""
    for function, node in _nodes(tree):
        changed = changed_expressions(node, tree) if isinstance(node, ast.expr) else changed_statements(node, tree)
        for kind, site, new in changed:
            yield SmallChange(tree, function, kind, site, node, new)


def _nodes(tree: Tree) -> Iterator[tuple[str, ast.AST]]:
    """List all code but annotations, decorators, docstrings and tables of texts, with its function or class."""

    def inside(node: ast.AST, name: str) -> Iterator[tuple[str, ast.AST]]:
        for child in ast.iter_child_nodes(node):
            if is_annotation(node, child) or _is_left_alone(child):
                continue
            named = isinstance(child, ast.FunctionDef | ast.ClassDef)
            below = f"{name}.{child.name}".lstrip(".") if isinstance(child, ast.FunctionDef | ast.ClassDef) else name
            if not named:
                yield name or MODULE_LEVEL, child
            yield from inside(child, below)

    yield from inside(tree.root, "")


def _is_left_alone(node: ast.AST) -> bool:
    """Tell whether the node names things: an import, a type's parameter, the parts of a formatted text."""
    if isinstance(node, ast.Subscript):
        return not isinstance(node.slice, ast.Slice | ast.Constant | ast.UnaryOp) or _is_text(node.slice)
    return isinstance(node, ast.Import | ast.ImportFrom | ast.JoinedStr)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _shown(node: ast.AST) -> str:
    """Quote the code, shortened if it is long."""
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


_SHOWN = 160
