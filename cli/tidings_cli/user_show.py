"""`tidings users show`: all that is stored of one user, and nothing that it is worth to a thief."""

from dataclasses import asdict

import click

from tidings_cli import context, item_list, output


@click.command()
@click.argument("user_id")
@output.as_json
@context.with_deployment
def show(user_id: str, as_json: bool) -> None:
    """Show what is stored of USER_ID: items, sources, cooldowns, and how many sessions. E-mails are not shown.

    Sessions and link sessions have no index by user, so both tables are read whole.
    """
    from tidings.store import items, link_sessions, sessions, sources, surveys

    rows = surveys.sources_of(user_id)
    keys = sorted({*(f"{one.source.provider}#{one.source.item_id}" for one in rows), *items.of_user(user_id)})
    held = [item for key in keys if (item := surveys.item(key)) is not None and item.user_id == user_id]
    listed = [
        item_list.listed(
            item, [one.source for one in rows if item.item == f"{one.source.provider}#{one.source.item_id}"]
        )
        for item in held
    ]
    cooldowns = {provider: at for provider, at in sources.of_user(user_id).retry_at.items() if at}
    counts = {"sessions": len(sessions.of_user(user_id)), "link_sessions": len(link_sessions.of_user(user_id))}
    if as_json:
        output.write_json(
            {
                "user_id": user_id,
                "items": [asdict(one) for one in listed],
                "sources": [item_list.source_fields(one) for one in rows],
                "cooldowns": [{"provider": provider, "retry_at": at} for provider, at in cooldowns.items()],
                **counts,
            }
        )
        return
    if not (rows or held or any(counts.values())):
        click.echo(f"Nothing is stored of {output.printable(user_id)}.")
        return
    output.facts(
        {
            "user": user_id,
            "sessions": counts["sessions"],
            "link sessions": counts["link_sessions"],
            **{f"{provider} refreshable from": output.instant(at) for provider, at in cooldowns.items()},
        }
    )
    click.echo()
    output.table(item_list.COLUMNS, [one.row() for one in listed])
    click.echo()
    item_list.sources_table(rows)
