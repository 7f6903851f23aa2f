"""`tidings sessions`: create, list and revoke sign-in sessions."""

import secrets
import time
from itertools import islice

import click

from tidings_cli import context, output
from tidings_cli.commands import Group

_SHOWN = 12
"""Hex digits of a session's key: enough to tell sessions apart, useless for guessing a cookie."""


@click.group(cls=Group)
def sessions() -> None:
    """Sign-in sessions."""


@sessions.command()
@click.option("--user-id", required=True, help="The user that the session signs in.")
@click.option("--email", help="The user's verified e-mail.")
@click.option("--hours", type=click.FloatRange(min=0, min_open=True), default=12.0, show_default=True)
@context.with_deployment
def create(user_id: str, email: str | None, hours: float) -> None:
    """Create a session and print its cookie value, which is shown only once."""
    from tidings.model import User
    from tidings.store import sessions as store

    cookie = secrets.token_urlsafe(32)
    store.create_session(cookie, User(user_id, email), int(time.time() + hours * 3600))
    output.print_result({"cookie": cookie}, cookie)


@sessions.command("list")
@click.option("--user", metavar="USER_ID", help="Only this user's sessions.")
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True)
@context.with_deployment
def list_(user: str | None, limit: int) -> None:
    """List valid sessions by the start of their cookie's SHA-256. The command scans the table."""
    from tidings.store import admin_queries

    now = time.time()
    found = islice((one for one in admin_queries.list_sessions(user) if one.expires_at > now), limit + 1)
    valid = sorted(found, key=lambda one: (one.user_id, one.expires_at))
    rows = [(one.session[:_SHOWN], one.user_id, one.expires_at * 1000) for one in valid[:limit]]
    if output.wants_json():
        listed = [{"session": key, "user_id": user_id, "expires_at": at} for key, user_id, at in rows]
        output.write_json({"sessions": listed, "more": len(valid) > limit})
        return
    output.print_table(
        ("session", "user", "ends"), [(key, user_id, output.format_instant(at)) for key, user_id, at in rows]
    )
    more = ", and there are more (--limit)" if len(valid) > limit else ""
    click.echo(f"{output.format_count(len(rows), 'session')}{more}.")


@sessions.command(context_settings={"ignore_unknown_options": True})  # one cookie in 64 begins with a dash
@click.argument("cookie", required=False)
@click.option("--user", metavar="USER_ID", help="Every session of this user instead; scans the table.")
@context.with_deployment
def revoke(cookie: str | None, user: str | None) -> None:
    """Revoke the session of COOKIE; prompts for it if omitted, to keep it out of the shell's history."""
    from tidings.store import sessions as store

    if user is None:
        store.revoke_session(cookie or click.prompt("Cookie", hide_input=True))
        output.print_result({"revoked": 1}, "Revoked.")
        return
    if cookie is not None:
        raise click.UsageError("Pass either COOKIE or --user.")
    keys = store.sessions_of_user(user)
    store.delete_sessions(keys)
    output.print_result({"revoked": len(keys)}, f"Revoked {output.format_count(len(keys), 'session')}.")
