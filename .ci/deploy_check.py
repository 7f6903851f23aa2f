"""Deploys the built artefacts into MiniStack with `sam deploy`, and updates them twice. Sends webhooks each time.

`.ci/run` starts it, from the project's root, after `sam build` for this machine's processor.
"""

import base64
import hashlib
import hmac
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Self

from emulated_aws import BUILT, NESTED, PLACEHOLDER_CREDENTIALS, STACK, Emulation

from local.ports import free_block
from local.processes import Supervisor
from local.translation import load_template
from tidings_cli.live_alias import read_live_alias

PARAMETERS = {
    "AllowedOrigins": "https://app.example.com",
    "LiveUpdates": "off",  # MiniStack's CloudFormation has no AWS::AppSync::Api: only cfn-lint checks it
    "Architecture": {"aarch64": "arm64", "arm64": "arm64"}.get(platform.machine(), "x86_64"),
}
STRICT = {**PARAMETERS, "ReplayWindowSeconds": "30"}
OUTPUTS = {"ApiUrl", "PlaidWebhookUrl", "SnapTradeWebhookUrl", "SessionsTableName", "SessionsHostAppPolicyArn"}
CONSUMER_KEY = "deploy-check"
UNPLAYED = {
    "api": "MiniStack creates an HTTP API without the routes of its OpenAPI body",
    "cors": "likewise",
    "session": "likewise, so nobody can poll",
    "tables": "its tables get neither TTL nor point-in-time recovery",
}
"""What `tidings smoke` finds missing in MiniStack, by check. The local cloud's own smoke covers the first three."""

ROLE = Path("delivery/github-role.yaml")
UNCALLED = {
    "cloudformation:ListStackResources": "tidings protect and tidings smoke call it",
    "iam:PassRole": "no role acts for CloudFormation here",
    "s3:ListBucket": "without it S3 says 403 instead of 404 of a file that is not there yet",
}
"""What the workflow's role may do for `sam deploy` without a call that shows it."""


def signed_event() -> tuple[bytes, dict[str, str]]:
    """A SnapTrade webhook about a user whom nobody has linked, signed as SnapTrade signs."""
    event = {
        "webhookId": str(uuid.uuid4()),
        "clientId": "DEPLOY-CHECK",
        "eventTimestamp": time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime()),
        "userId": "user_check",
        "eventType": "ACCOUNT_HOLDINGS_UPDATED",
        "brokerageAuthorizationId": str(uuid.uuid4()),
        "accountId": str(uuid.uuid4()),
        "details": {},
    }
    body = json.dumps(event, separators=(",", ":"), sort_keys=True).encode()
    digest = hmac.new(CONSUMER_KEY.encode(), body, hashlib.sha256).digest()
    return body, {"signature": base64.b64encode(digest).decode()}


def expect(what: str, found: object, wanted: object) -> None:
    print(f"  {what}: {found}")
    if found != wanted:
        sys.exit(f"{what}: expected {wanted}, found {found}")


def check(emulation: Emulation) -> None:
    emulation.deploy(PARAMETERS)
    status, outputs = described(emulation)
    expect("stack", status, "CREATE_COMPLETE")
    expect("outputs missing", sorted(OUTPUTS - outputs.keys()), [])
    expect("dashboard of the nested stack", dashboards(emulation), [outputs["DashboardUrl"].rpartition("/")[2]])

    keys = {"client_id": "DEPLOY-CHECK", "consumer_key": CONSUMER_KEY}
    secrets = emulation.client("secretsmanager")
    secrets.put_secret_value(SecretId=outputs["SnapTradeSecretArn"], SecretString=json.dumps(keys))
    body, signature = signed_event()
    plaid, snaptrade = outputs["PlaidWebhookUrl"], outputs["SnapTradeWebhookUrl"]
    expect("webhook of a provider without keys", emulation.post(plaid, body, {}), 503)
    expect("webhook without a signature", emulation.post(snaptrade, body, {}), 403)
    expect("signed webhook", emulation.post(snaptrade, body, signature), 200)
    tables = emulation.client("cloudformation").describe_stack_resource
    events = tables(StackName=STACK, LogicalResourceId="WebhookEventsTable")["StackResourceDetail"]
    scanned = emulation.client("dynamodb").scan(TableName=events["PhysicalResourceId"])
    expect("webhooks recorded", scanned["Count"], 1)
    update(emulation, outputs)
    check_role(emulation)
    smoke(emulation)
    secrets.put_secret_value(SecretId=outputs["SnapTradeSecretArn"], SecretString="{}")
    operate(emulation)


