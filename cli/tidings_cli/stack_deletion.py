"""Delete the stack itself, and list the resources that CloudFormation retains."""

from collections.abc import Iterator

import click

from tidings_cli import output
from tidings_cli.deployment import Deployment

_POLL_S = 10
_POLLS = 360
_RETAINED = ("AWS::DynamoDB::Table", "AWS::KMS::Key")


def list_deletions(deployment: Deployment) -> list[str]:
    """List a command to delete each retained resource; the key last, because nothing is readable without it."""
    tables = deployment.of_kind(_RETAINED[0]).values()
    keys = deployment.of_kind(_RETAINED[1]).values()
    return [
        *(f"aws dynamodb delete-table --table-name {name}" for name in tables),
        *(f"aws kms schedule-key-deletion --pending-window-in-days 30 --key-id {key_id}" for key_id in keys),
    ]


def delete(deployment: Deployment) -> None:
    """Start the deletion and wait for its end. AWS continues it if the command is interrupted."""
    from botocore.exceptions import WaiterError

    from tidings.aws import clients

    client = clients.aws_client("cloudformation")
    stack_id = client.describe_stacks(StackName=deployment.name)["Stacks"][0]["StackId"]
    client.delete_stack(StackName=stack_id)
    output.print_progress(f"Deleting stack {deployment.name} ...")
    for logical_id in deployment.nested:
        output.print_progress(f"Its nested stack {logical_id} is deleted with it.")
    try:
        config = {"Delay": _POLL_S, "MaxAttempts": _POLLS}
        client.get_waiter("stack_delete_complete").wait(StackName=stack_id, WaiterConfig=config)
    except WaiterError:
        status = client.describe_stacks(StackName=stack_id)["Stacks"][0]["StackStatus"]
        raise click.ClickException(f"Stack {deployment.name} is {status}: see its events in CloudFormation.") from None
    output.print_progress(f"Stack {deployment.name} is deleted.")


def list_retained_of_deleted(name: str) -> list[str] | None:
    """List what a deleted stack of this name retained; None if there was no such stack in the last 90 days."""
    from tidings.aws import clients

    client = clients.aws_client("cloudformation")
    for page in client.get_paginator("list_stacks").paginate(StackStatusFilter=["DELETE_COMPLETE"]):
        for stack in page["StackSummaries"]:
            if stack["StackName"] == name:
                return list(_iterate_skipped(client, stack["StackId"]))
    return None


def _iterate_skipped(client: object, stack_id: str) -> Iterator[str]:
    pages = client.get_paginator("list_stack_resources").paginate(StackName=stack_id)  # type: ignore[attr-defined]
    for page in pages:
        for one in page["StackResourceSummaries"]:
            if one["ResourceStatus"] == "DELETE_SKIPPED":
                yield f"{one['LogicalResourceId']}: {one['PhysicalResourceId']}"
