"""Nothing of ours deletes a SnapTrade user whom the user did not ask to delete: every way to that call is listed here.

Functions are followed by name, whatever module they are in, so that no way in is missed.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.support.stack import ROOT

SOURCES = [ROOT / "layers" / "common" / "src" / "tidings", ROOT / "cli" / "tidings_cli", ROOT / "functions"]
CALL = "/snapTrade/deleteUser"


def functions() -> Iterator[tuple[Path, ast.FunctionDef]]:
    for folder in SOURCES:
        for path in folder.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.FunctionDef):
                    yield path, node


def named(node: ast.AST) -> set[str]:
    """Every name and attribute that stands in a function, called or handed on."""
    walked = list(ast.walk(node))
    names = {one.id for one in walked if isinstance(one, ast.Name)}
    return names | {one.attr for one in walked if isinstance(one, ast.Attribute)}


def holding(name: str) -> set[tuple[str, str]]:
    return {(path.stem, node.name) for path, node in functions() if name in named(node) and node.name != name}


def test_one_function_makes_the_call() -> None:
    makers = {
        node.name
        for _, node in functions()
        if any(isinstance(one, ast.Constant) and one.value == CALL for one in ast.walk(node))
    }
    assert makers == {"delete_user"}


def test_it_is_reached_by_what_users_ask_for_and_no_other_way() -> None:
    """Down from what a user asks for to the call, each step with all that lead to it."""
    assert holding("delete_user") == {
        ("snaptrade", "_end_at_snaptrade"),  # connecting.snaptrade
        ("snaptrade_user", "_registered_anew"),
        ("connections", "end_everything"),  # by connecting.snaptrade's own delete_user
        ("ending", "_end_snaptrade_user"),  # of the command `tidings teardown`
    }
    assert holding("_end_at_snaptrade") == {("snaptrade", "delete_user")}
    assert holding("end_everything") == {("connections", "_delete_all"), ("users", "_delete")}
    assert holding("_end_snaptrade_user") == {("ending", "_end")}
    assert holding("end_all") == {("teardown", "_end")}
    assert holding("_registered_anew") == {("snaptrade_user", "replace")}


def test_replacing_takes_the_user_s_word() -> None:
    """`replace` (a name that texts have too) is called for a SnapTrade user in one place, behind the request's word."""
    callers = [
        (path.stem, node)
        for path, node in functions()
        for one in ast.walk(node)
        if isinstance(one, ast.Attribute) and one.attr == "replace" and ast.unparse(one) == "snaptrade_user.replace"
    ]
    [(module, caller)] = callers
    assert (module, caller.name) == ("snaptrade", "_with_access")
    assert "if not replace:" in ast.unparse(caller)
    assert "replace=body.replace" in (ROOT / "layers/common/src/tidings/connecting/snaptrade.py").read_text("utf-8")


def test_no_function_beside_the_route_s_own_deletes_everything() -> None:
    routes = (ROOT / "layers" / "common" / "src" / "tidings" / "connections.py").read_text("utf-8")
    assert routes.count("_delete_all") == 2, "defined, and the handler of one route"
    assert '"DELETE /connections": _delete_all' in routes
