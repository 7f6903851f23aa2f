"""`tidings events`: list, show and replay logged events, and redrive dead letters."""

import os

import boto3
import pytest

from tests.support.aws.tables import Tables
from tests.support.drivers.app import App, LinkedSource
from tests.support.drivers.operator import DEAD_TASKS, CommandOutput, Operator, drain_queue
from tidings.aws import clients


@pytest.fixture
def alice(app: App, tables: Tables) -> LinkedSource:
    """Alice's Plaid item, with an update five hours ago; Bob's SnapTrade connection has one now."""
    alice = app.link_and_refresh(app.sign_in(), "plaid")
    app.trade(alice)
    for row in tables.rows("WebhookEventsTable"):
        tables.dynamodb.update_item(
            TableName="webhook-events",
            Key={"event": {"S": row["event"]}},
            UpdateExpression="ADD received_at :ago",
            ExpressionAttributeValues={":ago": {"N": str(-5 * 3600 * 1000)}},
        )
    app.link(app.sign_in("bob"), "snaptrade")
    return alice


def list_kinds(said: CommandOutput) -> list[str]:
    assert (said.code, said.err) == (0, "")
    return [one["kind"] for one in said.json["events"]]


def test_event_list_is_newest_first_and_filtered(operator: Operator, alice: LinkedSource) -> None:
    log = ("events", "list", "--json")
    assert list_kinds(operator.run(*log)) == ["CONNECTION_ADDED", "HOLDINGS:DEFAULT_UPDATE"]
    assert list_kinds(operator.run(*log, "--provider", "plaid")) == ["HOLDINGS:DEFAULT_UPDATE"]
    assert list_kinds(operator.run(*log, "--user", "alice")) == ["HOLDINGS:DEFAULT_UPDATE"]
    assert list_kinds(operator.run(*log, "--user", "bob")) == ["CONNECTION_ADDED"]
    assert list_kinds(operator.run(*log, "--user", "nobody")) == []
    assert list_kinds(operator.run(*log, "--item", alice.item_id)) == ["HOLDINGS:DEFAULT_UPDATE"]
    assert list_kinds(operator.run(*log, "--item", f"plaid#{alice.item_id}", "--user", "bob")) == []
    assert list_kinds(operator.run(*log, "--outcome", "orphan")) == []
    assert list_kinds(operator.run(*log, "--kind", "CONNECTION_ADDED")) == ["CONNECTION_ADDED"]
    assert list_kinds(operator.run(*log, "--limit", "1")) == ["CONNECTION_ADDED"]


@pytest.mark.parametrize(("since", "count"), [("4h", 1), ("360min", 2), ("2d", 2)])
def test_event_list_starts_at_since(operator: Operator, alice: LinkedSource, since: str, count: int) -> None:
    assert len(list_kinds(operator.run("events", "list", "--json", "--since", since))) == count


def test_invalid_since_is_usage_error(operator: Operator) -> None:
    said = operator.run("events", "list", "--since", "yesterday")
    assert said.code == 2
    assert "a number with min, h or d" in said.err


def test_event_is_shown_with_redacted_body(operator: Operator, app: App, alice: LinkedSource) -> None:
    added, _ = operator.run("events", "list", "--json").json["events"]
    shown = operator.run("events", "show", "--json", added["event_id"]).json
    assert shown["kind"] == shown["body"]["eventType"] == "CONNECTION_ADDED"
    assert shown["received_at"].endswith("Z")
    assert not [name for name in shown["body"] if "secret" in name.lower() or "name" in name.lower()]
    out = operator.run("events", "show", f"snaptrade#{added['event_id']}").out
    assert out.splitlines()[0].split() == ["event", added["event_id"]]
    assert operator.run("events", "show", "none").err == "Error: There is no event none: they are kept for 30 days.\n"


def test_event_list_without_json_is_a_table(operator: Operator, alice: LinkedSource) -> None:
    lines = operator.run("events", "list").out.splitlines()
    assert lines[0].split() == ["received", "provider", "kind", "outcome", "event"]
    assert lines[-1] == "2 events."


@pytest.fixture
def lost_event(operator: Operator, alice: LinkedSource, tables: Tables) -> str:
    """The id of a logged event that Alice's source lacks, as after a restore."""
    tables.dynamodb.update_item(
        TableName="update-state",
        Key={"user_id": {"S": "alice"}, "entry": {"S": f"source#plaid#{alice.source_id}"}},
        UpdateExpression="SET generation = seen_generation REMOVE last_update_at",
    )
    [event] = operator.run("events", "list", "--json", "--user", "alice").json["events"]
    event_id: str = event["event_id"]
    return event_id


