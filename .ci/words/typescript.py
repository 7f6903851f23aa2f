"""Read a TypeScript file: definitions at its top, texts that the page shows, comments."""

import re
from collections.abc import Iterator

from words.prose import comments
from words.python import module_name
from words.source import Kind, Name, Source, Text

_DEFINITION = re.compile(
    r"^(?:export )?(?:default )?(?:async )?(function|class|interface|type|enum|const) ([A-Za-z_$][\w$]*)", re.MULTILINE
)
_COMMENT = re.compile(r"/\*.*?\*/|(?<![:\w])//[^\n]*", re.DOTALL)
_INSERTED = re.compile(r"\$\{[^{}]*\}")
_TEXT = re.compile(r'"([^"\n]* [^"\n]*)"|`([^`\n]* [^`\n]*)`|>([^<>{}=;()]*[a-z] [^<>{}=;()]*)[<{]')


def read(path: str, text: str, *, shows_texts: bool) -> Source:
    found = Source(names=[Name(1, "module", module_name(path)), *_definitions(text)])
    if shows_texts:
        found.texts = list(_texts(text))
    found.prose = comments(text, "//")
    return found


def _definitions(text: str) -> Iterator[Name]:
    for match in _DEFINITION.finditer(text):
        kind: Kind = "class" if match[1] in {"class", "interface", "type", "enum"} else "function"
        yield Name(_line(text, match.start()), kind, match[2])


def _texts(text: str) -> Iterator[Text]:
    without_comments = _COMMENT.sub(_blank, text)
    constant = _INSERTED.sub(_blank, _INSERTED.sub(_blank, without_comments))
    for match in _TEXT.finditer(constant):
        yield Text(_line(constant, match.start()), next(filter(None, match.groups())))


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _blank(match: re.Match[str]) -> str:
    return "\n" * match[0].count("\n")
