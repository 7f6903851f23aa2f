"""`tidings events tail`: print webhooks as they arrive.

On AWS they come from the webhook functions' logs: the log of events has no index by time, so following it would read
the whole table again and again. The local cloud has no CloudWatch, and a small table.
"""

import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import click

from tidings_cli import context, log_search, output
from tidings_cli.commands import Command
from tidings_cli.deployment import Deployment

_LATENESS_MS = 60_000
"""How late an event may show: CloudWatch takes seconds to make a line searchable."""

_PAUSE_S = {True: 1.0, False: 3.0}
"""By whether the deployment is local. CloudWatch allows a handful of searches a second for the whole account."""


class TailedEvent(NamedTuple):
    """An event that arrived. `key` recognizes it when it is read again."""

    key: str
    received_at: int
    provider: str
    kind: str
    outcome: str
    event_id: str


Read = Callable[[int], Iterator[TailedEvent]]
"""Return the events since an instant, in no order."""


@click.command(cls=Command)
@click.option("--provider", type=click.Choice(("plaid", "snaptrade")))
@click.option("--limit", type=click.IntRange(min=1), help="End after this many events.")
@context.with_deployment
def tail(provider: str | None, limit: int | None) -> None:
    """Print webhooks as they arrive, until Ctrl-C. With --output json each is one line of JSON.

    On AWS it follows the functions' logs, some seconds behind.
    """
    deployment = context.current_deployment()
    read = _read_table if deployment.local else _log_reader(deployment)
    shown = 0
    try:
        for event in _follow(read, _PAUSE_S[deployment.local]):
            if provider in (None, event.provider):
                _print(event)
                shown += 1
            if shown == limit:
                return
    except KeyboardInterrupt:
        return


def _follow(read: Read, pause_s: float) -> Iterator[TailedEvent]:
    """Yield each event that arrives from now on, once."""
    from tidings import clock

    began = clock.now_ms()
    seen: dict[str, int] = {}
    while True:
        since = max(began, clock.now_ms() - _LATENESS_MS)
        for event in sorted(read(since), key=lambda one: one.received_at):
            if event.key not in seen:
                seen[event.key] = event.received_at
                yield event
        seen = {key: at for key, at in seen.items() if at >= since}
        time.sleep(pause_s)


def _read_table(since: int) -> Iterator[TailedEvent]:
    from tidings import clock
    from tidings.webhooks import event_log

    # Webhooks that arrive during the scan carry a later time than its start.
    for one in event_log.list_events(event_log.EventFilter(since=since, until=clock.now_ms() + _LATENESS_MS)):
        event = one.event
        key = f"{event.provider}#{event.event_id}"
        yield TailedEvent(key, event.received_at, event.provider, event.kind, one.outcome, event.event_id)


def _log_reader(deployment: Deployment) -> Read:
    groups = log_search.webhook_log_groups(deployment)
    if not groups:
        raise click.ClickException("The stack has no log groups of webhooks. Deploy this version of the template.")
    return lambda since: (
        _parse_line(line) for group in groups for line in log_search.search(group, since, "message", "webhook")
    )


def _parse_line(line: log_search.LogLine) -> TailedEvent:
    provider, kind, outcome, event_id = (str(line.fields.get(name, "")) for name in TailedEvent._fields[2:])
    return TailedEvent(f"{line.at}#{event_id}", line.at, provider, kind, outcome, event_id)


def _print(event: TailedEvent) -> None:
    if output.wants_json():
        output.write_json_line({name: value for name, value in event._asdict().items() if name != "key"})
        return
    instant, kind = output.format_instant(event.received_at), output.escape(event.kind)
    click.echo(f"{instant}  {event.provider:<9}  {kind:<36}  {event.outcome:<10}  {output.escape(event.event_id)}")
