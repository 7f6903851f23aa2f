"""`tidings notify`: test the host app's address, and send notifications again."""

import time
from secrets import token_hex
from typing import TYPE_CHECKING

import click

from tidings_cli import context, output, queues, redrive
from tidings_cli.commands import Group
from tidings_cli.log_suppression import suppress_logs

if TYPE_CHECKING:
    from tidings.announce.delivery import HostResponse

_QUEUE = "NotifyQueue"
_SHOWN_BYTES = 500
_LIMIT = 1000
_TEST_TYPE = "notify.test"


@click.group(cls=Group)
def notify() -> None:
    """Messages to the host app's backend (NotifyUrl)."""


@notify.command()
@context.with_deployment
def test() -> None:
    """Send a signed test message to NotifyUrl from this machine, and print the answer.

    Its type is `notify.test`. The command exits with 1 unless the answer is a 2xx.
    """
    _require_address()
    from tidings import clock
    from tidings.announce import delivery
    from tidings.announce.notification import build_payload
    from tidings.errors import TidingsError

    message_id, began = f"msg_test_{token_hex(8)}", time.monotonic()
    try:
        with suppress_logs():
            response = delivery.send(message_id, build_payload(_TEST_TYPE, clock.now_ms(), {}))
    except TidingsError as error:
        raise click.ClickException(error.detail) from None
    _print_response(message_id, response, round(1000 * (time.monotonic() - began)))
    if not response.is_success:
        raise SystemExit(1)


def _print_response(message_id: str, response: "HostResponse", ms: int) -> None:
    text = response.body[:_SHOWN_BYTES].decode("utf-8", "replace")
    if output.wants_json():
        output.write_json({"message_id": message_id, "status": response.status, "ms": ms, "body": text})
        return
    click.echo(f"{message_id}: {response.status} in {ms} ms")
    if text:
        click.echo(text)


@notify.command()
@click.option("--user", "user_id", metavar="USER_ID", help="Send what holds of this user's connections now.")
@click.option("--limit", type=click.IntRange(min=1), default=_LIMIT, show_default=True, help="Of dead letters.")
@click.option("--dry-run", is_flag=True, help="Count only.")
@context.with_deployment
def replay(user_id: str | None, limit: int, dry_run: bool) -> None:
    """Send dead letters again, or with --user what holds of a user's connections now.

    A message keeps its id, so that the host can tell a repetition. One below the newest delivered is dropped.
    """
    _require_address()
    found = _queue_state(user_id, dry_run) if user_id else _move_dead_letters(limit, dry_run)
    if output.wants_json():
        output.write_json({"dry_run": dry_run, "messages": found})
    else:
        click.echo(f"{found} {'message' if found == 1 else 'messages'} {'to send' if dry_run else 'queued'}.")


def _move_dead_letters(limit: int, dry_run: bool) -> int:
    [queue] = [one for one in queues.list_queues(context.current_deployment()) if one.name == _QUEUE]
    return min(queue.dead_letters, limit) if dry_run else redrive.move(queue, limit)


def _queue_state(user_id: str, dry_run: bool) -> int:
    from tidings import clock
    from tidings.announce.changes import current_notifications
    from tidings.aws import queues as product_queues
    from tidings.store.user_state import read_user_state

    with suppress_logs():
        sources = read_user_state(user_id).sources
        notifications = [one.dump() for one in current_notifications(user_id, sources, clock.now_ms())]
        if not dry_run:
            product_queues.send_notifications(notifications)
    return len(notifications)


def _require_address() -> None:
    deployment = context.current_deployment()
    if not deployment.parameters.get("NotifyUrl") or _QUEUE not in deployment.resources:
        raise click.ClickException("This deployment sends no messages: deploy it with NotifyUrl.")
