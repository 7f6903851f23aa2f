"""Parse the CloudWatch Logs Insights queries of docs/operations.md: the fields and values that each names."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.aws.stack import ROOT

_WORDS = {"fields", "filter", "sort", "stats", "count", "max", "by", "and", "or", "in", "like", "as", "desc", "asc"}
_BUILT_IN = {"@timestamp"}
_QUERY = re.compile(
    r"^(?P<title>[^\n`]+):\n\n```\n(?P<text>(?:fields|filter|stats) .+?)\n```$", re.DOTALL | re.MULTILINE
)


@dataclass(frozen=True)
class LogQuery:
    title: str
    text: str

    @property
    def reads_access_log(self) -> bool:
        """Whether the query reads the API's access log instead of the functions' logs."""
        return "the API's own group" in self.title

    @property
    def fields(self) -> set[str]:
        code = re.sub(r'"[^"]*"|bin\([^)]*\)', "", self.text)
        return {name for name in re.findall(r"[@A-Za-z_][\w.]*", code) if name not in _WORDS | _BUILT_IN}

    @property
    def messages(self) -> set[str]:
        return self._compared("message")

    @property
    def values(self) -> dict[str, set[str]]:
        """Values that each field is compared with, without the ellipsis for the reader's value."""
        found = {name: self._compared(name) - {"…"} for name in self.fields}
        return {name: values for name, values in found.items() if values}

    def _compared(self, name: str) -> set[str]:
        listed = re.findall(rf"\b{re.escape(name)} in \[([^\]]*)\]", self.text)
        single = re.findall(rf'\b{re.escape(name)} (?:=|like) ("[^"]*")', self.text)
        return {text for part in listed + single for text in re.findall(r'"([^"]*)"', part)}


def documented_queries() -> list[LogQuery]:
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")
    return [LogQuery(found["title"], found["text"]) for found in _QUERY.finditer(page)]


def field_values(lines: Iterable[Mapping[str, Any]], field: str) -> Iterator[Any]:
    """Yield a field's values that are not null; `frames.0` is the first of a list, as Insights names it."""
    name, _, index = field.partition(".")
    for line in lines:
        value = line.get(name)
        if index and value:
            value = value[int(index)]
        if value is not None:
            yield value
