"""Every `tidings …` that a page names can be typed: the command is there, and so are its options."""

import re
import shlex

import click
import pytest

from tests.repository.docs.test_docs import PAGES
from tests.support.aws.stack import ROOT
from tidings_cli.commands import OPTIONS
from tidings_cli.main import main

_NAMED = re.compile(r"(?:^|`|\$ )(?:\.venv/bin/)?tidings ((?:--stack|--local|[a-z])[^`\n]*)", re.MULTILINE)


def commands() -> list[str]:
    found = (line for page in PAGES for line in _NAMED.findall(page.read_text("utf-8")))
    return sorted({line.split(" #")[0].strip().rstrip("…").strip() for line in found})


def unknown(words: list[str]) -> list[str]:
    """The words that are neither a command, an option nor a command's own argument."""
    command: click.Command = main
    wrong = []
    options = dict.fromkeys(name for one in [*main.params, *OPTIONS] for name in one.opts)
    skip = False
    for word in words:
        name = word.split("=")[0]
        if skip:
            skip = False
        elif name.startswith("--"):
            if name not in options:
                wrong.append(word)
            skip = takes_value([*command.params, *OPTIONS], name)
        elif isinstance(command, click.Group):
            inner = command.commands.get(word.rstrip(",."))
            if inner is None:
                return [*wrong, word]
            command = inner
            options |= dict.fromkeys(name for one in inner.params for name in one.opts)
    return wrong


def takes_value(parameters: list[click.Parameter], name: str) -> bool:
    return any(
        isinstance(one, click.Option) and name in one.opts and not one.is_flag and one.nargs == 1 for one in parameters
    )


def test_commands_are_found() -> None:
    assert len(commands()) > 20
    assert (ROOT / "cli").is_dir()
    assert unknown(["--stack", "tidings", "events", "redrive", "--queue", "TasksQueue"]) == []
    assert unknown(["events", "nothing"]) == ["nothing"]
    assert unknown(["doctor", "--nothing"]) == ["--nothing"]


@pytest.mark.parametrize("line", commands())
def test_documented_command_exists(line: str) -> None:
    assert unknown(shlex.split(line)) == []
