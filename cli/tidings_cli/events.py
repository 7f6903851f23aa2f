"""`tidings events`: the log of verified webhooks, and what goes on with those that could not be applied."""

import json
from typing import TYPE_CHECKING

import click

from tidings_cli import output, target
from tidings_cli.redrive import redrive

if TYPE_CHECKING:
    from tidings.store.surveys import SurveyedEvent

_UNITS = {"min": 60, "h": 3600, "d": 86_400}


@click.group()
def events() -> None:
    """Verified webhooks of the last 30 days, and dead letters."""


events.add_command(redrive)


def _ago(_context: click.Context, _parameter: click.Parameter, text: str | None) -> int | None:
    """`30min`, `12h`, `7d` as the instant that long ago, in epoch milliseconds."""
    if text is None:
        return None
    from tidings import clock

    for unit, seconds in _UNITS.items():
        number = text.removesuffix(unit)
        if number != text and number.isdecimal():
            return clock.now_ms() - int(number) * seconds * 1000
    raise click.BadParameter("a number with min, h or d: 30min, 12h, 7d")


@events.command("list")
@click.option("--provider", type=click.Choice(("plaid", "snaptrade")))
@click.option("--outcome", help="As in the log: marked, duplicate, orphan, ignored and so on.")
@click.option("--user", metavar="USER_ID", help="Only about this user's items.")
@click.option("--item", metavar="ITEM_ID", help="Only about this item or connection.")
@click.option("--since", callback=_ago, metavar="AGE", default="1d", show_default=True, help="Such as 30min, 12h, 7d.")
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True)
@output.as_json
@target.chosen
def list_(
    provider: str | None,
    outcome: str | None,
    user: str | None,
    item: str | None,
    since: int,
    limit: int,
    as_json: bool,
) -> None:
    """List webhooks, the newest first. It reads the whole log."""
    from tidings.store import surveys

    about = _ids_of(user) if user else None
    found = [
        event
        for event in surveys.events(since, with_body=True)
        if (provider is None or event.provider == provider)
        and (outcome is None or event.outcome == outcome)
        and (item is None or event.is_about({item}))
        and (about is None or event.is_about(about))
    ]
    found.sort(key=lambda event: event.received_at, reverse=True)
    if as_json:
        output.write_json({"events": [_fields(event) for event in found[:limit]], "found": len(found)})
        return
    rows = [
        (output.instant(event.received_at), event.provider, event.kind, event.outcome, event.event_id)
        for event in found[:limit]
    ]
    output.table(("received", "provider", "kind", "outcome", "event"), rows)
    more = f", {limit} of them shown (--limit)" if len(found) > limit else ""
    click.echo(f"{output.counted(len(found), 'event')}{more}.")


def _ids_of(user_id: str) -> set[str]:
    """Everything by which an event may name something of the user's."""
    from tidings.store import items, surveys

    rows = surveys.sources_of(user_id)
    named = {key.partition("#")[2] for key in items.of_user(user_id)}
    return (named | {one.source.item_id for one in rows} | {one.source.source_id for one in rows}) - {"*"}


@events.command()
@click.argument("event")
@output.as_json
@target.chosen
def show(event: str, as_json: bool) -> None:
    """Show one webhook with its body, from which secrets, tokens and names were taken before it was stored.

    EVENT is the id that `list` shows, or `plaid#ID`, `snaptrade#ID`.
    """
    found = _found(event)
    if as_json:
        output.write_json({**_fields(found), "body": _body(found)})
        return
    output.facts(
        {
            "event": found.event_id,
            "provider": found.provider,
            "kind": found.kind,
            "outcome": found.outcome,
            "received": output.instant(found.received_at),
        }
    )
    click.echo()
    body = _body(found)
    click.echo(output.printable(body) if isinstance(body, str) else json.dumps(body, indent=2))


def _found(event: str) -> "SurveyedEvent":
    from tidings.store import surveys

    candidates = [event] if "#" in event else [f"plaid#{event}", f"snaptrade#{event}"]
    found = next((one for key in candidates if (one := surveys.event(key)) is not None), None)
    if found is None:
        raise click.ClickException(f"There is no event {output.printable(event)}: they are kept for 30 days.")
    return found


def _fields(event: "SurveyedEvent") -> dict[str, object]:
    names = ("provider", "event_id", "kind", "outcome", "received_at")
    return {name: getattr(event, name) for name in names}


def _body(event: "SurveyedEvent") -> object:
    """The parsed body; the text where it was cut."""
    try:
        return json.loads(event.body or "null")
    except ValueError:
        return event.body