def described(emulation: Emulation) -> tuple[str, dict[str, str]]:
    """Return the stack's status and outputs."""
    (stack,) = emulation.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
    return stack["StackStatus"], {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def update(emulation: Emulation, outputs: dict[str, str]) -> None:
    """Change one parameter, then one byte of the layer: the alias serves the change, and every address stays."""
    first = Serving.read(emulation)
    emulation.deploy(STRICT, released=False)
    unreleased = Serving.read(emulation)
    expect("parameter without Release: alias that is current", unreleased.current, False)
    expect("parameter without Release: what users get", unreleased.replay_window, first.replay_window)

    emulation.deploy(STRICT)
    second = Serving.read(emulation)
    expect("one parameter changed", (second.current, second.replay_window), (True, "30"))
    expect("functions with a new version", len(second.versions.items() - first.versions.items()), len(first.versions))
    answers(emulation, outputs)

    with one_more_byte(BUILT.parent / "CommonLayer" / "python" / "tidings" / "model.py"):
        emulation.deploy(STRICT)
    third = Serving.read(emulation)
    expect("one byte of the layer changed", (third.current, third.layers & second.layers), (True, set()))
    expect("functions with a new version", len(third.versions.items() - second.versions.items()), len(first.versions))
    answers(emulation, outputs)


def check_role(emulation: Emulation) -> None:
    """The workflow's role may do what `sam deploy` did, and no more."""
    policies = load_template(ROLE)["Resources"]["DeployRole"]["Properties"]["Policies"]
    [deploy] = [one["PolicyDocument"]["Statement"] for one in policies if one["PolicyName"] == "deploy"]
    granted = {
        action
        for statement in deploy
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }
    expect("rights that sam deploy needs beyond those of the workflow's role", sorted(emulation.called - granted), [])
    expect("rights of the role that it did not use", sorted(granted - emulation.called), [*UNCALLED])


def answers(emulation: Emulation, outputs: dict[str, str]) -> None:
    """The addresses of the first deployment are those of this one, and a webhook arrives at its function URL."""
    status, now = described(emulation)
    expect("stack", status, "UPDATE_COMPLETE")
    expect("outputs that changed", sorted(name for name, value in now.items() if outputs.get(name) != value), [])
    body, signature = signed_event()
    expect(
        "signed webhook at the first deployment's URL",
        emulation.post(outputs["SnapTradeWebhookUrl"], body, signature),
        200,
    )


@contextmanager
def one_more_byte(file: Path) -> Iterator[None]:
    """Append a byte to a file of the build, and take it away at the end."""
    content = file.read_bytes()
    file.write_bytes(content + b"\n")
    try:
        yield
    finally:
        file.write_bytes(content)


class Serving(NamedTuple):
    """What the aliases serve: version by function, layers, a parameter's value, and whether all are current."""

    versions: dict[str, str]
    layers: set[str]
    replay_window: str
    current: bool

    @classmethod
    def read(cls, emulation: Emulation) -> Self:
        client = emulation.client("lambda")
        names = [one["FunctionName"] for one in client.list_functions()["Functions"]]
        aliases = {name: read_live_alias(client, name) for name in names}
        served = [client.get_function_configuration(FunctionName=name, Qualifier="live") for name in names]
        (replay_window,) = {one["Environment"]["Variables"]["REPLAY_WINDOW_SECONDS"] for one in served}
        return cls(
            versions={name: alias.version for name, alias in aliases.items() if alias},
            layers={layer["Arn"] for one in served for layer in one["Layers"]},
            replay_window=replay_window,
            current=all(alias is not None and alias.is_current for alias in aliases.values()),
        )


def dashboards(emulation: Emulation) -> list[str]:
    """List the dashboards that exist."""
    return [one["DashboardName"] for one in emulation.client("cloudwatch").list_dashboards()["DashboardEntries"]]


def alarms(emulation: Emulation) -> int:
    """Count the alarms that exist."""
    return len(emulation.client("cloudwatch").describe_alarms()["MetricAlarms"])


def smoke(emulation: Emulation) -> None:
    """Use the deployed stack from outside, as far as MiniStack plays it, and say which parts it does not."""
    done = run_tidings(emulation, "smoke", "--json", "--connect-to", emulation.url)
    findings = json.loads(done.stdout)["findings"]
    sent = [one["says"] for one in findings if (one["check"], one["level"]) == ("webhooks", "ok")]
    expect("smoke: webhooks as they should be", len(sent), 6)
    expect(
        "smoke: what MiniStack lacks",
        sorted({one["check"] for one in findings if one["level"] == "problem"}),
        [*UNPLAYED],
    )
    for name, reason in UNPLAYED.items():
        print(f"    {name}: {reason}")
    for skipped in (one["says"] for one in findings if one["level"] == "skipped"):
        print(f"    {skipped}")


def operate(emulation: Emulation) -> None:
    """Read the stack with the operator's command and delete it: the command names tables and key, which stay."""
    told = json.loads(tidings(emulation, "status", "--json"))
    expect("stack that `tidings status` finds", told["deployment"]["status"], "UPDATE_COMPLETE")
    expect("stack nested in it", list(told["deployment"]["nested_stacks"]), [NESTED])
    expect("alarms of both", told["deployment"]["alarms"], alarms(emulation))
    expect("webhooks that it counts", [one["outcome"] for one in told["webhooks"]["counts"]], ["orphan"])
    protect(emulation)
    ended = tidings(emulation, "teardown", "--yes", "--delete-stack").splitlines()
    expect("teardown", f"Stack {STACK} is deleted." in ended, True)
    expect("alarms and dashboards that stay", (alarms(emulation), dashboards(emulation)), (0, []))
    expect("tables that stay", sum("delete-table" in line for line in ended), len(tables_of(emulation)))
    again = tidings(emulation, "teardown", "--yes", "--delete-stack").splitlines()
    expect("teardown, once more", again[0], f"Stack {STACK} was deleted before.")


def protect(emulation: Emulation) -> None:
    """Protect the stack, twice: neither it nor a table can be deleted then."""
    tidings(emulation, "protect")
    tidings(emulation, "protect")
    (stack,) = emulation.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
    expect("protected stack", (stack["StackStatus"], stack["EnableTerminationProtection"]), ("UPDATE_COMPLETE", True))
    describe = emulation.client("dynamodb").describe_table
    refusing = [describe(TableName=name)["Table"]["DeletionProtectionEnabled"] for name in tables_of(emulation)]
    expect("tables that can be deleted", refusing.count(False), 0)


def tables_of(emulation: Emulation) -> list[str]:
    names: list[str] = emulation.client("dynamodb").list_tables()["TableNames"]
    return names


def tidings(emulation: Emulation, *arguments: str) -> str:
    done = run_tidings(emulation, *arguments)
    if done.returncode:
        sys.exit(f"{done.stdout}\n{done.stderr}\n{' '.join(arguments)} ended with {done.returncode}")
    return done.stdout


def run_tidings(emulation: Emulation, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | PLACEHOLDER_CREDENTIALS | {"AWS_ENDPOINT_URL": emulation.url}
    command = [".venv/bin/tidings", "--stack", STACK, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="tidings-deploy-") as folder, Supervisor() as supervisor:
        emulation = Emulation(supervisor, free_block(1), Path(folder), Path(folder, "ministack.log"))
        emulation.start()
        emulation.wait()
        check(emulation)


if __name__ == "__main__":
    main()
