"""Check what stores data: the KMS key of the credentials, the tables and the queues."""

from tidings_cli import queues as queue_list
from tidings_cli.deployment import Deployment
from tidings_cli.doctor.access import CheckResults

_PROBE = b"tidings doctor"
_CONTEXT = {"purpose": "doctor"}
_MANY_WAITING = 1000
KEPT_FOR_GOOD = frozenset({"ExchangeRatesTable"})
"""The tables whose rows never expire, so that they need no TTL."""


def check_credential_key(deployment: Deployment) -> CheckResults:
    """Encrypt and decrypt a text of our own, under a context that no credential has."""
    from tidings.aws import clients

    key_id = deployment.physical("CredentialKey")
    kms = clients.aws_client("kms")
    state = kms.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"]
    if state != "Enabled":
        order = "cancel-key-deletion and enable-key" if state == "PendingDeletion" else "enable-key"
        do = f"aws kms {order} --key-id {key_id}"
        yield "problem", f"the KMS key of the credentials is {state}: nothing can be fetched", do
        return
    encrypted = kms.encrypt(KeyId=key_id, Plaintext=_PROBE, EncryptionContext=_CONTEXT)["CiphertextBlob"]
    decrypted = kms.decrypt(KeyId=key_id, CiphertextBlob=encrypted, EncryptionContext=_CONTEXT)["Plaintext"]
    if decrypted != _PROBE:
        yield "problem", "the KMS key does not decrypt what it encrypted", "Contact AWS Support."
        return
    yield "ok", "enabled, encrypts and decrypts", ""


def check_tables(deployment: Deployment) -> CheckResults:
    problems = 0
    found = deployment.of_kind("AWS::DynamoDB::Table")
    for logical_id, name in found.items():
        for says, do in _find_table_problems(name, expires=logical_id not in KEPT_FOR_GOOD):
            problems += 1
            yield "problem", f"{logical_id} {says}", do
    if not problems:
        yield "ok", f"{len(found)} active, with TTL and point-in-time recovery", ""


def _find_table_problems(name: str, *, expires: bool) -> list[tuple[str, str]]:
    from tidings.aws import clients

    client = clients.aws_client("dynamodb")
    try:
        status = client.describe_table(TableName=name)["Table"]["TableStatus"]
    except client.exceptions.ResourceNotFoundException:
        return [("does not exist", "Restore it under its old name (docs/operations.md, Restoring a table).")]
    if status not in {"ACTIVE", "UPDATING"}:
        return [(f"is {status}", "Wait, and watch the table in DynamoDB's console.")]
    problems = []
    lifetime = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    is_enabled = lifetime.get("TimeToLiveStatus") in {"ENABLED", "ENABLING"}
    if expires and not (is_enabled and lifetime["AttributeName"] == "expires_at"):
        switch = "--time-to-live-specification Enabled=true,AttributeName=expires_at"
        problems.append(("has no TTL", f"aws dynamodb update-time-to-live --table-name {name} {switch}"))
    backups = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    recovery = backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus")
    if recovery != "ENABLED":
        switch = "--point-in-time-recovery-specification PointInTimeRecoveryEnabled=true"
        do = f"aws dynamodb update-continuous-backups --table-name {name} {switch}"
        problems.append(("has no point-in-time recovery", do))
    return problems


def check_queues(deployment: Deployment) -> CheckResults:
    is_healthy, found = True, queue_list.list_queues(deployment)
    for one in found:
        if one.dead_letters:
            is_healthy = False
            do = "Find the cause in the logs, fix it, then `tidings events redrive`."
            yield "problem", f"{one.name}: {one.dead_letters} dead letters", do
        if one.waiting > _MANY_WAITING:
            is_healthy = False
            yield (
                "warning",
                f"{one.name}: {one.waiting} messages are waiting",
                "See its function's errors and throttles.",
            )
    if is_healthy:
        waiting = sum(one.waiting + one.in_flight for one in found)
        yield "ok", f"{len(found)} without dead letters, {waiting} messages in progress", ""
