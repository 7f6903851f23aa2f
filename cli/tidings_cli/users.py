"""`tidings users`: delete a user, and renew the secret of a SnapTrade user."""

from dataclasses import dataclass

import click

from tidings_cli import context, errors, user_show
from tidings_cli.log_suppression import suppress_logs


@click.group()
def users() -> None:
    """The app's users, by the user id that their sessions carry."""


users.add_command(user_show.show)


@dataclass(frozen=True, slots=True)
class _Found:
    """What the tables hold of a user."""

    items: tuple[str, ...]
    state: tuple[str, ...]
    holdings: tuple[str, ...]
    sessions: tuple[str, ...]
    link_sessions: tuple[str, ...]
    minutes: tuple[str, ...]

    def told(self) -> str:
        rows = (
            (len(self.items), "provider items"),
            (len(self.state), "rows of update state"),
            (len(self.holdings), "rows of holdings"),
            (len(self.sessions), "sessions"),
            (len(self.link_sessions), "link sessions"),
            (len(self.minutes), "minutes of limits"),
        )
        return ", ".join(f"{number} {what}" for number, what in rows)


@users.command()
@click.argument("user_id")
@click.option("--dry-run", is_flag=True, help="Say what there is, end and delete nothing.")
@context.with_deployment
def delete(user_id: str, dry_run: bool) -> None:
    """End everything of USER_ID at the providers, and leave no row of the user anywhere.

    Have the app sign the user out for good first: who signs in again begins anew. Sessions, link sessions and counted
    minutes have no index by user, so their tables are read whole. It can be repeated after any failure; what could not
    be ended at its provider is kept until it can.
    """
    from tidings.errors import TidingsError

    try:
        found = _find(user_id)
        for item in found.items:
            click.echo(f"{'would end' if dry_run else 'ending'} {item}")
        if not dry_run:
            _delete(user_id, found)
    except TidingsError as error:
        raise click.ClickException(f"{errors.describe(error)} Run the command again.") from None
    click.echo(found.told() if dry_run else f"Deleted {found.told()}.")


def _find(user_id: str) -> _Found:
    from tidings.store import erasure, items, link_sessions, removal, sessions, snapshots, sources

    rows = sources.of_user(user_id).sources
    linked = {items.key(row.provider, row.item_id) for row in rows}
    return _Found(
        items=tuple(sorted(linked | set(items.of_user(user_id)))),
        state=tuple(removal.entries(user_id)),
        holdings=tuple(snapshots.entries(user_id)),
        sessions=tuple(sessions.of_user(user_id)),
        link_sessions=tuple(link_sessions.of_user(user_id)),
        minutes=tuple(erasure.minutes(user_id)),
    )


def _delete(user_id: str, found: _Found) -> None:
    """Sessions first: a page that is open would go on reading, and reading may map the user anew."""
    from tidings.model import User
    from tidings.store import erasure, link_sessions, removal, sessions

    sessions.delete(found.sessions)
    link_sessions.delete(found.link_sessions)
    with suppress_logs():
        from tidings import connections

        connections.end_everything(User(user_id), found.items)
    removal.erase(user_id)
    erasure.forget_minutes(found.minutes)


@users.command("rotate-secret")
@click.argument("user_id")
@context.with_deployment
def rotate_secret(user_id: str) -> None:
    """Have SnapTrade make a new secret for USER_ID's SnapTrade user, and store it in place of the old one.

    SnapTrade shows a new secret once, in the answer that ends the old one. Do not interrupt the command: it ends with
    0 when the new secret is stored, with 1 when nothing has changed, and with 2 when the secret is lost.
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
    click.echo("Rotated.")
