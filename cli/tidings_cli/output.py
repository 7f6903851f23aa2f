"""What people and programs read: aligned tables, coloured where there is a terminal, or JSON with `--json`."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from rich.console import Console

F = TypeVar("F", bound=Callable[..., Any])
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

as_json: Callable[[F], F] = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")


def write_json(value: object) -> None:
    """Numbers whose name ends in `_at` are instants (epoch milliseconds), and written as the API writes them."""
    click.echo(json.dumps(_with_instants(value), indent=2, ensure_ascii=False))


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


def table(columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, title: str | None = None) -> None:
    """A row a line, however wide: an id that is cut or broken can't be copied."""
    from rich.table import Table

    made = Table(box=None, show_header=True, header_style="bold", padding=(0, 2, 0, 0), pad_edge=False)
    listed = [list(row) for row in rows]
    for number, name in enumerate(columns):
        numeric = bool(listed) and all(isinstance(row[number], int) for row in listed)
        made.add_column(name, justify="right" if numeric else "left")
    for row in listed:
        made.add_row(*(_cell(value) for value in row))
    if title:
        click.secho(title, bold=True)
    _print(made)


def facts(pairs: Mapping[str, Cell]) -> None:
    """One fact a line, by name."""
    from rich.table import Table

    made = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    made.add_column(style="bold")
    made.add_column()
    for name, value in pairs.items():
        made.add_row(name, _cell(value))
    _print(made)


def _print(what: Any) -> None:  # noqa: ANN401 - whatever rich prints
    console = _console()
    with console.capture() as captured:
        console.print(what)
    click.echo("\n".join(line.rstrip() for line in captured.get().splitlines()))


def _console() -> "Console":
    from rich.console import Console

    return Console(width=_WIDE, force_terminal=sys.stdout.isatty(), highlight=False, emoji=False)


def _cell(value: Cell) -> Any:  # noqa: ANN401 - rich's text
    """As it stands: data is no markup, and no terminal's control sequence."""
    from rich.text import Text

    text = "-" if value is None or value == "" else printable(str(value))
    return Text(text, style=_STYLES.get(text, ""))


def printable(text: str) -> str:
    """Names come from providers and users: what a terminal would obey is shown as `?`."""
    return "".join(one if one.isprintable() else "?" for one in text)


def instant(ms: int | None) -> str | None:
    """Epoch milliseconds for people: `2026-02-19 14:03:07` (UTC)."""
    return None if ms is None else datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def age(ms: int | None, now: int) -> str | None:
    """How long ago an instant is: `12 s`, `3 min`, `5 h`, `2 d`."""
    if ms is None:
        return None
    seconds = max(0, now - ms) // 1000
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def ago(ms: int | None, now: int) -> str | None:
    return None if ms is None else f"{age(ms, now)} ago"


def counted(number: int, what: str) -> str:
    """`1 item`, `2 items`."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
