"""Deleting the stack itself, and what of it stays."""

from collections.abc import Iterator

import click

from tidings_cli.deployment import Deployment

_POLL_S = 10
_POLLS = 360
_RETAINED = ("AWS::DynamoDB::Table", "AWS::KMS::Key")


def retained(deployment: Deployment) -> list[str]:
    """What CloudFormation leaves, and a command to delete each; the key last, for nothing is readable without it."""
    tables = deployment.of_kind(_RETAINED[0]).values()
    keys = deployment.of_kind(_RETAINED[1]).values()
    return [
        *(f"aws dynamodb delete-table --table-name {name}" for name in tables),
        *(f"aws kms schedule-key-deletion --pending-window-in-days 30 --key-id {key_id}" for key_id in keys),
    ]


def delete(deployment: Deployment) -> None:
    """Order the deletion and wait for its end. Interrupted, it goes on at AWS."""
    from botocore.exceptions import WaiterError

    from tidings.store import aws

    client = aws.client("cloudformation")
    stack_id = client.describe_stacks(StackName=deployment.name)["Stacks"][0]["StackId"]
    client.delete_stack(StackName=stack_id)
    click.echo(f"Deleting stack {deployment.name} ...")
    try:
        config = {"Delay": _POLL_S, "MaxAttempts": _POLLS}
        client.get_waiter("stack_delete_complete").wait(StackName=stack_id, WaiterConfig=config)
    except WaiterError:
        status = client.describe_stacks(StackName=stack_id)["Stacks"][0]["StackStatus"]
        raise click.ClickException(f"Stack {deployment.name} is {status}: see its events in CloudFormation.") from None
    click.echo(f"Stack {deployment.name} is deleted.")


def deleted_before(name: str) -> list[str] | None:
    """What a deleted stack of this name left behind; None when there was none in the last 90 days."""
    from tidings.store import aws

    client = aws.client("cloudformation")
    for page in client.get_paginator("list_stacks").paginate(StackStatusFilter=["DELETE_COMPLETE"]):
        for stack in page["StackSummaries"]:
            if stack["StackName"] == name:
                return list(_skipped(client, stack["StackId"]))
    return None


def _skipped(client: object, stack_id: str) -> Iterator[str]:
    pages = client.get_paginator("list_stack_resources").paginate(StackName=stack_id)  # type: ignore[attr-defined]
    for page in pages:
        for one in page["StackResourceSummaries"]:
            if one["ResourceStatus"] == "DELETE_SKIPPED":
                yield f"{one['LogicalResourceId']}: {one['PhysicalResourceId']}"
