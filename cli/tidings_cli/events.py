"""`tidings events`: list, show, follow and replay verified webhooks, trigger them locally, and redrive dead letters."""

import heapq
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from tidings_cli import context, output
from tidings_cli.commands import Group
from tidings_cli.event_tail import tail
from tidings_cli.event_trigger import trigger
from tidings_cli.item_arguments import item_candidates
from tidings_cli.log_suppression import suppress_logs
from tidings_cli.redrive import redrive

if TYPE_CHECKING:
    from tidings.model import ProviderName
    from tidings.store.events import LoggedEvent
    from tidings.webhooks.event_log import Replay

F = TypeVar("F", bound=Callable[..., Any])
PROVIDERS = ("plaid", "snaptrade")
_UNITS = {"min": 60, "h": 3600, "d": 86_400}


@click.group(cls=Group)
def events() -> None:
    """Verified webhooks of the last 30 days, and dead letters."""


events.add_command(redrive)
events.add_command(tail)
events.add_command(trigger)


def _parse_age(_context: click.Context, _parameter: click.Parameter, text: str | None) -> int | None:
    """Convert `30min`, `12h` or `7d` to the instant that long ago, in epoch milliseconds."""
    from tidings import clock

    if text is None:
        return None
    for unit, seconds in _UNITS.items():
        number = text.removesuffix(unit)
        if number != text and number.isdecimal():
            return clock.now_ms() - int(number) * seconds * 1000
    raise click.BadParameter("a number with min, h or d: 30min, 12h, 7d")


_FILTERS: tuple[Callable[[Any], Any], ...] = (
    click.option("--provider", type=click.Choice(PROVIDERS)),
    click.option("--outcome", help="An outcome of the log: marked, status, orphan, ignored and so on."),
    click.option("--kind", help="A kind of the log: HOLDINGS:DEFAULT_UPDATE, CONNECTION_ADDED and so on."),
    click.option("--user", metavar="USER_ID", help="Only events of items that this user owns now; scans no table."),
    click.option("--item", metavar="ITEM_ID", help="Only events of this item; scans no table."),
)


def _filters(command: F) -> F:
    return reduce(lambda wrapped, option: option(wrapped), reversed(_FILTERS), command)


def _find_events(
    since: int, *, provider: str | None, outcome: str | None, kind: str | None, user: str | None, item: str | None
) -> Iterator["LoggedEvent"]:
    """Find events, in no order unless a user or an item is given."""
    from tidings import clock
    from tidings.webhooks import event_log

    items = [None] if item is None else item_candidates(item)
    queries = [
        event_log.EventFilter(
            since=since,
            until=clock.now_ms(),
            provider=cast("ProviderName | None", provider),
            outcome=outcome,
            kind=kind,
            user_id=user,
            item=one,
        )
        for one in items
    ]
    return chain.from_iterable(map(event_log.list_events, queries))


@events.command("list")
@_filters
@click.option(
    "--since", callback=_parse_age, metavar="AGE", default="1d", show_default=True, help="For example 30min, 12h, 7d."
)
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True)
@context.with_deployment
def list_(since: int, limit: int, **filters: str | None) -> None:
    """List webhooks, the newest first. Without --user or --item the command scans the whole log."""
    newest = heapq.nlargest(limit + 1, _find_events(since, **filters), key=lambda one: one.event.received_at)
    shown, more = newest[:limit], len(newest) > limit
    if output.wants_json():
        output.write_json({"events": [_event_json(one) for one in shown], "more": more})
        return
    rows = [
        (
            output.format_instant(one.event.received_at),
            one.event.provider,
            one.event.kind,
            one.outcome,
            one.event.event_id,
        )
        for one in shown
    ]
    output.print_table(("received", "provider", "kind", "outcome", "event"), rows)
    click.echo(f"{output.format_count(len(shown), 'event')}{', and there are more (--limit)' if more else ''}.")


