"""`tidings sessions`: make and end a sign-in session by hand."""

import secrets
import time

import click

from tidings.model import User
from tidings_cli import target


@click.group()
def sessions() -> None:
    """Sign-in sessions."""


@sessions.command()
@click.option("--user-id", required=True, help="Whom the session signs in.")
@click.option("--email", help="The user's verified e-mail.")
@click.option("--hours", type=click.FloatRange(min=0, min_open=True), default=12.0, show_default=True)
@target.chosen
def create(user_id: str, email: str | None, hours: float) -> None:
    """Make a session and print its cookie value, which is shown only now."""
    from tidings.store import sessions as store

    cookie = secrets.token_urlsafe(32)
    store.create(cookie, User(user_id, email), int(time.time() + hours * 3600))
    click.echo(cookie)


@sessions.command()
@click.argument("cookie", required=False)
@target.chosen
def revoke(cookie: str | None) -> None:
    """End the session of COOKIE (asked for when left out, so that it stays out of the shell's history)."""
    from tidings.store import sessions as store

    store.revoke(cookie or click.prompt("Cookie", hide_input=True))
    click.echo("Revoked.")
