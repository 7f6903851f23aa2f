"""Announce changes of sources: read UpdateState's stream, nudge browsers, and queue notifications for the host.

A lost announcement costs nothing, since the poll is the truth. So a record is tried three times and then dropped.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from tidings import observability, settings
from tidings.announce import changes
from tidings.aws import queues
from tidings.concurrency import limit_time, run_concurrently
from tidings.errors import TidingsError
from tidings.observability import emit_count
from tidings.store.stream_images import SourceChange, parse_record

TIME_LIMIT_S = 20.0
"""For one invocation. The function is killed after 25 s."""
QUEUE_S = 5.0
"""For the host's queue, so that one that hangs leaves time for the browsers."""

BatchResponse = dict[str, list[dict[str, str]]]
"""Lambda's partial batch response: it reads the stream again from the named record on."""


def handle(event: Mapping[str, Any], context: Any) -> BatchResponse:  # noqa: ANN401 - the runtime's own class
    """Announce a batch of records. The first record that failed is returned; repeating later ones is harmless."""
    with observability.invocation(context), limit_time(TIME_LIMIT_S):
        failed: set[str] = set()
        found = [change for record in event["Records"] if (change := _parse(record, failed))]
        failed |= _queue_notifications(found)
        failed |= _nudge_users(found)
        in_order = [str(record["dynamodb"]["SequenceNumber"]) for record in event["Records"]]
        first = next((sequence for sequence in in_order if sequence in failed), None)
    return {"batchItemFailures": [] if first is None else [{"itemIdentifier": first}]}


def _parse(record: Mapping[str, Any], failed: set[str]) -> SourceChange | None:
    try:
        return parse_record(record)
    except (KeyError, ValueError, TypeError) as error:
        observability.log_exception(error)
        failed.add(str(record["dynamodb"]["SequenceNumber"]))
        return None


def _queue_notifications(found: Sequence[SourceChange]) -> set[str]:
    """Queue the host's notifications, each once. Returns the records that failed."""
    if not settings.notify_queue_url():
        return set()
    told = [(change.sequence, one) for change in found for one in changes.build_notifications(change)]
    by_id = {one.message_id: one for _, one in told}
    try:
        with limit_time(QUEUE_S):
            queues.send_notifications([one.dump() for one in by_id.values()])
    except TidingsError as error:
        _log_failure(error, "host")
        return {sequence for sequence, _ in told}
    return set()


def _nudge_users(found: Iterable[SourceChange]) -> set[str]:
    """Nudge each user with a visible change once. Returns the records that failed."""
    by_user: dict[str, list[str]] = {}
    for change in found:
        if changes.is_visible(change):
            by_user.setdefault(change.user_id, []).append(change.sequence)
    nudged = run_concurrently([partial(_nudge, user_id) for user_id in by_user])
    users = zip(by_user.values(), nudged, strict=True)
    return {sequence for sequences, is_nudged in users if not is_nudged for sequence in sequences}


def _nudge(user_id: str) -> bool:
    from tidings.live import publish  # what it loads is needed only where browsers listen

    try:
        publish.publish_nudge(user_id)
    except TidingsError as error:
        _log_failure(error, "browser")
        return False
    except Exception as error:  # noqa: BLE001 - one user's nudge must not end the others'
        observability.log_exception(error)
        return False
    return True


def _log_failure(error: TidingsError, audience: str) -> None:
    observability.log_error_response(error)
    emit_count("AnnounceFailed", audience=audience)
