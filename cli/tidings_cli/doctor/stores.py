"""What keeps things: the key of the credentials, the tables, the queues."""

from tidings_cli import queues as queue_list
from tidings_cli.deployment import Deployment
from tidings_cli.doctor.access import Found

_PROBE = b"tidings doctor"
_CONTEXT = {"purpose": "doctor"}
_MANY = 1000


def key(deployment: Deployment) -> Found:
    """Tried with a text of our own, under a context that no credential has."""
    from tidings.store import aws

    key_id = deployment.physical("CredentialKey")
    kms = aws.client("kms")
    state = kms.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"]
    if state != "Enabled":
        order = "cancel-key-deletion and enable-key" if state == "PendingDeletion" else "enable-key"
        do = f"aws kms {order} --key-id {key_id}"
        yield "problem", f"the key of the credentials is {state}: nothing can be fetched", do
        return
    sealed = kms.encrypt(KeyId=key_id, Plaintext=_PROBE, EncryptionContext=_CONTEXT)["CiphertextBlob"]
    opened = kms.decrypt(KeyId=key_id, CiphertextBlob=sealed, EncryptionContext=_CONTEXT)["Plaintext"]
    if opened != _PROBE:
        yield "problem", "the key does not give back what it encrypted", "Ask AWS's support."
        return
    yield "ok", "enabled, encrypts and decrypts", ""


def tables(deployment: Deployment) -> Found:
    wrong = 0
    found = deployment.of_kind("AWS::DynamoDB::Table")
    for logical_id, name in found.items():
        for says, do in _table(name):
            wrong += 1
            yield "problem", f"{logical_id} {says}", do
    if not wrong:
        yield "ok", f"{len(found)} active, with TTL and point-in-time recovery", ""


def _table(name: str) -> list[tuple[str, str]]:
    from tidings.store import aws

    client = aws.client("dynamodb")
    try:
        status = client.describe_table(TableName=name)["Table"]["TableStatus"]
    except client.exceptions.ResourceNotFoundException:
        return [("does not exist", "Restore it under its old name (docs/operations.md, Restoring a table).")]
    if status not in {"ACTIVE", "UPDATING"}:
        return [(f"is {status}", "Wait, and see the table in DynamoDB's console.")]
    wrong = []
    lifetime = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    if lifetime.get("TimeToLiveStatus") not in {"ENABLED", "ENABLING"} or lifetime["AttributeName"] != "expires_at":
        switch = "--time-to-live-specification Enabled=true,AttributeName=expires_at"
        wrong.append(("has no TTL", f"aws dynamodb update-time-to-live --table-name {name} {switch}"))
    backups = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    recovery = backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus")
    if recovery != "ENABLED":
        switch = "--point-in-time-recovery-specification PointInTimeRecoveryEnabled=true"
        do = f"aws dynamodb update-continuous-backups --table-name {name} {switch}"
        wrong.append(("has no point-in-time recovery", do))
    return wrong


def queues(deployment: Deployment) -> Found:
    fine, found = True, queue_list.read(deployment)
    for one in found:
        if one.dead_letters:
            fine = False
            do = "Find the cause in the logs, mend it, then `tidings events redrive`."
            yield "problem", f"{one.name}: {one.dead_letters} dead letters", do
        if one.waiting > _MANY:
            fine = False
            yield "warning", f"{one.name}: {one.waiting} messages wait", "See its function's errors and throttles."
    if fine:
        waiting = sum(one.waiting + one.in_flight for one in found)
        yield "ok", f"{len(found)} without dead letters, {waiting} messages under way", ""
