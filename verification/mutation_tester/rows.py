"""Find the code of the store that concerns rows: their attributes, a condition, a transaction."""

import ast
from functools import cache

from .small_changes import SmallChange
from .syntax import Tree, last_name, tree_of

_TABLES = "tidings.store.tables"


def concerns_rows(change: SmallChange) -> bool:
    """Tell whether the changed code mentions rows, in a function that does not scan a whole table.

    Scans are for operators and schedules; what they find is read again before it is acted on.
    """
    in_scan = not _scans(change.module).isdisjoint(change.function.split("."))
    return _mentions_rows(change.old, change.tree) and not in_scan


def _mentions_rows(node: ast.AST, tree: Tree) -> bool:
    models, transactions, conditions = _models(tree.module), _transactions(tree.module), _conditions(tree.module)
    for part in ast.walk(node):
        match part:
            case ast.Attribute(value=ast.Name(id=name)) if name in models | transactions:
                return True
            case ast.Call(func=callee) if last_name(callee) in conditions:
                return True
            case ast.keyword(arg="condition"):
                return True
    return False


@cache
def _models(module: str) -> frozenset[str]:
    """List the tables' models that a module imports."""
    models = {node.name for node in tree_of(_TABLES).root.body if isinstance(node, ast.ClassDef)}
    imports = [node for node in tree_of(module).root.body if isinstance(node, ast.ImportFrom)]
    names = {alias.asname or alias.name for node in imports if node.module == _TABLES for alias in node.names}
    return frozenset(names & models)


@cache
def _transactions(module: str) -> frozenset[str]:
    """List the parameters that are a transaction."""
    parameters = [node for node in ast.walk(tree_of(module).root) if isinstance(node, ast.arg)]
    return frozenset(one.arg for one in parameters if _annotated(one.annotation, "TransactWrite"))


@cache
def _conditions(module: str) -> frozenset[str]:
    """List the module's functions that return a condition."""
    functions = [node for node in ast.walk(tree_of(module).root) if isinstance(node, ast.FunctionDef)]
    return frozenset(function.name for function in functions if _annotated(function.returns, "Condition"))


def _annotated(annotation: ast.expr | None, kind: str) -> bool:
    names = ast.walk(annotation) if annotation else ()
    return any(isinstance(node, ast.Name) and node.id == kind for node in names)


@cache
def _scans(module: str) -> frozenset[str]:
    functions = [node for node in ast.walk(tree_of(module).root) if isinstance(node, ast.FunctionDef)]
    calls = {
        function.name: [node for node in ast.walk(function) if isinstance(node, ast.Call)] for function in functions
    }
    return frozenset(name for name, made in calls.items() if any(last_name(call.func) == "scan" for call in made))
