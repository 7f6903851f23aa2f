"""Choose what a fuzz case contains: from a seed, or from the bytes of a coverage-guided fuzzer."""

from collections.abc import Sequence
from random import Random
from typing import Protocol, TypeVar

T = TypeVar("T")


class Choices(Protocol):
    """The source of a case's choices. An exhausted source chooses 0, so 0 must be the plain choice."""

    def choose_below(self, limit: int) -> int: ...

    def choose_bytes(self, size: int) -> bytes: ...


class SeededChoices:
    """Choices from a seed: the same seed gives the same case."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def choose_below(self, limit: int) -> int:
        return int(self._random.random() * limit)

    def choose_bytes(self, size: int) -> bytes:
        return self._random.randbytes(size)


def pick(choices: Choices, options: Sequence[T]) -> T:
    """Choose one of the options; the first is the plain one."""
    return options[choices.choose_below(len(options))]


def one_in(choices: Choices, times: int) -> bool:
    """Return True once in `times` choices."""
    return choices.choose_below(times) == times - 1
