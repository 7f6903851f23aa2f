"""`tidings status`: the state of a deployment on one screen."""

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

import click

from tidings_cli import context, output, queues
from tidings_cli.commands import Command
from tidings_cli.deployment import Deployment
from tidings_cli.doctor import keys
from tidings_cli.doctor.addresses import PROBE_EVENT
from tidings_cli.queues import Queue

_PROVIDERS = {"plaid": "PlaidEnvironment", "snaptrade": "SnapTradeKeyType"}
"""Each provider with the parameter that names the type of its keys."""

_HOUR_MS = 3_600_000


@dataclass(slots=True)
class Webhooks:
    """Counts of the last hours by provider and outcome, and each provider's newest webhook of any age."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    newest: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Sources:
    """Counts of what users have connected. `reconciled_at`: the newest status check of any source."""

    items: Counter[str] = field(default_factory=Counter)
    orphans: int = 0
    users: int = 0
    sources: int = 0
    pending: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    reconciled_at: int | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """The content of the screen. `configured` by provider; `hours`: the period of `webhooks.counts`, until `now`."""

    deployment: Deployment
    configured: dict[str, bool]
    queues: list[Queue]
    webhooks: Webhooks
    sources: Sources
    hours: int
    now: int

    def key_type(self, provider: str) -> str:
        """Return the type of a provider's keys."""
        return self.deployment.parameters.get(_PROVIDERS[provider], "?")

    @property
    def functions(self) -> int:
        return len(self.deployment.of_kind("AWS::Lambda::Function"))

    @property
    def alarms(self) -> int:
        return len(self.deployment.of_kind("AWS::CloudWatch::Alarm"))


@click.command(cls=Command)
@click.option(
    "--hours",
    type=click.IntRange(1, 720),
    default=24,
    show_default=True,
    help="The period that webhooks are counted for.",
)
@context.with_deployment
def status(hours: int) -> None:
    """Show the deployment on one screen: functions, providers, queues, webhooks, sources.

    It scans three tables: provider items, update state and webhook events.
    """
    from tidings import clock

    deployment, now = context.current_deployment(), clock.now_ms()
    found = Status(
        deployment=deployment,
        configured={name: keys.is_configured(deployment, name) for name in _PROVIDERS},
        queues=queues.list_queues(deployment),
        webhooks=_count_webhooks(now - hours * _HOUR_MS),
        sources=_count_sources(),
        hours=hours,
        now=now,
    )
    if output.wants_json():
        output.write_json(_to_json(found))
    else:
        _print(found)


def _count_webhooks(since: int) -> Webhooks:
    from tidings.store import admin_queries

    found = Webhooks()
    for event in admin_queries.all_events():
        if event.kind == PROBE_EVENT:
            continue
        found.newest[event.provider] = max(event.received_at, found.newest.get(event.provider, 0))
        if event.received_at >= since:
            found.counts[event.provider, event.outcome] += 1
    return found


def _count_sources() -> Sources:
    from tidings.store import admin_queries

    found, users = Sources(), set()
    for item in admin_queries.all_items():
        if item.user_id is None:
            found.orphans += 1
        else:
            users.add(item.user_id)
            found.items[item.item.provider] += 1
    for one in admin_queries.all_sources():
        found.pending += one.source.pending
        if not one.source.is_wildcard:
            found.sources += 1
            found.statuses[one.source.status] += 1
        if one.last_reconcile_at:
            found.reconciled_at = max(one.last_reconcile_at, found.reconciled_at or 0)
    found.users = len(users)
    return found


def _to_json(found: Status) -> dict[str, Any]:
    deployment, webhooks, sources = found.deployment, found.webhooks, found.sources
    return {
        "deployment": {
            "name": deployment.name,
            "region": deployment.region,
            "status": deployment.status,
            "nested_stacks": dict(deployment.nested),
            "api_url": deployment.api_url,
            "functions": found.functions,
            "alarms": found.alarms,
        },
        "providers": [
            {
                "provider": name,
                "configured": is_configured,
                "kind": found.key_type(name),
                "items": sources.items[name],
                "last_webhook_at": webhooks.newest.get(name),
            }
            for name, is_configured in found.configured.items()
        ],
        "queues": [
            {"queue": one.name, "waiting": one.waiting, "in_flight": one.in_flight, "dead_letters": one.dead_letters}
            for one in found.queues
        ],
        "webhooks": {
            "hours": found.hours,
            "counts": [
                {"provider": provider, "outcome": outcome, "count": count}
                for (provider, outcome), count in sorted(webhooks.counts.items())
            ],
        },
        "sources": {**asdict(sources), "items": dict(sources.items), "statuses": dict(sources.statuses)},
    }


def _print(found: Status) -> None:
    deployment, sources = found.deployment, found.sources
    items = output.format_count(sum(sources.items.values()), "item")
    nested = ", ".join(f"{name} {status}" for name, status in deployment.nested.items())
    on_aws: dict[str, output.Cell] = {}
    if not deployment.local:
        on_aws = {"nested": nested or "none", "alarms": found.alarms}
    output.print_facts(
        {
            "stack": f"{deployment.name} ({deployment.region}), {deployment.status}",
            "api": deployment.api_url,
            "functions": found.functions,
            **on_aws,
            "users": f"{output.format_count(sources.users, 'user')}, {items}",
            "sources": _describe_sources(sources),
            "reconciled": output.format_ago(sources.reconciled_at, found.now) or "never",
        }
    )
    click.echo()
    _print_providers(found)
    click.echo()
    rows = [(one.name, one.waiting, one.in_flight, one.dead_letters) for one in found.queues]
    output.print_table(("queue", "waiting", "in flight", "dead letters"), rows)
    click.echo()
    counts = sorted(found.webhooks.counts.items())
    if counts:
        webhook_rows = [(provider, outcome, count) for (provider, outcome), count in counts]
        output.print_table(("webhooks from", "outcome", f"last {found.hours} h"), webhook_rows)
    else:
        click.echo(f"No webhook in the last {found.hours} h.")


def _print_providers(found: Status) -> None:
    rows = [
        (
            name,
            "yes" if is_configured else "no",
            found.key_type(name),
            found.sources.items[name],
            output.format_ago(found.webhooks.newest.get(name), found.now),
        )
        for name, is_configured in found.configured.items()
    ]
    output.print_table(("provider", "configured", "keys", "items", "last webhook"), rows)


def _describe_sources(sources: Sources) -> str:
    parts = [output.format_count(sources.sources, "source")]
    parts += [f"{count} {name}" for name, count in sorted(sources.statuses.items()) if name != "ok"]
    parts.append(f"{sources.pending} with updates")
    if sources.orphans:
        parts.append(f"{sources.orphans} orphaned items")
    return ", ".join(parts)
