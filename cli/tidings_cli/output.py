"""Print aligned tables, colored on a terminal, or JSON with `--output json`."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from tidings_cli import commands

if TYPE_CHECKING:
    from rich.console import Console

Cell = str | int | None
_WIDE = 10_000
_STYLES = {
    "ok": "green",
    "warning": "yellow",
    "problem": "bold red",
    "reconnect_required": "yellow",
    "revoked": "red",
    "expiring": "yellow",
}


def wants_json() -> bool:
    """Return whether the command line asks for JSON instead of tables."""
    return commands.chosen_options().get("output") == "json"


def print_result(value: Mapping[str, object], text: str) -> None:
    """Print what a command did: as JSON, or as one line of text."""
    if wants_json():
        write_json(value)
    else:
        click.echo(text)


def print_progress(line: str) -> None:
    """Print what a command does meanwhile. With JSON it goes to stderr, so that stdout is the result alone."""
    click.echo(line, err=wants_json())


def write_json(value: object) -> None:
    """Print JSON. Numbers whose name ends in `_at` (epoch milliseconds) are written as the API writes instants."""
    click.echo(json.dumps(_with_instants(value), indent=2, ensure_ascii=False))


def write_json_line(value: object) -> None:
    """Print JSON in one line, for a stream of results."""
    click.echo(json.dumps(_with_instants(value), ensure_ascii=False))


def _with_instants(value: object) -> object:
    from tidings import clock

    if isinstance(value, Mapping):
        return {
            name: clock.iso(one) if name.endswith("_at") and isinstance(one, int) else _with_instants(one)
            for name, one in value.items()
        }
    if isinstance(value, list | tuple):
        return [_with_instants(one) for one in value]
    return value


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, title: str | None = None) -> None:
    """Print one row per line, however wide: a truncated or wrapped id can't be copied."""
    from rich.table import Table

    grid = Table(box=None, show_header=True, header_style="bold", padding=(0, 2, 0, 0), pad_edge=False)
    listed = [list(row) for row in rows]
    for number, name in enumerate(columns):
        numeric = bool(listed) and all(isinstance(row[number], int) for row in listed)
        grid.add_column(name, justify="right" if numeric else "left")
    for row in listed:
        grid.add_row(*(_cell(value) for value in row))
    if title:
        click.secho(title, bold=True)
    _print(grid)


def print_facts(pairs: Mapping[str, Cell]) -> None:
    """Print one named value per line."""
    from rich.table import Table

    grid = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    grid.add_column(style="bold")
    grid.add_column()
    for name, value in pairs.items():
        grid.add_row(name, _cell(value))
    _print(grid)


def _print(what: Any) -> None:  # noqa: ANN401 - whatever rich prints
    console = _console()
    with console.capture() as captured:
        console.print(what)
    click.echo("\n".join(line.rstrip() for line in captured.get().splitlines()))


def _console() -> "Console":
    from rich.console import Console

    return Console(width=_WIDE, force_terminal=is_terminal(), highlight=False, emoji=False)


def is_terminal() -> bool:
    """Return whether people read the output. click removes colors that the command line does not want."""
    return sys.stdout.isatty()


def _cell(value: Cell) -> Any:  # noqa: ANN401 - rich's text
    """Convert a value to literal text: data is neither markup nor a control sequence."""
    from rich.text import Text

    text = "-" if value is None or value == "" else escape(str(value))
    return Text(text, style=_STYLES.get(text, ""))


def escape(text: str) -> str:
    """Replace control characters by `?`: names come from providers and users."""
    return "".join(one if one.isprintable() else "?" for one in text)


def format_instant(ms: int | None) -> str | None:
    """Format epoch milliseconds as `2026-02-19 14:03:07Z`."""
    return None if ms is None else datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def format_age(ms: int | None, now: int) -> str | None:
    """Format the age of an instant: `12 s`, `3 min`, `5 h`, `2 d`."""
    if ms is None:
        return None
    seconds = max(0, now - ms) // 1000
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def format_ago(ms: int | None, now: int) -> str | None:
    return None if ms is None else f"{format_age(ms, now)} ago"


def format_count(number: int, what: str) -> str:
    """Format a number with its noun: `1 item`, `2 items`."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
