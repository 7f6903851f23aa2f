"""`tidings events redrive`: move dead letters back to their source queues, once their cause is fixed.

Each message is sent before it is deleted: an interruption duplicates it but never loses it, and all messages of this
deployment are idempotent. Bodies are not shown: they may contain a link token.
"""

import click

from tidings_cli import context, output, queues
from tidings_cli.commands import Command
from tidings_cli.queues import Queue

_BATCH = 10
_HIDDEN_S = 120
_LIMIT = 1000


@click.command(cls=Command)
@click.option("--queue", "name", metavar="NAME", help="Only this queue, by its name in `tidings status`.")
@click.option(
    "--limit", type=click.IntRange(min=1), default=_LIMIT, show_default=True, help="The maximum for each queue."
)
@click.option("--dry-run", is_flag=True, help="Count only.")
@context.with_deployment
def redrive(name: str | None, limit: int, dry_run: bool) -> None:
    """Move dead letters back to their queues, where they are processed again.

    Find and fix the cause first, or they are dead letters again half an hour later.
    """
    found = [one for one in queues.list_queues(context.current_deployment()) if one.dead_letters_url]
    if name and name not in {one.name for one in found}:
        raise click.ClickException(f"There is no such queue: choose one of {', '.join(one.name for one in found)}.")
    rows = []
    for queue in found:
        if name is None or queue.name == name:
            moved = 0 if dry_run else move(queue, limit)
            rows.append((queue.name, queue.dead_letters, moved))
    if output.wants_json():
        moves = [{"queue": one, "dead_letters": dead, "moved": moved} for one, dead, moved in rows]
        output.write_json({"dry_run": dry_run, "queues": moves})
        return
    output.print_table(("queue", "dead letters", "moved"), rows)


def move(queue: Queue, limit: int) -> int:
    """Move a queue's dead letters back. New ones are moved too, up to the limit. Returns how many were moved."""
    from tidings.aws import clients

    client = clients.aws_client("sqs")
    source = queue.dead_letters_url
    moved = 0
    while moved < limit:
        received = client.receive_message(
            QueueUrl=source,
            MaxNumberOfMessages=min(_BATCH, limit - moved),
            VisibilityTimeout=_HIDDEN_S,
            WaitTimeSeconds=1,
            MessageAttributeNames=["All"],
        ).get("Messages", [])
        if not received:
            break
        for message in received:
            attributes = message.get("MessageAttributes", {})
            client.send_message(QueueUrl=queue.url, MessageBody=message["Body"], MessageAttributes=attributes)
            client.delete_message(QueueUrl=source, ReceiptHandle=message["ReceiptHandle"])
            moved += 1
    return moved
