"""Where a fuzzed case comes from: a seed, or the bytes of a coverage-guided fuzzer."""

from collections.abc import Sequence
from random import Random
from typing import Protocol, TypeVar

T = TypeVar("T")


class Choices(Protocol):
    """What decides a case. Whoever has nothing more to say chooses 0, so 0 must be the plain choice."""

    def below(self, limit: int) -> int: ...

    def octets(self, size: int) -> bytes: ...


class Seeded:
    """The same case for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def below(self, limit: int) -> int:
        return int(self._random.random() * limit)

    def octets(self, size: int) -> bytes:
        return self._random.randbytes(size)


def pick(choices: Choices, options: Sequence[T]) -> T:
    return options[choices.below(len(options))]


def once_in(choices: Choices, times: int) -> bool:
    return choices.below(times) == times - 1
