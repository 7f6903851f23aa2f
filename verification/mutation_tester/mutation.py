"""A clause of the code, how a careless change takes it out, and the test that must notice."""

from typing import NamedTuple

from .operators import Operator
from .syntax import tree_of


class Mutation(NamedTuple):
    """`function`: its qualified name in the module. `on_engine`: the test starts a database engine."""

    clause: str
    module: str
    function: str
    operator: Operator
    test: str
    on_engine: bool = False

    @property
    def name(self) -> str:
        return f"{self.module}: {self.clause}"

    def applied(self) -> str:
        """Return the module's source without the clause. Raises AddressError unless exactly one node is addressed."""
        return self.operator.applied(tree_of(self.module), self.function)
