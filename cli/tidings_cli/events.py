"""`tidings events`: the log of verified webhooks, one of them once more, and dead letters on their way back."""

import heapq
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from tidings_cli import context, output
from tidings_cli.log_suppression import suppress_logs
from tidings_cli.redrive import redrive

if TYPE_CHECKING:
    from tidings.event_log import Replay
    from tidings.model import ProviderName
    from tidings.store.events import Recorded

F = TypeVar("F", bound=Callable[..., Any])
PROVIDERS = ("plaid", "snaptrade")
_UNITS = {"min": 60, "h": 3600, "d": 86_400}


@click.group()
def events() -> None:
    """Verified webhooks of the last 30 days, and dead letters."""


events.add_command(redrive)


def _ago(_context: click.Context, _parameter: click.Parameter, text: str | None) -> int | None:
    """`30min`, `12h`, `7d` as the instant that long ago, in epoch milliseconds."""
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
    click.option("--outcome", help="As in the log: marked, status, orphan, ignored and so on."),
    click.option("--kind", help="As in the log: HOLDINGS:DEFAULT_UPDATE, CONNECTION_ADDED and so on."),
    click.option("--user", metavar="USER_ID", help="Only about items that are this user's now; reads no whole table."),
    click.option("--item", metavar="ITEM_ID", help="Only about this item; reads no whole table."),
)


def _filters(command: F) -> F:
    return reduce(lambda wrapped, option: option(wrapped), reversed(_FILTERS), command)


def _found(
    since: int, *, provider: str | None, outcome: str | None, kind: str | None, user: str | None, item: str | None
) -> Iterator["Recorded"]:
    """In no order, but where a user or an item is named."""
    from tidings import clock, event_log

    items = [item] if item is None or "#" in item else [f"{name}#{item}" for name in PROVIDERS]
    wanted = [
        event_log.Wanted(
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
    return chain.from_iterable(map(event_log.listed, wanted))


@events.command("list")
@_filters
@click.option("--since", callback=_ago, metavar="AGE", default="1d", show_default=True, help="Such as 30min, 12h, 7d.")
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True)
@output.as_json
@context.with_deployment
def list_(since: int, limit: int, as_json: bool, **filters: str | None) -> None:
    """List webhooks, the newest first. Without --user or --item the whole log is read."""
    newest = heapq.nlargest(limit + 1, _found(since, **filters), key=lambda one: one.event.received_at)
    shown, more = newest[:limit], len(newest) > limit
    if as_json:
        output.write_json({"events": [_fields(one) for one in shown], "more": more})
        return
    rows = [
        (output.instant(one.event.received_at), one.event.provider, one.event.kind, one.outcome, one.event.event_id)
        for one in shown
    ]
    output.table(("received", "provider", "kind", "outcome", "event"), rows)
    click.echo(f"{output.counted(len(shown), 'event')}{', and there are more (--limit)' if more else ''}.")


def _fields(found: "Recorded") -> dict[str, object]:
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
@output.as_json
@context.with_deployment
def show(event: str, as_json: bool) -> None:
    """Show one webhook with its body, from which secrets, tokens and names were taken before it was stored.

    EVENT is the id that `list` shows, or `plaid#ID`, `snaptrade#ID`.
    """
    found = _one(event)
    body = _body(found)
    if as_json:
        output.write_json({**_fields(found), "body": body})
        return
    facts: dict[str, output.Cell] = {
        "event": found.event.event_id,
        "provider": found.event.provider,
        "kind": found.event.kind,
        "outcome": found.outcome,
        "received": output.instant(found.event.received_at),
        "item": found.event.item,
    }
    output.facts(facts)
    click.echo()
    click.echo(output.printable(body) if isinstance(body, str) else json.dumps(body, indent=2))


def _one(event: str) -> "Recorded":
    """By `provider#id`, or by the id alone."""
    from tidings import event_log
    from tidings.errors import NotFound

    for provider in PROVIDERS:
        if "#" in event and not event.startswith(f"{provider}#"):
            continue
        try:
            return event_log.find(cast("ProviderName", provider), event.removeprefix(f"{provider}#"))
        except NotFound:
            continue
    raise click.ClickException(f"There is no event {output.printable(event)}: they are kept for 30 days.")


def _body(found: "Recorded") -> object:
    """The parsed body; the text where it was cut."""
    try:
        return json.loads(found.event.body or "null")
    except ValueError:
        return found.event.body


@events.command()
@click.argument("event", nargs=-1)
@_filters
@click.option(
    "--since", callback=_ago, metavar="AGE", help="Instead of EVENTs: all since then that the filters let by."
)
@click.option("--dry-run", is_flag=True, help="Only say what each would do.")
@output.as_json
@context.with_deployment
def replay(event: tuple[str, ...], since: int | None, dry_run: bool, as_json: bool, **filters: str | None) -> None:
    """Do webhooks once more, the oldest first: after a table was restored, or for what an older version ignored.

    An event that left its trace, or that something as new came after, changes nothing: it can be repeated.
    """
    if bool(event) == (since is not None) or (event and any(filters.values())):
        raise click.UsageError("Either EVENTs, or --since with filters.")
    found = [_one(one) for one in event] if since is None else list(_found(since, **filters))
    found.sort(key=lambda one: one.event.received_at)
    outcomes = list(_replayed(found, dry_run))
    if as_json:
        told = [{**_fields(one), "verdict": done.verdict, "reason": done.reason} for one, done in outcomes]
        output.write_json({"dry_run": dry_run, "events": told})
        return
    rows = [(one.event.event_id, one.event.kind, done.verdict, done.reason) for one, done in outcomes]
    output.table(("event", "kind", "verdict", "why"), rows)
    counts = Counter(done.verdict for _, done in outcomes)
    click.echo(f"{', '.join(f'{count} {verdict}' for verdict, count in sorted(counts.items())) or 'No events'}.")


def _replayed(found: Iterable["Recorded"], dry_run: bool) -> Iterator[tuple["Recorded", "Replay"]]:
    from tidings import event_log

    for one in found:
        with suppress_logs():
            done = event_log.replay(one.event.provider, one.event.event_id, dry_run=dry_run)
        yield one, done
