"""The search for secrets works: each kind of secret, planted in each place, is found there."""

import json
import zlib
from base64 import b64encode
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

from local import aws
from local.cloud import LocalCloud
from tests.e2e import leftovers
from tests.e2e.brokers import Brokers
from tests.e2e.leftovers import EMAIL, KINDS, LINK_TOKEN
from tests.e2e.user import User

PLANTED = "planted"


@pytest.fixture
def known(user: User, brokers: Brokers, cloud: LocalCloud) -> dict[str, str]:
    """Return one secret of each kind from this run."""
    user.link_plaid_embedded()
    user.link_plaid()
    user.link_snaptrade()
    bearer = {"user_id": user.user_id, "email": user.email}
    brokers.secrets.add(user.client.post("/_local/token", json=bearer).json()["access_token"])
    by_kind = {kind: value for value, kind in leftovers.known(brokers, cloud).items()}
    assert by_kind.keys() >= KINDS
    return {by_kind[kind]: kind for kind in KINDS}


@pytest.mark.invariant(id="I9")
@pytest.mark.threat(id="leaked-secret")
def test_leftover_search_finds_every_secret_in_every_place(
    known: dict[str, str], cloud: LocalCloud, brokers: Brokers, tmp_path: Path
) -> None:
    record = tmp_path / "calls.jsonl"  # the run's own, with every call, is searched after all tests
    with ExitStack() as planted:
        for planting in (_in_a_log(cloud, known), _in_every_table(cloud, known), _in_dead_letters(cloud, known)):
            planted.enter_context(planting)
        planted.enter_context(_in_an_answer(brokers, known))
        _in_the_record(record, known)
        told = leftovers.found(leftovers.places(cloud, brokers, record), known)
    tables = {name for name in cloud.physical if name.endswith("Table")}
    dead = {name for name in cloud.physical if name.endswith("DeadLetterQueue")}
    places = {
        "PlantedFunction.log",
        "AWS calls",
        "AWS calls to the tasks queue",
        "snapshots",
        "answer to GET /planted: 404",
    }
    assert told.keys() == places | tables | dead
    for place, kinds in told.items():
        may_hold = EMAIL if place == "SessionsTable" else LINK_TOKEN if "asks" in place else frozenset()
        assert KINDS - set(kinds) == KINDS & may_hold, place


@contextmanager
def _in_a_log(cloud: LocalCloud, secrets: Iterable[str]) -> Iterator[None]:
    path = cloud.logs / "PlantedFunction.log"
    metric = {"_aws": {"CloudWatchMetrics": []}, "service": [quote(secret, safe="") for secret in secrets]}
    path.write_text(json.dumps(metric))
    try:
        yield
    finally:
        path.unlink()


@contextmanager
def _in_every_table(cloud: LocalCloud, secrets: Iterable[str]) -> Iterator[None]:
    """Plant secrets in an attribute of each table, and compressed in a snapshot."""
    client = aws.dynamodb(cloud.ministack_url)
    tables = {table for name, table in cloud.physical.items() if name.endswith("Table")}
    schemas = {table: client.describe_table(TableName=table)["Table"]["KeySchema"] for table in tables}
    keys = {table: {key["AttributeName"]: {"S": f"{PLANTED}#0"} for key in schemas[table]} for table in tables}
    encoded = {"M": {"x": {"L": [{"S": b64encode(secret.encode()).decode()} for secret in secrets]}}}
    content = {"B": zlib.compress(json.dumps({"holdings": list(secrets)}).encode())}
    for table in tables:
        more = {"content": content} if table == cloud.physical["HoldingsTable"] else {}
        client.put_item(TableName=table, Item={**keys[table], "planted": encoded, **more})
    try:
        yield
    finally:
        for table in tables:
            client.delete_item(TableName=table, Key=keys[table])


@contextmanager
def _in_dead_letters(cloud: LocalCloud, secrets: Iterable[str]) -> Iterator[None]:
    client = aws.sqs(cloud.ministack_url)
    queues = [url for name, url in cloud.physical.items() if name.endswith("DeadLetterQueue")]
    for url in queues:
        client.send_message(QueueUrl=url, MessageBody=json.dumps({"kind": PLANTED, "about": list(secrets)}))
    try:
        yield
    finally:
        for url in queues:
            client.purge_queue(QueueUrl=url)


@contextmanager
def _in_an_answer(brokers: Brokers, secrets: Iterable[str]) -> Iterator[None]:
    brokers.answers["GET /planted: 404"].add(json.dumps({"detail": list(secrets)}))
    try:
        yield
    finally:
        del brokers.answers["GET /planted: 404"]


def _in_the_record(record: Path, secrets: Iterable[str]) -> None:
    with record.open("w") as file:
        for queue in ("TasksQueue", "DeferredWebhooksQueue"):
            sent = {"service": "sqs", "call": "SendMessage", "queue": queue, "message": json.dumps(list(secrets))}
            file.write(json.dumps(sent) + "\n")
