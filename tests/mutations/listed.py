"""Every clause of the protocol and of the signature code taken out by hand, and the test that must notice."""

from pathlib import Path
from typing import NamedTuple

from tests.mutations.listed_signatures import SIGNATURES
from tests.mutations.listed_writes import FLOWS, WRITES
from tests.mutations.workshop import LAYER


class Listed(NamedTuple):
    """`old` stands once in the module; `new` in its place is what a careless change would leave."""

    clause: str
    path: str
    old: str
    new: str
    test: str

    @property
    def name(self) -> str:
        return f"{self.path}: {self.clause}"

    @property
    def module(self) -> Path:
        return LAYER / "tidings" / self.path

    def applied(self) -> str:
        """The module's source with the clause taken out. ValueError: the source is not what it was."""
        source = self.module.read_text()
        if source.count(self.old) != 1:
            raise ValueError(f"{self.name}: `{self.old}` stands {source.count(self.old)} times")
        return source.replace(self.old, self.new)


LISTED = [Listed(*one) for one in (*SIGNATURES, *WRITES, *FLOWS)]
