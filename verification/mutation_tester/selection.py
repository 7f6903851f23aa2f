"""Select nodes by what renaming, reformatting and moving the code leaves as it is."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Protocol, TypedDict, TypeVar

from .syntax import AddressError, Tree, last_name

_ANY = object()
_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.Is: "is",
    ast.IsNot: "is not",
}


class Words(TypedDict, total=False):
    """What a node must contain to be selected."""

    attribute: str
    """An attribute access, such as `link_id` in `UpdateState.link_id`."""
    call: str
    """A call, by the last name of what is called: `save` for `transaction.save(…)`."""
    keyword: str
    """A keyword argument."""
    name: str
    """A class or a constant of a module, never a local variable."""
    constant: object
    compare: str
    """A comparison, such as `<=` or `not in`."""
    inside: str
    """What the node is an argument of, by the last two names: `generation.add`."""
    nth: int
    """Which one of those selected, from 0, in the order of the source."""


@dataclass(frozen=True, kw_only=True)
class Where:
    attribute: str | None = None
    call: str | None = None
    keyword: str | None = None
    name: str | None = None
    constant: object = _ANY
    compare: str | None = None
    inside: str | None = None
    nth: int | None = None

    def matches(self, node: ast.AST, tree: Tree) -> bool:
        wanted = {(kind, value) for kind, value in self._given() if kind not in {"inside", "nth"}}
        return wanted <= set(_words(node)) and (self.inside is None or self.inside in _around(node, tree))

    def __str__(self) -> str:
        return ", ".join(f"{kind} `{value}`" for kind, value in self._given())

    def _given(self) -> Iterator[tuple[str, object]]:
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None and value is not _ANY:
                yield field.name, repr(value) if field.name == "constant" else value


class Site(Protocol):
    @property
    def site(self) -> ast.AST: ...


S = TypeVar("S", bound=Site)


def only(candidates: Sequence[S], where: Where, tree: Tree, what: str, *, outermost: bool = False) -> S:
    """Select the candidate whose site matches. Of nested sites the innermost counts, or the outermost.

    Raises AddressError if none matches, or more than one.
    """
    found = [one for one in candidates if where.matches(one.site, tree)]
    around = {id(node) for one in found for node in tree.enclosing(one.site)}
    sites = {id(one.site) for one in found}
    if outermost:
        found = [one for one in found if not any(id(node) in sites for node in tree.enclosing(one.site))]
    else:
        found = [one for one in found if id(one.site) not in around]
    if where.nth is not None:
        found = found[where.nth : where.nth + 1]
    if len(found) != 1:
        raise AddressError(f"{what}: {len(found)} places match ({where}); it must be exactly one")
    return found[0]


def _words(node: ast.AST) -> Iterator[tuple[str, object]]:
    for part in ast.walk(node):
        match part:
            case ast.Attribute(attr=attribute):
                yield "attribute", attribute
            case ast.Call(func=callee):
                yield "call", last_name(callee)
            case ast.keyword(arg=str(keyword)):
                yield "keyword", keyword
            case ast.Name(id=name):
                yield "name", name
            case ast.Constant(value=value):
                yield "constant", repr(value)
            case ast.Compare(ops=ops):
                yield from (("compare", _COMPARISONS[type(op)]) for op in ops)


def _around(node: ast.AST, tree: Tree) -> Iterator[str]:
    for outer in tree.enclosing(node):
        if isinstance(outer, ast.Call) and isinstance(outer.func, ast.Attribute):
            yield f"{last_name(outer.func.value)}.{outer.func.attr}"
