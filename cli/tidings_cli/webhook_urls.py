"""`tidings items move-webhooks`: change the webhook address of every Plaid item."""

import time
from collections import Counter
from typing import TYPE_CHECKING, Literal, get_args
from urllib.parse import urlsplit

import click

from tidings_cli import context, errors, output
from tidings_cli.commands import Command

if TYPE_CHECKING:
    from tidings.model import ItemKey
    from tidings.store.items import EncryptedCredential

Outcome = Literal["moved", "gone", "failed"]
_CALL_TIMEOUT_S = 20.0
_LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost"})


def _validate_url(_context: click.Context, _parameter: click.Parameter, url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOCAL_HOSTS):
        raise click.BadParameter("Plaid sends webhooks to https addresses only.")
    if not parts.hostname or parts.query or parts.fragment or parts.username:
        raise click.BadParameter("not a webhook address")
    return url


@click.command("move-webhooks", cls=Command)
@click.argument("url", callback=_validate_url)
@click.option("--dry-run", is_flag=True, help="Count the items only.")
@click.option("--after", metavar="ITEM_ID", help="Continue after this item, where an earlier run stopped.")
@click.option(
    "--per-minute",
    type=click.IntRange(1, 600),
    default=120,
    show_default=True,
    help="The maximum number of items per minute.",
)
@context.with_deployment
def move_webhooks(url: str, dry_run: bool, after: str | None, per_minute: int) -> None:
    """Have Plaid send the webhooks of all items to URL, for example after the API's domain has changed.

    Each item's credential is decrypted for its call. The command is idempotent. It names items that failed, and then
    exits with 1.
    """
    from tidings.errors import TidingsError
    from tidings.model import ItemKey
    from tidings.store import items

    counts: Counter[Outcome | str] = Counter()
    last, finished = after, False
    try:
        for item, sealed in items.all_encrypted_credentials("plaid", ItemKey("plaid", after) if after else None):
            if dry_run:
                counts["to move"] += 1
                continue
            began = time.monotonic()
            counts[_move(item, sealed, url)] += 1
            last = item.item_id
            time.sleep(max(0.0, 60 / per_minute - (time.monotonic() - began)))
        finished = True
    except TidingsError as error:
        raise click.ClickException(errors.describe(error)) from None
    finally:
        if not finished:
            progress = f"Stopped; continue with --after {last}" if last else "Stopped before the first item was moved"
            click.echo(f"{_format_counts(counts)}. {progress}", err=True)
    if dry_run:
        output.print_result({"to_move": counts["to move"]}, f"{counts['to move']} items to move.")
    else:
        output.print_result({one: counts[one] for one in get_args(Outcome)}, _format_counts(counts))
    if counts["failed"]:
        raise click.exceptions.Exit(1)


def _format_counts(counts: Counter[Outcome | str]) -> str:
    return ", ".join(f"{counts[outcome]} {outcome}" for outcome in get_args(Outcome))


def _move(item: "ItemKey", sealed: "EncryptedCredential", url: str) -> Outcome:
    from tidings.aws import secrets
    from tidings.errors import ItemGone, NotConfigured, ProviderLimit, ProviderMisconfigured, TidingsError
    from tidings.providers.plaid import connections as plaid
    from tidings.store import credentials
    from tidings.store.sources import SourceKey

    app = secrets.app_secret("plaid")
    if not plaid.is_configured(app):
        raise click.ClickException(NotConfigured.title)
    key = SourceKey.of_item(sealed.user_id, item)
    while True:
        try:
            access = credentials.decrypt_access(key, item.item_id, app, sealed.credential)
            plaid.move_webhook(access, url, time.monotonic() + _CALL_TIMEOUT_S)
        except ProviderLimit as error:
            time.sleep(error.retry_after_s or 60)
        except ItemGone:
            return "gone"
        except ProviderMisconfigured as error:
            raise click.ClickException(error.detail) from None
        except TidingsError as error:
            click.echo(f"{item.item_id}: {errors.describe(error)}", err=True)
            return "failed"
        else:
            return "moved"
