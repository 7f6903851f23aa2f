"""Check the AWS credentials, the stack's state and outputs, and this machine's clock."""

import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

from tidings_cli.deployment import Deployment
from tidings_cli.doctor.findings import Level

CheckResults = Iterator[tuple[Level, str, str]]
_OUTPUTS = ("ApiUrl", "PlaidWebhookUrl", "SnapTradeWebhookUrl", "SessionsTableName", "CredentialKeyArn")
_COMPLETE = frozenset({"running", "CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"})
_PRECISION_S = 2  # the header has whole seconds, and the response takes time
_WARNING_S = 30
_PROBLEM_S = 240


def check_credentials(deployment: Deployment) -> CheckResults:
    if deployment.local:
        yield "ok", "the local cloud needs none", ""
        return
    from tidings.aws import clients

    caller = clients.aws_client("sts").get_caller_identity()
    yield "ok", f"{caller['Arn']} in {deployment.region}", ""


def check_stack(deployment: Deployment) -> CheckResults:
    """Check the stack and every stack nested in it."""
    yield from _check_status(deployment.name, deployment.status)
    for logical_id, status in deployment.nested.items():
        yield from _check_status(f"{logical_id} (nested)", status)
    if missing := [name for name in _OUTPUTS if not deployment.output(name)]:
        yield "problem", f"it has no output {', '.join(missing)}", "Deploy this version of the template."


def _check_status(name: str, status: str) -> CheckResults:
    if status in _COMPLETE:
        yield "ok", f"{name} is {status}", ""
    elif status.endswith("_IN_PROGRESS"):
        yield "warning", f"{name} is {status}", "Wait until it is finished, then run the command again."
    elif status == "UPDATE_ROLLBACK_COMPLETE":
        yield "warning", f"the last update of {name} was rolled back", "See its events, then deploy again."
    else:
        yield "problem", f"{name} is {status}", "See its events in CloudFormation, then deploy again."


def check_clock(deployment: Deployment) -> CheckResults:
    """Compare the clock with AWS: SnapTrade rejects calls with a wrong time, AWS from five minutes on."""
    from tidings.aws import clients

    response = clients.aws_client("dynamodb").describe_table(TableName=deployment.physical("ProviderItemsTable"))
    date = response["ResponseMetadata"]["HTTPHeaders"].get("date")
    if date is None:
        yield "warning", "AWS's response has no date", ""
        return
    skew = time.time() - parsedate_to_datetime(date).timestamp()
    level: Level = "ok" if abs(skew) <= _WARNING_S else "warning" if abs(skew) <= _PROBLEM_S else "problem"
    difference = (
        f"{abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'}" if abs(skew) > _PRECISION_S else "in step with"
    )
    do = "" if level == "ok" else "Set this machine's clock (NTP): sessions and signed calls contain its time."
    yield level, f"this machine is {difference} AWS", do