def _event_json(found: "LoggedEvent") -> dict[str, object]:
    event = found.event
    return {
        "provider": event.provider,
        "event_id": event.event_id,
        "kind": event.kind,
        "outcome": found.outcome,
        "received_at": event.received_at,
        "item": event.item,
    }


@events.command()
@click.argument("event")
@context.with_deployment
def show(event: str) -> None:
    """Show a webhook with its stored body, without secrets, tokens and names.

    EVENT is an id of `list`, or `plaid#ID` or `snaptrade#ID`.
    """
    found = _find_event(event)
    body = _parse_body(found)
    if output.wants_json():
        output.write_json({**_event_json(found), "body": body})
        return
    facts: dict[str, output.Cell] = {
        "event": found.event.event_id,
        "provider": found.event.provider,
        "kind": found.event.kind,
        "outcome": found.outcome,
        "received": output.format_instant(found.event.received_at),
        "item": found.event.item,
    }
    output.print_facts(facts)
    click.echo()
    click.echo(output.escape(body) if isinstance(body, str) else json.dumps(body, indent=2))


def _find_event(event: str) -> "LoggedEvent":
    """Find an event by `provider#id`, or by the id alone."""
    from tidings.errors import NotFound
    from tidings.webhooks import event_log

    for provider in PROVIDERS:
        if "#" in event and not event.startswith(f"{provider}#"):
            continue
        try:
            return event_log.find_event(cast("ProviderName", provider), event.removeprefix(f"{provider}#"))
        except NotFound:
            continue
    raise click.ClickException(f"There is no event {output.escape(event)}: they are kept for 30 days.")


def _parse_body(found: "LoggedEvent") -> object:
    """Return the parsed body, or its text if it was truncated."""
    try:
        return json.loads(found.event.body or "null")
    except ValueError:
        return found.event.body


@events.command()
@click.argument("event", nargs=-1)
@_filters
@click.option(
    "--since",
    callback=_parse_age,
    metavar="AGE",
    help="Instead of EVENTs: all events since then that match the filters.",
)
@click.option("--dry-run", is_flag=True, help="Only show what each replay would do.")
@context.with_deployment
def replay(event: tuple[str, ...], since: int | None, dry_run: bool, **filters: str | None) -> None:
    """Process webhooks again, the oldest first: after a table was restored, or if an older version ignored them.

    An event changes nothing if its effect is stored, or if its source has a newer update. The command is idempotent.
    """
    if bool(event) == (since is not None) or (event and any(filters.values())):
        raise click.UsageError("Pass either EVENTs, or --since with filters.")
    found = [_find_event(one) for one in event] if since is None else list(_find_events(since, **filters))
    found.sort(key=lambda one: one.event.received_at)
    outcomes = list(_replay_all(found, dry_run))
    if output.wants_json():
        replayed = [{**_event_json(one), "verdict": done.verdict, "reason": done.reason} for one, done in outcomes]
        output.write_json({"dry_run": dry_run, "events": replayed})
        return
    rows = [(one.event.event_id, one.event.kind, done.verdict, done.reason) for one, done in outcomes]
    output.print_table(("event", "kind", "verdict", "why"), rows)
    counts = Counter(done.verdict for _, done in outcomes)
    click.echo(f"{', '.join(f'{count} {verdict}' for verdict, count in sorted(counts.items())) or 'No events'}.")


@events.command("end-untimed")
@context.with_deployment
def end_untimed() -> None:
    """Give webhooks without a time of their own, which earlier versions kept for good, the end of new ones.

    Their content goes 30 days after their receipt, their key after 400 days. The command scans the whole log.
    """
    from tidings.store import event_retention

    ended = event_retention.end_untimed_events()
    output.print_result({"ended": ended}, f"{output.format_count(ended, 'webhook')} ended.")


def _replay_all(found: Iterable["LoggedEvent"], dry_run: bool) -> Iterator[tuple["LoggedEvent", "Replay"]]:
    from tidings.webhooks import event_log

    for one in found:
        with suppress_logs():
            done = event_log.replay(one.event.provider, one.event.event_id, dry_run=dry_run)
        yield one, done
