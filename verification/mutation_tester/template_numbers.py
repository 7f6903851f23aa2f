"""Multiply and divide each number of the template by two. A test must notice each one that other numbers depend on."""

import time
from collections.abc import Iterator
from fnmatch import fnmatch
from typing import NamedTuple

import yaml

from .paths import ROOT
from .runner import Verdict
from .warm_tests import FileJob, WarmTests

_TEMPLATE = ROOT / "template.yaml"
_TESTS = ("tests/repository/template", "tests/repository/docs")
_LIMIT_S = 600

FREE = {
    "Parameters.*": "a default or a bound of what a deployment chooses",
    "*.MemorySize": "a choice between speed and price",
    "*.CorsConfiguration.MaxAge": "how long a browser keeps the answer to a preflight request",
    "*.PendingWindowInDays": "the longest time that KMS offers to undo a deletion",
    "Resources.*Alarm.Properties.*": "how soon an alarm is raised",
    "*Queue.Properties.VisibilityTimeout raised": "a failed message waits longer for its next attempt",
    "*Queue.Properties.RedrivePolicy.maxReceiveCount raised": "a failed message has more attempts",
    "Resources.TasksQueue.Properties.MessageRetentionPeriod": "how long an outage tasks outlast",
    "Resources.NotifyQueue.Properties.MessageRetentionPeriod raised": "the last attempt is within a day",
    "Resources.ReconcileQueue.Properties.MessageRetentionPeriod": "the next run sends the item again",
}
"""Numbers that depend on no other, by their path in the template, with the reason. Some only in one direction."""


class Number(NamedTuple):
    """A number, by its path in the template. `begin`, `end`: where it stands in the text."""

    path: str
    value: int
    begin: int
    end: int


class ChangedNumber(NamedTuple):
    number: Number
    value: int

    @property
    def name(self) -> str:
        return f"{self.number.path}: {self.number.value} -> {self.value}"

    @property
    def is_free(self) -> bool:
        path = self.number.path
        both = (path, f"{path} {'raised' if self.value > self.number.value else 'lowered'}")
        return any(fnmatch(name, pattern) for name in both for pattern in FREE)

    def applied(self, text: str) -> str:
        """Return the template's text after the change."""
        return f"{text[: self.number.begin]}{self.value}{text[self.number.end :]}"


def changed_numbers(text: str) -> Iterator[ChangedNumber]:
    """List the changes of all numbers that are not free."""
    for number in _numbers(yaml.compose(text), ""):
        both = (ChangedNumber(number, number.value * 2), ChangedNumber(number, number.value // 2))
        yield from (change for change in both if not change.is_free)


def _numbers(node: yaml.Node | None, path: str) -> Iterator[Number]:
    match node:
        case yaml.MappingNode():
            for key, value in node.value:
                yield from _numbers(value, f"{path}.{key.value}".lstrip("."))
        case yaml.SequenceNode():
            for position, value in enumerate(node.value):
                yield from _numbers(value, f"{path}.{position}")
        case yaml.ScalarNode(tag="tag:yaml.org,2002:int"):
            yield Number(path, int(node.value), node.start_mark.index, node.end_mark.index)


def try_template() -> int:
    """Try each change, print a report, and return how many no test noticed."""
    text = _TEMPLATE.read_text()
    changes = list(changed_numbers(text))
    survived = 0
    files = [path.relative_to(ROOT).as_posix() for name in _TESTS for path in sorted((ROOT / name).glob("test_*.py"))]
    with WarmTests.of_files(files) as warm:
        for change in changes:
            began = time.monotonic()
            by = warm.judge(FileJob(_TEMPLATE, change.applied(text), files, _LIMIT_S)) or ()
            survived += not by
            print(f"{Verdict(by, time.monotonic() - began)} {change.name}", flush=True)
    print(f"{len(changes)} numbers of the template, {len(changes) - survived} noticed, {survived} missed")
    return survived