def list_verdicts(said: CommandOutput) -> list[str]:
    assert (said.code, said.err) == (0, "")
    return [one["verdict"] for one in said.json["events"]]


def test_event_replay_processes_event_once(
    operator: Operator, alice: LinkedSource, tables: Tables, lost_event: str
) -> None:
    planned = operator.run("events", "replay", "--dry-run", "--json", lost_event)
    assert list_verdicts(planned) == ["would be applied"]
    assert tables.generation("plaid", alice.source_id) == 1
    done = operator.run("events", "replay", f"plaid#{lost_event}")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-1] == "1 applied."
    assert tables.generation("plaid", alice.source_id) == 2
    assert list_verdicts(operator.run("events", "replay", "--json", lost_event)) == ["nothing to do"]
    assert tables.generation("plaid", alice.source_id) == 2


def test_event_replay_since_is_oldest_first(operator: Operator, alice: LinkedSource, lost_event: str) -> None:
    said = operator.run("events", "replay", "--since", "1d", "--json")
    assert list_verdicts(said) == ["applied", "nothing to do"]
    assert [one["kind"] for one in said.json["events"]] == ["HOLDINGS:DEFAULT_UPDATE", "CONNECTION_ADDED"]
    assert said.json["events"][0]["reason"] == "an update was recorded"
    assert operator.run("events", "replay", "--since", "1d", "--user", "nobody").out.splitlines()[-1] == "No events."


@pytest.mark.parametrize("arguments", [(), ("x", "--since", "1d"), ("x", "--user", "alice")])
def test_event_replay_needs_exactly_one_selection(operator: Operator, arguments: tuple[str, ...]) -> None:
    said = operator.run("events", "replay", *arguments)
    assert (said.code, said.err.splitlines()[-1]) == (2, "Error: Pass either EVENTs, or --since with filters.")


@pytest.fixture
def dead_letter_queue(operator: Operator) -> str:
    """The tasks' dead-letter queue, with twelve messages."""
    queue = operator.deployment.physical("TasksDeadLetterQueue")
    for number in range(12):
        why = {"why": {"DataType": "String", "StringValue": "x"}}
        boto3.client("sqs").send_message(QueueUrl=queue, MessageBody=f"{number}", MessageAttributes=why)  # type: ignore[arg-type]
    return queue


def test_redrive_returns_dead_letters_to_their_queue(operator: Operator, dead_letter_queue: str) -> None:
    planned = operator.run("events", "redrive", "--dry-run", "--json").json
    assert planned == {"dry_run": True, "queues": [{"queue": "TasksQueue", "dead_letters": 12, "moved": 0}]}
    said = operator.run("events", "redrive", "--limit", "11")
    assert said.out.splitlines()[1].split() == ["TasksQueue", "12", "11"]
    assert operator.run("events", "redrive", "--queue", "TasksQueue", "--json").json["queues"][0]["moved"] == 1
    assert sorted(map(int, drain_queue(os.environ["TASKS_QUEUE_URL"]))) == [*range(12)]
    assert drain_queue(dead_letter_queue) == []
    unknown = operator.run("events", "redrive", "--queue", DEAD_TASKS)
    assert unknown.err == "Error: There is no such queue: choose one of TasksQueue.\n"


def test_redrive_keeps_message_attributes(operator: Operator, dead_letter_queue: str) -> None:
    operator.run("events", "redrive", "--limit", "1")
    url = os.environ["TASKS_QUEUE_URL"]
    [letter] = boto3.client("sqs").receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    assert letter["MessageAttributes"]["why"]["StringValue"] == "x"
    boto3.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=letter["ReceiptHandle"])


def test_killed_redrive_duplicates_but_never_loses_message(
    operator: Operator, dead_letter_queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(**_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(clients.aws_client("sqs"), "delete_message", killed)
        assert operator.run("events", "redrive", "--limit", "1").code == 1
    attributes = boto3.client("sqs").get_queue_attributes(QueueUrl=dead_letter_queue, AttributeNames=["All"])[
        "Attributes"
    ]
    hidden = int(attributes["ApproximateNumberOfMessagesNotVisible"])
    assert (hidden, len(drain_queue(os.environ["TASKS_QUEUE_URL"]))) == (1, 1)
