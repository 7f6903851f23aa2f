"""`tidings users show`: everything that is stored about a user, without credentials or e-mails."""

from dataclasses import asdict

import click

from tidings_cli import context, errors, item_list, output
from tidings_cli.commands import Command


@click.command(cls=Command)
@click.argument("user_id")
@context.with_deployment
def show(user_id: str) -> None:
    """Show what is stored about USER_ID: items, sources, cooldowns, and the number of sessions. E-mails are not shown.

    Sessions and link sessions have no index by user, so the command scans both tables.
    """
    from tidings.store import admin_queries, items, link_sessions, sessions, user_state

    rows = admin_queries.sources_of(user_id)
    keys = sorted({*(one.source.item for one in rows), *items.items_of_user(user_id)})
    owned = [item for key in keys if (item := admin_queries.find_item(key)) is not None and item.user_id == user_id]
    summaries = [
        item_list.summarize_item(item, [one.source for one in rows if item.item == one.source.item]) for item in owned
    ]
    cooldowns = {provider: at for provider, at in user_state.read_user_state(user_id).retry_at.items() if at}
    counts = {
        "sessions": len(sessions.sessions_of_user(user_id)),
        "link_sessions": len(link_sessions.sessions_of_user(user_id)),
    }
    if not (rows or owned or any(counts.values())):
        raise errors.unknown_user(user_id)
    if output.wants_json():
        output.write_json(
            {
                "user_id": user_id,
                "items": [asdict(one) for one in summaries],
                "sources": [item_list.source_json(one) for one in rows],
                "cooldowns": [{"provider": provider, "retry_at": at} for provider, at in cooldowns.items()],
                **counts,
            }
        )
        return
    output.print_facts(
        {
            "user": user_id,
            "sessions": counts["sessions"],
            "link sessions": counts["link_sessions"],
            **{f"{provider} refreshable from": output.format_instant(at) for provider, at in cooldowns.items()},
        }
    )
    click.echo()
    output.print_table(item_list.COLUMNS, [one.cells() for one in summaries])
    click.echo()
    item_list.print_sources(rows)
