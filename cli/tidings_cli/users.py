"""`tidings users`: show or delete a user, and rotate the secret of a SnapTrade user."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from tidings_cli import context, errors, output, user_show
from tidings_cli.commands import Group
from tidings_cli.log_suppression import suppress_logs

if TYPE_CHECKING:
    from tidings.model import ItemKey
    from tidings.store.event_retention import EventKey


@click.group(cls=Group)
def users() -> None:
    """The app's users, by the user id that their sessions carry."""


users.add_command(user_show.show)


@dataclass(frozen=True, slots=True)
class _UserRows:
    """The keys of a user's rows."""

    items: tuple["ItemKey", ...]
    state: tuple[str, ...]
    holdings: tuple[str, ...]
    sessions: tuple[str, ...]
    link_sessions: tuple[str, ...]
    rate_counters: tuple[str, ...]
    named: tuple["ItemKey", ...]
    """The items that webhooks may have named: those linked now, and the SnapTrade user of an earlier connection."""
    events: tuple["EventKey", ...]

    def counts(self) -> dict[str, int]:
        """Count the rows by what they are; all are 0 for an unknown user."""
        return {
            "provider items": len(self.items),
            "rows of update state": len(self.state),
            "rows of holdings": len(self.holdings),
            "sessions": len(self.sessions),
            "link sessions": len(self.link_sessions),
            "rate counters": len(self.rate_counters),
            "webhooks": len(self.events),
        }


@users.command()
@click.argument("user_id")
@click.option("--dry-run", is_flag=True, help="Show what is stored; disconnect and delete nothing.")
@context.with_deployment
def delete(user_id: str, dry_run: bool) -> None:
    """Disconnect everything of USER_ID at the providers, and delete all rows of the user.

    First have the app sign the user out for good: a new sign-in creates new rows. Sessions, link sessions and rate
    counters have no index by user, so the command scans their tables. Recorded webhooks keep their keys only, so that
    a replay changes nothing. Repeat it after any failure: an item that could not be disconnected at its provider keeps
    its rows until it can.
    """
    from tidings.errors import TidingsError

    try:
        rows = _find_rows(user_id)
        for item in rows.items:
            output.print_progress(f"{'would disconnect' if dry_run else 'disconnecting'} {item}")
        if not dry_run:
            _delete(user_id, rows)
    except TidingsError as error:
        raise click.ClickException(f"{errors.describe(error)} Run the command again.") from None
    counts = rows.counts()
    if not any(counts.values()):
        raise errors.unknown_user(user_id)
    text = ", ".join(f"{number} {what}" for what, number in counts.items())
    found = {what.replace(" ", "_"): number for what, number in counts.items()}
    output.print_result({"dry_run": dry_run, **found}, text if dry_run else f"Deleted {text}.")


def _find_rows(user_id: str) -> _UserRows:
    from tidings.store import (
        event_retention,
        items,
        link_sessions,
        rate_counters,
        removal,
        sessions,
        snapshots,
        user_state,
    )

    linked = {row.item for row in user_state.read_user_state(user_id).sources}
    owned = sorted(linked | set(items.items_of_user(user_id)))
    named = sorted({*owned, *_snaptrade_users(user_id, sessions.emails_of_user(user_id))})
    return _UserRows(
        items=tuple(owned),
        state=tuple(removal.user_entries(user_id)),
        holdings=tuple(snapshots.snapshot_entries(user_id)),
        sessions=tuple(sessions.sessions_of_user(user_id)),
        link_sessions=tuple(link_sessions.sessions_of_user(user_id)),
        rate_counters=tuple(rate_counters.rate_counter_keys(user_id)),
        named=tuple(named),
        events=event_retention.find_events(named),
    )


def _snaptrade_users(user_id: str, emails: Iterable[str]) -> list["ItemKey"]:
    """List the SnapTrade users that this user can have had: their ids are derived from the user id or an e-mail."""
    from tidings.model import ItemKey
    from tidings.providers.snaptrade.users import user_id_of, user_id_without_email

    ids = [user_id_without_email(user_id), *map(user_id_of, emails)]
    return [ItemKey("snaptrade", one) for one in ids]


def _delete(user_id: str, rows: _UserRows) -> None:
    """Blank the webhooks, then delete sessions before the rest: an open page's reads may create rows of the user.

    Sessions and items lead to the webhooks, so these come first, and again after the webhooks of the deletion itself.
    """
    from tidings.model import User
    from tidings.store import event_retention, items, link_sessions, rate_counters, removal, sessions

    _blank_events(rows.events)
    sessions.delete_sessions(rows.sessions)
    link_sessions.delete_sessions(rows.link_sessions)
    with suppress_logs():
        from tidings.connections.disconnect import disconnect_all

        disconnect_all(User(user_id), rows.items)
    removal.erase_user(user_id)
    rate_counters.delete_rate_counters(rows.rate_counters)
    for item in rows.named:
        items.delete_orphan(item)
    _blank_events(event_retention.find_events(rows.named))


def _blank_events(keys: Iterable["EventKey"]) -> None:
    from tidings.store import event_retention

    for key in keys:
        event_retention.blank_event(key)


@users.command("rotate-secret")
@click.argument("user_id")
@context.with_deployment
def rotate_secret(user_id: str) -> None:
    """Have SnapTrade create a new secret for USER_ID's SnapTrade user, and store it in place of the old one.

    SnapTrade shows a new secret once, in the response that invalidates the old one. Do not interrupt the command. It
    exits with 0 if the new secret is stored, with 1 if nothing has changed, and with 2 if the secret is lost.
    """
    from tidings.errors import TidingsError
    from tidings_cli import rotation

    try:
        rotation.rotate(user_id, say=lambda line: click.echo(line, err=True))
    except rotation.SecretLost as lost:
        click.echo(f"Error: {lost}", err=True)
        raise click.exceptions.Exit(2) from None
    except rotation.NotRotated as unchanged:
        raise click.ClickException(str(unchanged)) from None
    except TidingsError as error:
        raise click.ClickException(f"{errors.describe(error)} Nothing has changed.") from None
    output.print_result({"rotated": True}, "Rotated.")
