"""Search everything that a run leaves behind for secrets, place by place."""

import json
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from local import aws
from local.cloud import LocalCloud
from local.settings import SIGNING_SECRET, Plaid, SnapTrade
from local.simulators.snaptrade.app import WEBHOOK_SECRET
from tests.e2e.brokers import Brokers
from tests.support.drivers.secret_scanner import SecretScanner

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

LINK_TOKEN = frozenset({"link token", "a provider's token, by its look"})
"""Allowed in the tasks queue: completing a connection needs its link token (docs/security.md)."""
EMAIL = frozenset({"e-mail", "an e-mail, by its look"})
"""Allowed in the sessions table: the host app's own rows."""
KINDS = {
    *("access token", "public token", "link token", "user secret", "client secret", "consumer key"),
    *("session cookie", "Bearer token", "webhookSecret", "e-mail"),
}
_BY_BEGINNING = {"access-": "access token", "public-": "public token", "link-": "link token", "eyJ": "Bearer token"}


class Place(NamedTuple):
    """`may_hold`: the kinds of secrets that are allowed there."""

    name: str
    text: str
    may_hold: frozenset[str] = frozenset()


def check(cloud: LocalCloud, brokers: Brokers, record: Path | None) -> None:
    """Check that no log line, metric, AWS call, row, message or response contains a secret."""
    brokers.learn_secrets()
    leaked = found(places(cloud, brokers, record), known(brokers, cloud))
    if leaked:
        raise AssertionError("in clear:\n" + "\n".join(f"{name}: {', '.join(what)}" for name, what in leaked.items()))


def found(everywhere: Iterable[Place], known: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the kinds of secrets found where they are not allowed, by place."""
    scanner = SecretScanner(known)
    leaked = {place.name: sorted(scanner.find_secrets(place.text) - place.may_hold) for place in everywhere}
    return {name: what for name, what in leaked.items() if what}


def known(brokers: Brokers, cloud: LocalCloud) -> dict[str, str]:
    """Return the kind of each secret of the run: those the tests saw, and those only the simulators know."""
    fixed = {
        Plaid.secret: "client secret",
        SnapTrade.consumer_key: "consumer key",
        WEBHOOK_SECRET: "webhookSecret",
        SIGNING_SECRET: "signing secret",
    }
    sessions = json.loads((cloud.logs.parent / "plaid.json").read_text("utf-8"))["link_sessions"]
    tokens = {session["public_token"] for session in sessions.values()} - {None}
    return {value: _kind(value, brokers) for value in brokers.secrets | tokens} | fixed


def _kind(value: str, brokers: Brokers) -> str:
    for beginning, kind in _BY_BEGINNING.items():
        if value.startswith(beginning):
            return kind
    if "@" in value:
        return "e-mail"
    return "session cookie" if value in brokers.cookies else "user secret"


def places(cloud: LocalCloud, brokers: Brokers, record: Path | None) -> Iterator[Place]:
    """Yield the logs with their metrics, the recorded AWS calls, rows, messages and responses."""
    for path in sorted(cloud.logs.glob("*.log")):
        if "simulator" not in path.name:  # the providers' logs may contain their secrets
            yield Place(path.name, path.read_text("utf-8", "replace"))
    if record is not None:
        yield from _calls(record)
    yield from _rows(cloud)
    yield from _messages(cloud)
    for request, texts in brokers.answers.items():
        yield Place(f"answer to {request}", "\n".join(texts))
    yield Place("answers to webhooks", "\n".join(sorted({one["answer"] for one in brokers.deliveries()})))


def _calls(record: Path) -> Iterator[Place]:
    lines = record.read_text("utf-8").splitlines()
    to_tasks = [line for line in lines if '"TasksQueue"' in line]
    yield Place("AWS calls", "\n".join(set(lines) - set(to_tasks)))
    yield Place("AWS calls to the tasks queue", "\n".join(to_tasks), LINK_TOKEN)


def _rows(cloud: LocalCloud) -> Iterator[Place]:
    client = aws.dynamodb(cloud.ministack_url)
    for logical_id, table in cloud.physical.items():
        if logical_id.endswith("Table"):
            pages = client.get_paginator("scan").paginate(TableName=table)
            rows = [row for page in pages for row in page["Items"]]
            text = json.dumps(rows, default=lambda raw: raw.decode("latin-1"))
            yield Place(logical_id, text, EMAIL if logical_id == "SessionsTable" else frozenset())
            if logical_id == "HoldingsTable":
                yield Place("snapshots", "\n".join(_unpacked(rows)))


def _unpacked(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Return the contents of the snapshots, which are compressed and split into parts."""
    parts: defaultdict[tuple[str, str], dict[int, bytes]] = defaultdict(dict)
    for row in rows:
        if "content" in row:
            fetch, _, number = row["entry"]["S"].rpartition("#")
            parts[row["user_id"]["S"], fetch][int(number)] = row["content"]["B"]
    for numbered in parts.values():
        if 0 in numbered:  # without its first part a snapshot is unreadable
            raw = b"".join(numbered[number] for number in sorted(numbered))
            yield zlib.decompressobj().decompress(raw).decode(errors="replace")


def _messages(cloud: LocalCloud) -> Iterator[Place]:
    client = aws.sqs(cloud.ministack_url)
    for logical_id, url in cloud.physical.items():
        if logical_id.endswith("Queue"):
            bodies = _visible(client, url)
            may_hold = LINK_TOKEN if logical_id.startswith("Tasks") else frozenset()
            yield Place(logical_id, "\n".join(bodies.values()), may_hold)


def _visible(client: "SQSClient", url: str) -> dict[str, str]:
    """Return the bodies of the queue's messages by id, without deleting them."""
    found: dict[str, str] = {}
    while True:
        held = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=5).get("Messages", [])
        if not {message["MessageId"] for message in held} - found.keys():
            return found
        found |= {message["MessageId"]: message["Body"] for message in held}
