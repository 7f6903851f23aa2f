"""What a careless change leaves of a clause: transformations of one function's code, each of exactly one node."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Unpack

from .operands import joined, operands_of
from .selection import Where, Words, only
from .syntax import Tree, last_name
from .transactions import ONE_BY_ONE


class Change(NamedTuple):
    """`site`: what an address selects by; `old` is replaced by `new`."""

    site: ast.AST
    old: ast.AST
    new: ast.AST


class Code(NamedTuple):
    tree: Tree
    nodes: list[ast.AST]


@dataclass(frozen=True)
class Operator:
    name: str
    changes: Callable[[Code], Iterator[Change]]
    where: Where
    outermost: bool = False
    appendix: str = ""
    """Code that the changed module needs at its end."""

    def applied(self, module: Tree, function: str) -> str:
        """Return the module's source after the change. Raises AddressError unless it selects exactly one node."""
        changes = list(self.changes(Code(module, module.nodes(function))))
        what = f"{self.name} in {module.module}, {function}"
        chosen = only(changes, self.where, module, what, outermost=self.outermost)
        return module.replaced(chosen.old, chosen.new) + self.appendix


def drop_operand(of: str | None = None, **words: Unpack[Words]) -> Operator:
    """Leave out one operand of `&`, `|`, `and`, `or` (of any of them, or of the one named)."""

    def changes(code: Code) -> Iterator[Change]:
        for node in code.nodes:
            symbol, operands = operands_of(node)
            inner = symbol and symbol == operands_of(code.tree.parents[node])[0]
            if not inner and (symbol == of if of else symbol != "+"):
                for number, operand in enumerate(operands):
                    rest = operands[:number] + operands[number + 1 :]
                    yield Change(operand, node, joined(node, rest))

    return Operator("drop_operand", changes, Where(**words))


def drop_element(**words: Unpack[Words]) -> Operator:
    """Leave out one element of a list, a tuple or a set."""

    def changes(code: Code) -> Iterator[Change]:
        for node in code.nodes:
            if isinstance(node, ast.List | ast.Tuple | ast.Set):
                for number, element in enumerate(node.elts):
                    rest = node.elts[:number] + node.elts[number + 1 :]
                    yield Change(element, node, type(node)(elts=rest))

    return Operator("drop_element", changes, Where(**words), outermost=True)


def drop_entry(key: str | None) -> Operator:
    """Leave out one entry of a dictionary; None stands for what is unpacked into it."""

    def changes(code: Code) -> Iterator[Change]:
        for node in code.nodes:
            for number, of in enumerate(node.keys) if isinstance(node, ast.Dict) else ():
                if (of.value if isinstance(of, ast.Constant) else of) == key:
                    assert isinstance(node, ast.Dict)
                    keys, values = list(node.keys), list(node.values)
                    del keys[number], values[number]
                    yield Change(node, node, ast.Dict(keys, values))

    return Operator(f"drop_entry({key!r})", changes, Where())


def drop_argument(of: str | None = None, **words: Unpack[Words]) -> Operator:
    """Leave out one argument, such as the condition of a write, of any call or of those of one name."""

    def changes(code: Code) -> Iterator[Change]:
        for node in code.nodes:
            if isinstance(node, ast.Call) and of in {None, last_name(node.func)}:
                for argument in node.args:
                    rest = [one for one in node.args if one is not argument]
                    yield Change(argument, node, ast.Call(node.func, rest, node.keywords))
                for keyword in node.keywords:
                    others = [one for one in node.keywords if one is not keyword]
                    yield Change(keyword, node, ast.Call(node.func, node.args, others))

    return Operator("drop_argument", changes, Where(**words))


def replace_argument(by: object, **words: Unpack[Words]) -> Operator:
    """Pass a constant in place of one argument."""

    def changes(code: Code) -> Iterator[Change]:
        for value in _arguments(code):
            yield Change(value, value, _literal(by))

    return Operator("replace_argument", changes, Where(**words))


def replace_call(by: object, **words: Unpack[Words]) -> Operator:
    """Put a constant in the place of a call's result."""

    def changes(code: Code) -> Iterator[Change]:
        for call in _calls(code):
            yield Change(call, call, _literal(by))

    return Operator("replace_call", changes, Where(**words))


def swap_call(to: str, **words: Unpack[Words]) -> Operator:
    """Call another function with the same arguments."""

    def changes(code: Code) -> Iterator[Change]:
        for call in _calls(code):
            yield Change(call, call, ast.Call(ast.Name(to), call.args, call.keywords))

    return Operator("swap_call", changes, Where(**words))


def keep_first_argument(**words: Unpack[Words]) -> Operator:
    """Put a call's first argument in the place of its result."""

    def changes(code: Code) -> Iterator[Change]:
        for call in _calls(code):
            if call.args:
                yield Change(call, call, call.args[0])

    return Operator("keep_first_argument", changes, Where(**words))


def accept_falsy(**words: Unpack[Words]) -> Operator:
    """Test a call's result for None only: what is empty passes."""

    def changes(code: Code) -> Iterator[Change]:
        for call in _calls(code):
            yield Change(call, call, ast.Compare(call, [ast.IsNot()], [ast.Constant(None)]))

    return Operator("accept_falsy", changes, Where(**words))


