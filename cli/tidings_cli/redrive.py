"""`tidings events redrive`: dead letters go back to the queue that they were taken from, once their cause is mended.

Each is sent before it is deleted, so that a kill in between leaves it twice, never nowhere: all messages of this
deployment can be worked off again. What a message says is not shown: it may name a link token.
"""

import click

from tidings_cli import context, output, queues
from tidings_cli.queues import Queue

_BATCH = 10
_HIDDEN_S = 120
_LIMIT = 1000


@click.command()
@click.option("--queue", "name", metavar="NAME", help="Only this queue's, as `tidings status` names it.")
@click.option("--limit", type=click.IntRange(min=1), default=_LIMIT, show_default=True, help="Of each queue at most.")
@click.option("--dry-run", is_flag=True, help="Only count.")
@output.as_json
@context.with_deployment
def redrive(name: str | None, limit: int, dry_run: bool, as_json: bool) -> None:
    """Move dead letters back to their queues, where they are tried again.

    Find and mend the cause first, or they are back here half an hour later.
    """
    found = [one for one in queues.read(context.current_deployment()) if one.dead_letters_url]
    if name and name not in {one.name for one in found}:
        raise click.ClickException(f"There is no such queue: choose of {', '.join(one.name for one in found)}.")
    rows = []
    for queue in found:
        if name is None or queue.name == name:
            moved = 0 if dry_run else _move(queue, limit)
            rows.append((queue.name, queue.dead_letters, moved))
    if as_json:
        told = [{"queue": one, "dead_letters": dead, "moved": moved} for one, dead, moved in rows]
        output.write_json({"dry_run": dry_run, "queues": told})
        return
    output.table(("queue", "dead letters", "moved"), rows)


def _move(queue: Queue, limit: int) -> int:
    """How many were moved. Messages that arrive meanwhile are moved too, up to the limit."""
    from tidings.store import aws

    client = aws.client("sqs")
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
