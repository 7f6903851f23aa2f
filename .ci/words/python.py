"""Read a Python file: definitions, texts that people see, docstrings and comments."""

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

from words.prose import comments, paragraphs
from words.source import Name, Source, Text

_SHOWN_BY = {
    *("told", "warned", "log_info", "log_warning", "info", "warning", "error", "exception", "debug"),
    *("echo", "secho", "ClickException", "UsageError", "BadParameter", "confirm", "prompt"),
}
_SHOWN_AS = {"help", "short_help", "epilog", "title", "detail"}


def read(path: str, text: str, *, shows_texts: bool) -> Source:
    tree = ast.parse(text)
    nodes = list(ast.walk(tree))
    found = Source(names=[Name(1, "module", module_name(path)), *_definitions(nodes)])
    if shows_texts:
        found.texts = sorted(set(_texts(nodes)))
    found.prose = [*_docstrings(nodes), *comments(text, "#")]
    return found


def module_name(path: str) -> str:
    file = PurePosixPath(path)
    return file.parent.name if file.stem == "__init__" else file.stem


def _definitions(nodes: list[ast.AST]) -> Iterator[Name]:
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield Name(node.lineno, "function", node.name)
        elif isinstance(node, ast.ClassDef):
            yield Name(node.lineno, "class", node.name)


def _texts(nodes: list[ast.AST]) -> Iterator[Text]:
    for node in nodes:
        if isinstance(node, ast.Call):
            if _called(node) in _SHOWN_BY:
                yield from _strings(*node.args[:1])
            yield from _strings(*(one.value for one in node.keywords if one.arg in _SHOWN_AS))
        elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            yield from _strings(*node.exc.args)
        elif isinstance(node, ast.Assign) and _SHOWN_AS & {
            one.id for one in ast.walk(node) if isinstance(one, ast.Name)
        }:
            yield from _strings(node.value)


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _strings(*nodes: ast.expr) -> Iterator[Text]:
    """Yield the constants in the expressions that are a text: one word alone is a value."""
    for node in nodes:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Constant) and isinstance(inner.value, str) and " " in inner.value.strip():
                yield Text(inner.lineno, inner.value)


def _docstrings(nodes: list[ast.AST]) -> Iterator[Text]:
    """Yield the paragraphs of every string that stands alone, below an attribute too."""
    for node in nodes:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield from paragraphs(node.value.value, node.lineno)
