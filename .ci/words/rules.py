"""The rules of .ci/retired_words.toml, applied to what was read from a file."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from words import prose
from words.source import Name, Source, Text


class Finding(NamedTuple):
    path: str
    line: int
    rule: str
    message: str


@dataclass(frozen=True)
class Pattern:
    """A retired expression, what to write instead, and the paths that it is retired in (all, if none is given)."""

    found: re.Pattern[str]
    instead: str
    paths: tuple[str, ...]

    @classmethod
    def of_entry(cls, entry: dict[str, Any], flags: re.RegexFlag = re.NOFLAG) -> "Pattern":
        return cls(re.compile(entry["pattern"], flags), entry["instead"], tuple(entry.get("paths", ())))

    def applies_to(self, path: str) -> bool:
        return not self.paths or path.startswith(self.paths)


@dataclass(frozen=True)
class RetiredNames:
    paths: tuple[str, ...]
    kinds: frozenset[str]
    instead: dict[str, str]


@dataclass(frozen=True)
class RetiredWord:
    """A word retired as a part of names. `unless`: parts in a row that mean something else, joined by `_`."""

    words: frozenset[str]
    instead: str
    paths: tuple[str, ...]
    unless: tuple[str, ...]
    in_test_names: bool

    def stands_in(self, parts: list[str]) -> bool:
        joined = f"_{'_'.join(parts)}_"
        for kept in self.unless:
            joined = joined.replace(f"_{kept}_", "_")
        return not self.words.isdisjoint(joined.split("_"))


@dataclass(frozen=True)
class Allowed:
    """A name, text or prose that may keep a retired word in some paths, for a reason."""

    found: re.Pattern[str]
    paths: tuple[str, ...]


@dataclass
class Rules:
    citations: list[Pattern]
    names: list[RetiredNames]
    words: list[RetiredWord]
    texts: list[Pattern]
    phrases: list[Pattern]
    allowed_names: list[Allowed]
    allowed_texts: list[Allowed]
    max_words: int
    max_percent: float
    skipped: tuple[str, ...]
    shown: tuple[str, ...]
    sentences: int = 0
    long_sentences: list[Finding] = field(default_factory=list)

    @classmethod
    def load(cls, file: Path) -> "Rules":
        data = tomllib.loads(file.read_text("utf-8"))
        return cls(
            citations=[Pattern.of_entry(entry) for entry in data.get("citation", [])],
            names=[
                RetiredNames(tuple(one["paths"]), frozenset(one["kinds"]), one["names"]) for one in data.get("name", [])
            ],
            words=[_word(entry) for entry in data.get("word", [])],
            texts=[Pattern.of_entry(entry, re.IGNORECASE) for entry in data.get("text", [])],
            phrases=[Pattern.of_entry(entry, re.IGNORECASE) for entry in data.get("phrase", [])],
            allowed_names=[_allowed(entry) for entry in data.get("allowed_name", [])],
            allowed_texts=[_allowed(entry) for entry in data.get("allowed_text", [])],
            max_words=data["sentences"]["max_words"],
            max_percent=data["sentences"]["max_percent"],
            skipped=tuple(data["files"]["skipped"]),
            shown=tuple(data["files"]["shown_texts"]),
        )

    def cited(self, path: str, text: str) -> Iterator[Finding]:
        for number, line in enumerate(text.split("\n"), 1):
            for pattern in self.citations:
                for match in pattern.found.finditer(line):
                    yield Finding(path, number, "citation", f"{match[0]}: {pattern.instead}")

    def broken(self, path: str, source: Source) -> Iterator[Finding]:
        for name in source.names:
            yield from self._name(path, name)
        for text in source.texts:
            yield from self._expressions(path, text, self.texts, "text")
        for paragraph in source.prose:
            yield from self._expressions(path, paragraph, self.phrases, "phrase")
            self._measure(path, paragraph)

    def _name(self, path: str, name: Name) -> Iterator[Finding]:
        if _is_allowed(name.name, path, self.allowed_names):
            return
        for retired in self.names:
            if name.name in retired.instead and name.kind in retired.kinds and path.startswith(retired.paths):
                yield Finding(path, name.line, "name", f"{name.kind} {name.name} → {retired.instead[name.name]}")
                return
        parts = split(name.name)
        for word in self.words:
            applies = path.startswith(word.paths) and (word.in_test_names or parts[:1] != ["test"])
            if applies and word.stands_in(parts):
                yield Finding(path, name.line, "name", f"{name.kind} {name.name}: {word.instead}")

    def _expressions(self, path: str, text: Text, patterns: Iterable[Pattern], rule: str) -> Iterator[Finding]:
        kept = prose.plain(text.text)
        for allowed in self.allowed_texts:
            if path.startswith(allowed.paths):
                kept = allowed.found.sub("¤", kept)
        for pattern in patterns:
            if pattern.applies_to(path):
                for match in pattern.found.finditer(kept):
                    context = " ".join(kept[max(0, match.start() - 30) : match.end() + 30].split())
                    yield Finding(path, text.line, rule, f"“{match[0]}” → {pattern.instead} (… {context} …)")

    def _measure(self, path: str, paragraph: Text) -> None:
        for sentence in prose.sentences(paragraph.text):
            self.sentences += 1
            words = prose.length(sentence)
            if words > self.max_words:
                message = f"{words} words: {sentence[:80]}…"
                self.long_sentences.append(Finding(path, paragraph.line, "sentence", message))

    @property
    def long_percent(self) -> float:
        return 100 * len(self.long_sentences) / max(1, self.sentences)


def split(name: str) -> list[str]:
    """Return the words of a snake_case or camelCase name, in lower case."""
    return [part.lower() for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)]


def _word(entry: dict[str, Any]) -> RetiredWord:
    return RetiredWord(
        frozenset(entry["words"]),
        entry["instead"],
        tuple(entry["paths"]),
        tuple(entry.get("unless", ())),
        entry.get("in_test_names", False),
    )


def _allowed(entry: dict[str, Any]) -> Allowed:
    if not entry["reason"]:
        raise ValueError(f"{entry['pattern']} is allowed without a reason")
    return Allowed(re.compile(entry["pattern"], re.IGNORECASE), tuple(entry.get("paths", ("",))))


def _is_allowed(name: str, path: str, allowed: Iterable[Allowed]) -> bool:
    return any(one.found.fullmatch(name) and path.startswith(one.paths) for one in allowed)
