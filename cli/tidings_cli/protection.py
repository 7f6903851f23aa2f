"""`tidings protect`: make a stack hard to lose. `tidings teardown` lifts the same protection."""

import json
from typing import Any

import click

from tidings_cli import context, output
from tidings_cli.commands import Command
from tidings_cli.deployment import Deployment

_PARAMETER = "DeletionProtection"
_TABLE = "AWS::DynamoDB::Table"
_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
_POLL_S = 10
_POLLS = 360
IRREPLACEABLE = (
    _TABLE,
    "AWS::KMS::Key",
    "AWS::SecretsManager::Secret",
    "AWS::SQS::Queue",
    "AWS::Lambda::Url",
    "AWS::ApiGatewayV2::Api",
)
"""Types whose replacement loses data or keys, or changes an address that providers and users hold."""

_ALLOW_UPDATES = {"Effect": "Allow", "Principal": "*", "Action": "Update:*", "Resource": "*"}
_DENY_REPLACEMENT = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": ["Update:Replace", "Update:Delete"],
    "Resource": "*",
    "Condition": {"StringEquals": {"ResourceType": list(IRREPLACEABLE)}},
}


@click.command(cls=Command)
@context.with_deployment
def protect() -> None:
    """Protect a deployed stack from deletion and replacement.

    No update may replace or remove its tables, key, secrets, queues, API or function URLs. The stack and its tables
    refuse to be deleted. Run it after the first successful deployment (`make deploy` does). It is idempotent.
    """
    deployment = context.current_deployment()
    if deployment.local:
        raise click.UsageError("The local cloud is not a stack: nothing protects it.")
    if _PARAMETER not in deployment.parameters:
        raise click.ClickException(f"Stack {deployment.name} has no parameter {_PARAMETER}: deploy this version first.")
    if not deployment.status.endswith("_COMPLETE") or "ROLLBACK" in deployment.status:
        raise click.ClickException(f"Stack {deployment.name} is {deployment.status}: protect it after a success.")
    client = _cloudformation()
    _protect_tables(client, deployment)
    output.print_progress("Tables refuse to be deleted.")
    client.update_termination_protection(StackName=deployment.name, EnableTerminationProtection=True)
    output.print_progress("The stack refuses to be deleted.")
    client.set_stack_policy(
        StackName=deployment.name, StackPolicyBody=json.dumps({"Statement": [_ALLOW_UPDATES, _DENY_REPLACEMENT]})
    )
    output.print_progress("No update may replace or remove tables, key, secrets, queues, API or function URLs.")
    if output.wants_json():
        output.write_json({"stack": deployment.name, "protected": True})


def lift(deployment: Deployment) -> None:
    """Lift the protection of a stack that is to be deleted, whatever state its last update left it in."""
    from tidings.aws import clients

    client = _cloudformation()
    client.set_stack_policy(StackName=deployment.name, StackPolicyBody=json.dumps({"Statement": [_ALLOW_UPDATES]}))
    client.update_termination_protection(StackName=deployment.name, EnableTerminationProtection=False)
    dynamodb: Any = clients.aws_client("dynamodb")
    for table in deployment.of_kind(_TABLE).values():
        if dynamodb.describe_table(TableName=table)["Table"].get("DeletionProtectionEnabled"):
            dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)


def list_lifting(deployment: Deployment) -> list[str]:
    """List the commands that lift the protection, as far as the stack's parameters tell."""
    if deployment.parameters.get(_PARAMETER) != "on":
        return []
    termination = "update-termination-protection --no-enable-termination-protection"
    return [
        f"aws cloudformation {termination} --stack-name {deployment.name}",
        *(
            f"aws dynamodb update-table --no-deletion-protection-enabled --table-name {table}"
            for table in deployment.of_kind(_TABLE).values()
        ),
    ]


def _protect_tables(client: Any, deployment: Deployment) -> None:  # noqa: ANN401 - botocore's client
    """Set the parameter by an update that changes nothing else, and wait for its end."""
    from botocore.exceptions import WaiterError

    if deployment.parameters[_PARAMETER] == "on":
        return
    kept = [{"ParameterKey": name, "UsePreviousValue": True} for name in deployment.parameters if name != _PARAMETER]
    client.update_stack(
        StackName=deployment.name,
        UsePreviousTemplate=True,
        Capabilities=_CAPABILITIES,
        Parameters=[*kept, {"ParameterKey": _PARAMETER, "ParameterValue": "on"}],
    )
    try:
        config = {"Delay": _POLL_S, "MaxAttempts": _POLLS}
        client.get_waiter("stack_update_complete").wait(StackName=deployment.name, WaiterConfig=config)
    except WaiterError:
        status = client.describe_stacks(StackName=deployment.name)["Stacks"][0]["StackStatus"]
        raise click.ClickException(f"Stack {deployment.name} is {status}: see its events in CloudFormation.") from None


def _cloudformation() -> Any:  # noqa: ANN401 - botocore's client
    from tidings.aws import clients

    return clients.aws_client("cloudformation")
