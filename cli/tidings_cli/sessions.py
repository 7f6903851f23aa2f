"""`tidings sessions`: make and end a sign-in session by hand."""

import secrets
import time
from itertools import islice

import click

from tidings_cli import context, output

_SHOWN = 12
"""Hex digits of a session's key: enough to tell sessions apart, and no way back to a cookie."""


@click.group()
def sessions() -> None:
    """Sign-in sessions."""


@sessions.command()
@click.option("--user-id", required=True, help="Whom the session signs in.")
@click.option("--email", help="The user's verified e-mail.")
@click.option("--hours", type=click.FloatRange(min=0, min_open=True), default=12.0, show_default=True)
@context.with_deployment
def create(user_id: str, email: str | None, hours: float) -> None:
    """Make a session and print its cookie value, which is shown only now."""
    from tidings.model import User
    from tidings.store import sessions as store

    cookie = secrets.token_urlsafe(32)
    store.create(cookie, User(user_id, email), int(time.time() + hours * 3600))
    click.echo(cookie)


@sessions.command("list")
@click.option("--user", metavar="USER_ID", help="Only this user's.")
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True)
@output.as_json
@context.with_deployment
def list_(user: str | None, limit: int, as_json: bool) -> None:
    """List sessions that are good now, by the start of their cookie's SHA-256. It reads the whole table."""
    from tidings.store import surveys

    now = time.time()
    found = islice((one for one in surveys.sessions(user) if one.expires_at > now), limit + 1)
    good = sorted(found, key=lambda one: (one.user_id, one.expires_at))
    rows = [(one.session[:_SHOWN], one.user_id, one.expires_at * 1000) for one in good[:limit]]
    if as_json:
        told = [{"session": key, "user_id": user_id, "expires_at": at} for key, user_id, at in rows]
        output.write_json({"sessions": told, "more": len(good) > limit})
        return
    output.table(("session", "user", "ends"), [(key, user_id, output.instant(at)) for key, user_id, at in rows])
    more = ", and there are more (--limit)" if len(good) > limit else ""
    click.echo(f"{output.counted(len(rows), 'session')}{more}.")


@sessions.command(context_settings={"ignore_unknown_options": True})  # one cookie in 64 begins with a dash
@click.argument("cookie", required=False)
@click.option("--user", metavar="USER_ID", help="Every session of this user instead. It reads the whole table.")
@context.with_deployment
def revoke(cookie: str | None, user: str | None) -> None:
    """End the session of COOKIE (asked for when left out, so that it stays out of the shell's history)."""
    from tidings.store import sessions as store

    if user is None:
        store.revoke(cookie or click.prompt("Cookie", hide_input=True))
        click.echo("Revoked.")
        return
    if cookie is not None:
        raise click.UsageError("Either COOKIE or --user.")
    keys = store.of_user(user)
    store.delete(keys)
    click.echo(f"Revoked {output.counted(len(keys), 'session')}.")
