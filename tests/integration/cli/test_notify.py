"""`tidings notify`: a signed test message, and notifications sent again."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace

import boto3
import pytest

from tests.support.aws.account import SIGNING
from tests.support.aws.deployment_secrets import put_secret
from tests.support.drivers.app import App
from tests.support.drivers.operator import Operator, drain_queue, notify_queues
from tests.support.fakes.host import Host, listening_host
from tidings_cli.deployment import Resource
from tidings_cli.doctor import notifications


@pytest.fixture
def host(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    """The host app's backend, whose address the deployment has."""
    with listening_host() as host:
        monkeypatch.setenv("NOTIFY_URL", host.url)
        stack = operator.deployment
        queues = {name: Resource("AWS::SQS::Queue", url) for name, url in notify_queues().items()}
        operator.deployment = replace(
            stack,
            resources={**stack.resources, **queues},
            parameters={**stack.parameters, "NotifyUrl": host.url},
        )
        yield host


def queued() -> list[dict[str, str]]:
    return [json.loads(body)["about"] for body in drain_queue(os.environ["NOTIFY_QUEUE_URL"])]


def test_test_message_is_signed_and_its_answer_printed(operator: Operator, host: Host) -> None:
    host.answers, host.body = [200], b"thanks"
    said = operator.run("notify", "test")
    [message] = host.verified(SIGNING["signing_secret"])
    assert (message["type"], message["data"]) == ("notify.test", {})
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines()[0].startswith("msg_test_")
    assert ": 200 in " in said.out.splitlines()[0]
    assert said.out.splitlines()[1] == "thanks"
    assert operator.run("notify", "test", "--json").json["body"] == "thanks"


@pytest.mark.parametrize("status", [302, 400, 410, 500])
def test_test_message_that_is_refused_exits_with_1(operator: Operator, host: Host, status: int) -> None:
    host.answers = [status]
    said = operator.run("notify", "test")
    assert said.code == 1
    assert str(status) in said.out or "redirect" in said.err


def test_test_message_without_a_secret_says_so(operator: Operator, host: Host) -> None:
    put_secret("notify", {})
    said = operator.run("notify", "test")
    assert (said.code, said.err) == (1, "Error: The secret of notifications is empty.\n")
    assert host.requests == []


def test_replay_moves_dead_letters(operator: Operator, host: Host) -> None:
    body = json.dumps({"kind": "notify-1", "about": {"user_id": "alice"}})
    boto3.client("sqs").send_message(QueueUrl=os.environ["NOTIFY_DEAD_LETTER_QUEUE_URL"], MessageBody=body)
    assert operator.run("notify", "replay", "--dry-run").out == "1 message to send.\n"
    assert operator.run("notify", "replay", "--json").json == {"dry_run": False, "messages": 1}
    assert queued() == [{"user_id": "alice"}]
    assert drain_queue(os.environ["NOTIFY_DEAD_LETTER_QUEUE_URL"]) == []


def test_replay_of_a_user_sends_what_holds_now(operator: Operator, host: Host, app: App) -> None:
    alice = app.link_and_refresh(app.sign_in(), "plaid")
    app.trade(alice)
    assert operator.run("notify", "replay", "--user", "alice", "--dry-run").out == "1 message to send.\n"
    assert queued() == []
    assert operator.run("notify", "replay", "--user", "alice").out == "1 message queued.\n"
    assert operator.run("notify", "replay", "--user", "nobody").out == "0 messages queued.\n"
    [message] = queued()
    assert (message["type"], message["source_id"]) == ("updates.available", alice.item_id)


@pytest.mark.parametrize("command", ["test", "replay"])
def test_deployment_without_an_address_is_told_what_to_do(operator: Operator, command: str) -> None:
    said = operator.run("notify", command)
    assert (said.code, said.err) == (1, "Error: This deployment sends no messages: deploy it with NotifyUrl.\n")


@pytest.mark.parametrize(
    ("secret", "level"),
    [
        (SIGNING, "ok"),
        ({**SIGNING, "signing_secret_previous": SIGNING["signing_secret"]}, "ok"),
        ({}, "problem"),
        ({"signing_secret": "whsec_short"}, "problem"),
    ],
)
def test_doctor_says_whether_messages_can_be_signed(
    operator: Operator, host: Host, secret: dict[str, str], level: str
) -> None:
    put_secret("notify", secret)
    [(found, text, _)] = list(notifications.check_signing_keys(operator.deployment))
    assert (found, host.url in text) == (level, True)
    assert not any(value in text for value in secret.values())


def test_doctor_says_nothing_without_an_address(operator: Operator) -> None:
    assert list(notifications.check_signing_keys(operator.deployment)) == []
