"""Whether AWS lets us in, and whether the stack is whole and its clock ours."""

import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

from tidings_cli.deployment import Deployment
from tidings_cli.doctor.findings import Level

Found = Iterator[tuple[Level, str, str]]
_OUTPUTS = ("ApiUrl", "PlaidWebhookUrl", "SnapTradeWebhookUrl", "SessionsTableName", "CredentialKeyArn")
_GRAIN_S = 2  # the header's whole seconds, and the way here
_NOTICED_S = 30
_REFUSED_S = 240


def credentials(deployment: Deployment) -> Found:
    if deployment.local:
        yield "ok", "the local cloud needs none", ""
        return
    from tidings.store import aws

    caller = aws.client("sts").get_caller_identity()
    yield "ok", f"{caller['Arn']} in {deployment.region}", ""


def stack(deployment: Deployment) -> Found:
    status = deployment.status
    if deployment.local or status in {"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"}:
        yield "ok", f"{deployment.name} is {status}", ""
    elif status.endswith("_IN_PROGRESS"):
        yield "warning", f"{deployment.name} is {status}", "Wait until it is done, then run again."
    elif status == "UPDATE_ROLLBACK_COMPLETE":
        yield "warning", f"the last update of {deployment.name} was rolled back", "See its events, deploy again."
    else:
        yield "problem", f"{deployment.name} is {status}", "See its events in CloudFormation, then deploy again."
    if missing := [name for name in _OUTPUTS if not deployment.output(name)]:
        yield "problem", f"it has no output {', '.join(missing)}", "Deploy this version of the template."


def clock(deployment: Deployment) -> Found:
    """SnapTrade refuses calls with a foreign time, AWS from five minutes on."""
    from tidings.store import aws

    answer = aws.client("dynamodb").describe_table(TableName=deployment.physical("ProviderItemsTable"))
    date = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    if date is None:
        yield "warning", "AWS's answer has no date", ""
        return
    skew = time.time() - parsedate_to_datetime(date).timestamp()
    level: Level = "ok" if abs(skew) <= _NOTICED_S else "warning" if abs(skew) <= _REFUSED_S else "problem"
    way = f"{abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'}" if abs(skew) > _GRAIN_S else "in step with"
    do = "" if level == "ok" else "Set this machine's clock (NTP): sessions and signed calls carry its time."
    yield level, f"this machine is {way} AWS", do