def always(**words: Unpack[Words]) -> Operator:
    """Make a condition of DynamoDB's hold whatever the row: `condition | ~condition`."""

    def changes(code: Code) -> Iterator[Change]:
        for value in (*_assigned(code), *_arguments(code)):
            yield Change(value, value, ast.BinOp(value, ast.BitOr(), ast.UnaryOp(ast.Invert(), value)))

    return Operator("always", changes, Where(**words))


def assign(value: object, **words: Unpack[Words]) -> Operator:
    """Assign a constant in place of what was computed."""

    def changes(code: Code) -> Iterator[Change]:
        for old in _assigned(code):
            yield Change(old, old, _literal(value))

    return Operator("assign", changes, Where(**words))


def never(**words: Unpack[Words]) -> Operator:
    """Never take a branch. An address selects by the branch's test."""
    return _branch("never", taken=False, where=Where(**words))


def unconditionally(**words: Unpack[Words]) -> Operator:
    """Always take a branch. An address selects by the branch's test."""
    return _branch("unconditionally", taken=True, where=Where(**words))


def _branch(name: str, *, taken: bool, where: Where) -> Operator:
    def changes(code: Code) -> Iterator[Change]:
        for node in code.nodes:
            if isinstance(node, ast.If):
                yield Change(node.test, node.test, ast.Constant(taken))

    return Operator(name, changes, where)


def drop_else(**words: Unpack[Words]) -> Operator:
    """Of a list's element `a if test else b` leave out `b`."""

    def changes(code: Code) -> Iterator[Change]:
        for node in code.nodes:
            for element in node.elts if isinstance(node, ast.List | ast.Tuple) else ():
                if isinstance(element, ast.IfExp):
                    kept = ast.IfExp(element.test, ast.List([element.body]), ast.List([]))
                    yield Change(element, element, ast.Starred(kept))

    return Operator("drop_else", changes, Where(**words))


def drop_statement(**words: Unpack[Words]) -> Operator:
    """Leave out an assignment or a call that stands by itself."""
    return _statements("drop_statement", Where(**words), ast.Expr, ast.Assign, ast.AnnAssign)


def drop_narrowing(**words: Unpack[Words]) -> Operator:
    """Leave out a statement that adds to a condition: `condition &= …`."""
    return _statements("drop_narrowing", Where(**words), ast.AugAssign)


def _statements(name: str, where: Where, *kinds: type[ast.stmt]) -> Operator:
    def changes(code: Code) -> Iterator[Change]:
        for node in code.nodes:
            if isinstance(node, kinds):
                yield Change(node, node, ast.Pass())

    return Operator(name, changes, where)


def swallow(returning: object = None, **words: Unpack[Words]) -> Operator:
    """Return in place of raising."""

    def changes(code: Code) -> Iterator[Change]:
        for node in code.nodes:
            if isinstance(node, ast.Raise):
                yield Change(node, node, ast.Return(_literal(returning)))

    return Operator("swallow", changes, Where(**words))


def stop_retrying() -> Operator:
    """Return where the code goes on with its next attempt."""

    def changes(code: Code) -> Iterator[Change]:
        for node in code.nodes:
            if isinstance(node, ast.Continue):
                yield Change(node, node, ast.Return())

    return Operator("stop_retrying", changes, Where())


def set_from_row(attribute: str, source: str) -> Operator:
    """Set an attribute to another one's value at the time of the write, not to what was read before."""

    def changes(code: Code) -> Iterator[Change]:
        for call in _calls(code):
            match call.func:
                case ast.Attribute(attr="set", value=ast.Attribute(attr=name, value=table)) if name == attribute:
                    yield Change(call, call.args[0], ast.Attribute(table, source))

    return Operator(f"set_from_row({attribute!r}, {source!r})", changes, Where())


def act_before_argument(result: object) -> Operator:
    """Make a call before the call that its last argument is; `result` stands for what that would have returned."""

    def changes(code: Code) -> Iterator[Change]:
        for call in _calls(code):
            if call.args and isinstance(call.args[-1], ast.Call):
                first = ast.Call(call.func, [*call.args[:-1], _literal(result)], call.keywords)
                yield Change(call, call, ast.Subscript(ast.Tuple([first, call.args[-1]]), ast.Constant(1)))

    return Operator("act_before_argument", changes, Where())


def split_transaction(*, backwards: bool = False) -> Operator:
    """Commit the writes of a transaction one after another, the last one first if so wanted."""

    def changes(code: Code) -> Iterator[Change]:
        for call in _calls(code):
            if last_name(call.func) == "transact":
                arguments = [call.func, *call.args, ast.Constant(backwards)]
                yield Change(call, call, ast.Call(ast.Name("_one_by_one"), arguments, []))

    return Operator("split_transaction", changes, Where(), appendix=ONE_BY_ONE)


def _calls(code: Code) -> Iterator[ast.Call]:
    return (node for node in code.nodes if isinstance(node, ast.Call))


def _arguments(code: Code) -> Iterator[ast.expr]:
    for call in _calls(code):
        yield from call.args
        yield from (keyword.value for keyword in call.keywords)


def _assigned(code: Code) -> Iterator[ast.expr]:
    for node in code.nodes:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
            yield node.value


def _literal(value: object) -> ast.expr:
    return ast.parse(repr(value), mode="eval").body
