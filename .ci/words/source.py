"""The parts of a file that are checked: names it defines, texts it shows, prose it holds."""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Kind = Literal["module", "function", "class"]


class Name(NamedTuple):
    line: int
    kind: Kind
    name: str


class Text(NamedTuple):
    line: int
    text: str


@dataclass
class Source:
    """`names`: definitions. `texts`: logs, problems, help, page. `prose`: paragraphs of docs, docstrings, comments."""

    names: list[Name] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    prose: list[Text] = field(default_factory=list)
