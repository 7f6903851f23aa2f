"""`tidings status`: what is deployed and linked, and the latest webhooks."""

import os
from dataclasses import replace

import boto3

from tests.support.aws.deployment_secrets import put_secret
from tests.support.drivers.app import App
from tests.support.drivers.doctor_findings import with_resource
from tests.support.drivers.operator import Operator
from tests.support.fakes.clock import StoppedClock


def test_status_counts_items_queues_webhooks_and_sources(
    operator: Operator, app: App, stopped_clock: StoppedClock
) -> None:
    alice, bob = app.sign_in(), app.sign_in("bob")
    app.link_and_refresh(alice, "plaid")
    broken = app.link(bob, "plaid")
    app.link_and_refresh(bob, "snaptrade")
    app.providers.plaid("break", item_id=broken.item_id)
    app.deliver_all("plaid")
    boto3.client("sqs").send_message(QueueUrl=os.environ["TASKS_QUEUE_URL"], MessageBody="{}")

    told = operator.run("status", "--json").json
    assert told["deployment"]["name"] == "tidings"
    assert {one["provider"]: one["items"] for one in told["providers"]} == {"plaid": 2, "snaptrade": 1}
    assert all(one["configured"] and one["last_webhook_at"].endswith("Z") for one in told["providers"])
    assert told["queues"] == [{"queue": "TasksQueue", "waiting": 1, "in_flight": 0, "dead_letters": 0}]
    counts = {(one["provider"], one["outcome"]): one["count"] for one in told["webhooks"]["counts"]}
    assert counts["snaptrade", "marked"] == 1
    assert ("plaid", "ignored") not in counts
    assert told["sources"]["users"] == 2
    assert told["sources"]["statuses"] == {"ok": 2, "reconnect_required": 1}
    assert told["sources"]["pending"] == 1

    stopped_clock.advance(3 * 3600)
    later = operator.run("status", "--hours", "2")
    assert (later.code, later.err) == (0, "")
    assert later.out.splitlines()[-1] == "No webhook in the last 2 h."
    assert "3 sources, 1 reconnect_required, 1 with updates" in later.out
    assert "3 h ago" in later.out
    assert "@" not in later.out


def test_status_shows_nested_stack_and_alarms(operator: Operator) -> None:
    stack = with_resource(operator.deployment, "BugAlarm", "AWS::CloudWatch::Alarm", "tidings-bug-1")
    operator.deployment = replace(stack, nested={"Observability": "UPDATE_COMPLETE"})
    told = operator.run("status", "--json").json["deployment"]
    assert (told["nested_stacks"], told["alarms"]) == ({"Observability": "UPDATE_COMPLETE"}, 1)
    facts = dict(line.split(maxsplit=1) for line in operator.run("status").out.partition("\n\n")[0].splitlines())
    assert (facts["nested"], facts["alarms"]) == ("Observability UPDATE_COMPLETE", "1")


def test_status_of_empty_deployment_shows_zeros(operator: Operator) -> None:
    put_secret("plaid", {})
    said = operator.run("status")
    assert said.code == 0
    assert "0 sources, 0 with updates" in said.out
    [plaid] = [line.split() for line in said.out.splitlines() if line.startswith("plaid")]
    assert plaid[1] == "no"
