"""The options of every command: accepted anywhere on the line, and the last one wins."""

import json
import os
import re
from collections.abc import Iterator, Mapping
from functools import reduce
from pathlib import Path
from typing import Any
from unittest import mock

import click
import pytest
from click.shell_completion import BashComplete
from click.testing import CliRunner

from tests.support.aws.tables import Tables
from tests.support.drivers.app import App
from tests.support.drivers.operator import Operator
from tidings_cli import context, deployment, output
from tidings_cli.commands import OPTIONS
from tidings_cli.deployment import Deployment, NoSuchStack
from tidings_cli.main import main

ROOT_ONLY = {"version"}


@pytest.fixture(autouse=True)
def environment() -> Iterator[Mapping[str, str]]:
    """The environment, restored afterwards, without the operator's own settings."""
    with mock.patch.dict(os.environ):
        for name in ("TIDINGS_STACK", "PORT", "AWS_PROFILE", "AWS_REGION", "NO_COLOR"):
            os.environ.pop(name, None)
        yield os.environ


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What the commands load: a stack's name, or a local cloud's port. None is found."""
    found: list[object] = []

    def load(which: object) -> Deployment:
        found.append(which)
        raise NoSuchStack("none")

    monkeypatch.setattr(deployment, "load_stack", load)
    monkeypatch.setattr(deployment, "load_local_cloud", load)
    return found


@pytest.mark.parametrize(
    "line",
    [
        "--stack x events list",
        "events --stack x list",
        "events list --stack x --limit 1",
        "events list --limit 1 --stack=x",
        "--stack y events --stack z list --stack x",
    ],
)
def test_stack_is_accepted_anywhere(loaded: list[object], line: str) -> None:
    assert CliRunner().invoke(main, line.split()).exit_code == 1
    assert loaded == ["x"]


@pytest.mark.parametrize(
    ("line", "variables", "which"),
    [
        ("status --local", {}, 3000),
        ("status --local --port 4000", {"PORT": "5000"}, 4000),
        ("status --local", {"PORT": "5000"}, 5000),
        ("status", {"TIDINGS_STACK": "y"}, "y"),
        ("status --stack x", {"TIDINGS_STACK": "y"}, "x"),
        ("--local status", {"TIDINGS_STACK": "y"}, 3000),
    ],
)
def test_command_line_wins_over_environment(
    loaded: list[object], environment: dict[str, str], line: str, variables: dict[str, str], which: object
) -> None:
    environment.update(variables)
    CliRunner().invoke(main, line.split())
    assert loaded == [which]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("status --local --stack x", "Say which deployment: --stack NAME or --local."),
        ("status --local --region eu-west-1", "The local cloud has no profile and no region"),
        ("--profile p status --local", "The local cloud has no profile and no region"),
    ],
)
def test_contradictory_options_are_usage_errors(loaded: list[object], line: str, says: str) -> None:
    result = CliRunner().invoke(main, line.split())
    assert (result.exit_code, loaded) == (2, [])
    assert says in result.stderr


def test_port_that_is_no_number_is_usage_error(loaded: list[object], environment: dict[str, str]) -> None:
    environment["PORT"] = "many"
    result = CliRunner().invoke(main, ["status", "--local"])
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (2, "Error: PORT is not a number: many")


def test_profile_wins_over_keys_of_the_environment(loaded: list[object], environment: dict[str, str]) -> None:
    environment.update(AWS_ACCESS_KEY_ID="a", AWS_SECRET_ACCESS_KEY="s", AWS_SESSION_TOKEN="t", AWS_PROFILE="other")
    CliRunner().invoke(main, ["status", "--stack", "x", "--profile", "p", "--region", "eu-west-9"])
    assert (environment["AWS_PROFILE"], environment["AWS_REGION"]) == ("p", "eu-west-9")
    assert environment["AWS_DEFAULT_REGION"] == "eu-west-9"
    assert not {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"} & environment.keys()


def test_keys_of_the_environment_stay_without_profile(loaded: list[object], environment: dict[str, str]) -> None:
    environment.update(AWS_ACCESS_KEY_ID="a", AWS_REGION="eu-west-8")
    CliRunner().invoke(main, ["status", "--stack", "x"])
    assert (environment["AWS_ACCESS_KEY_ID"], environment["AWS_DEFAULT_REGION"]) == ("a", "eu-west-8")


@pytest.mark.parametrize(
    ("arguments", "is_json"),
    [
        (("items", "list"), False),
        (("items", "list", "--json"), True),
        (("--json", "items", "list"), True),
        (("items", "--output", "json", "list"), True),
        (("--output", "json", "items", "list", "--output", "table"), False),
        (("--json", "items", "list", "--output", "table"), False),
    ],
)
def test_output_is_chosen_anywhere(operator: Operator, arguments: tuple[str, ...], is_json: bool) -> None:
    assert operator.run(*arguments).out.startswith("{") is is_json


def _leaves(group: click.Group, *path: str) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _leaves(command, *path, name)
        else:
            yield (*path, name)


def test_commands_that_change_something_print_json(
    operator: Operator, app: App, tables: Tables, tmp_path: Path
) -> None:
    file = tmp_path / "items.jsonl"
    file.write_text(json.dumps({"user_id": "u1", "provider": "plaid", "item_id": "i", "credential": "c"}))
    app.sign_in()
    app.link(app.sign_in("bob"), "plaid")
    done: dict[str, Any] = {
        line: operator.run("--json", *line.split()).json
        for line in (
            f"items import --dry-run {file}",
            f"items import {file}",
            "items move-webhooks --dry-run https://api.example.com/plaid",
            "sessions revoke --user alice",
            "sessions revoke a-cookie",
            "events end-untimed",
            "events redrive",
            "users delete u1",
            "teardown --dry-run",
        )
    }
    cookie = operator.run("sessions", "create", "--user-id", "u2", "--output", "json").json["cookie"]
    assert app.request("GET /connections", cookie).status == 200
    assert [*done.values()][:6] == [
        {"importable": 1},
        {"imported": 1, "replaced": 0, "unchanged": 0, "conflict": 0},
        {"to_move": 2},
        {"revoked": 1},
        {"revoked": 1},
        {"ended": 0},
    ]
    assert done["users delete u1"]["provider_items"] == 1
    assert done["teardown --dry-run"] == {"dry_run": True, "connected": {"plaid": 1, "snaptrade": 0}}
    ended = operator.run("teardown", "--yes", "--json")
    assert ended.json["left"] == {"plaid": 0, "snaptrade": 0}
    assert "1 disconnected, 0 failed." in ended.err


@pytest.mark.parametrize("path", sorted(_leaves(main)), ids=" ".join)
def test_every_command_lists_its_options_and_a_whole_summary(path: tuple[str, ...]) -> None:
    told = CliRunner().invoke(main, [*path, "--help"], terminal_width=80).stdout
    assert not [one.name for one in OPTIONS if one.opts[0] not in told]
    above = " ".join(CliRunner().invoke(main, [*path[:-1], "--help"]).stdout.split())
    command = reduce(lambda group, name: group.commands[name], path, main)  # type: ignore[arg-type,return-value]
    summary = " ".join((command.help or "").split("\n\n")[0].split()).partition(". ")[0]
    assert summary in above


def test_version_is_that_of_the_package() -> None:
    result = CliRunner().invoke(main, ["--version"])
    assert re.fullmatch(r"tidings \d+\.\d+\.\d+\n", result.stdout)


@pytest.mark.parametrize(
    ("arguments", "variables", "is_colored"),
    [((), {}, True), (("--no-color",), {}, False), ((), {"NO_COLOR": "1"}, False), ((), {"NO_COLOR": ""}, True)],
)
def test_no_color_prints_plain_tables(
    monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], variables: dict[str, str], is_colored: bool
) -> None:
    @main.command("paint")
    def paint() -> None:
        output.print_table(("name",), [("ok",)], title="Title")

    monkeypatch.setattr(output, "is_terminal", lambda: True)
    try:
        # `color` makes the runner a terminal, whose escape sequences it keeps.
        out = CliRunner(env=variables).invoke(main, ["paint", *arguments], color=True).output
    finally:
        del main.commands["paint"]
    assert ("\x1b[" in out) is is_colored


def test_completion_offers_commands_options_and_choices() -> None:
    def complete(*words: str) -> set[str]:
        done = BashComplete(main, {}, "tidings", "_TIDINGS_COMPLETE").get_completions([*words[:-1]], words[-1])
        return {one.value for one in done}

    assert {"list", "show", "replay"} <= complete("events", "")
    assert complete("events", "list", "--st") == {"--stack"}
    assert complete("--output", "") == {"table", "json"}


def test_current_deployment_needs_the_decorator() -> None:
    with click.Context(main), pytest.raises(TypeError, match="with_deployment"):
        context.current_deployment()
