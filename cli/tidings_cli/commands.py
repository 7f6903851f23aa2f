"""Build commands that accept the options of every command anywhere on the line: which deployment, and how to print.

click parses an option only where its command stands, so each command declares them. The last one on the line wins.
"""

import os
from collections.abc import Mapping
from typing import Any

import click
from click.core import ParameterSource

_CHOSEN = __name__
_UNCUT = 1_000
"""Longer than any summary in characters: click cuts the first sentence of a command's help at 45."""


def _store(context: click.Context, parameter: click.Parameter, value: object) -> None:
    name = str(parameter.name)
    if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
        context.meta.setdefault(_CHOSEN, {})[name] = value


def _store_json(context: click.Context, _parameter: click.Parameter, value: object) -> None:
    if value:
        context.meta.setdefault(_CHOSEN, {})["output"] = "json"


def _disable_color(context: click.Context, _parameter: click.Parameter, value: object) -> None:
    if value or os.environ.get("NO_COLOR"):
        context.color = False


def _option(*names: str, **settings: Any) -> click.Option:  # noqa: ANN401 - of click.Option
    return click.Option(names, expose_value=False, **{"callback": _store, **settings})


OPTIONS = (
    _option("--stack", metavar="NAME", help="The deployed stack, in the AWS account of your profile. [TIDINGS_STACK]"),
    _option("--local", is_flag=True, help="The local cloud of `make run`."),
    _option("--port", type=int, help="The port of the local cloud's page, 3000 by default. [PORT]"),
    _option("--profile", metavar="NAME", help="The profile of the AWS CLI's configuration. [AWS_PROFILE]"),
    _option("--region", metavar="NAME", help="The stack's AWS region. [AWS_REGION]"),
    _option("--output", type=click.Choice(("table", "json")), help="How to print results, table by default."),
    _option("--json", is_flag=True, callback=_store_json, help="The same as --output json."),
    _option("--no-color", is_flag=True, callback=_disable_color, help="Print no colors. [NO_COLOR]"),
)


def chosen_options() -> Mapping[str, Any]:
    """Return the options of OPTIONS that are on the command line, by name."""
    chosen: Mapping[str, Any] = click.get_current_context().meta.get(_CHOSEN, {})
    return chosen


class Command(click.Command):
    """A command with OPTIONS, whose summary is never cut."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        return [*super().get_params(ctx), *OPTIONS]

    def get_short_help_str(self, limit: int = _UNCUT) -> str:
        return super().get_short_help_str(max(limit, _UNCUT))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the command's own options, then those of every command."""
        _write_options("Options", super().get_params(ctx), ctx, formatter)
        _write_options("Options of every command, anywhere on the line", OPTIONS, ctx, formatter)


class Group(Command, click.Group):
    """A group of such commands."""

    command_class = Command
    group_class = type

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.format_commands(ctx, formatter)
        Command.format_options(self, ctx, formatter)


def _write_options(title: str, parameters: Any, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ANN401 - any collection of parameters
    records = [one.get_help_record(ctx) for one in parameters if isinstance(one, click.Option)]
    if shown := [record for record in records if record is not None]:
        with formatter.section(title):
            formatter.write_dl(shown)
