"""Test that stored data survives a restart, and that provisioning is idempotent."""

from pathlib import Path
from typing import Any

import pytest

from local import aws
from local.cloud import LocalCloud, Options, local_cloud
from local.deployment import Deployment
from local.errors import LocalCloudError
from local.provision import provision
from local.settings import Settings
from tests.support.drivers.loopback import loopback

STACK = Path(__file__).parent / "template.yaml"
CONTEXT = {"item": "plaid#1"}
ROW: dict[str, Any] = {"session": {"S": "row"}, "binary": {"B": b"\x00\xff"}, "many": {"NS": ["1", "2.5"]}}


def _options(value: str = "{}") -> Options:
    return Options(template=STACK, simulators=False, concurrency=1, secrets={"PlaidSecret": value})


def _store(cloud: LocalCloud) -> bytes:
    table = cloud.physical["SessionsTable"]
    aws.dynamodb(cloud.ministack_url).put_item(TableName=table, Item=ROW)
    key = cloud.physical["CredentialKey.Arn"]
    return aws.kms(cloud.ministack_url).encrypt(KeyId=key, Plaintext=b"token", EncryptionContext=CONTEXT)[
        "CiphertextBlob"
    ]


def _assert_stored(cloud: LocalCloud, ciphertext: bytes) -> None:
    database, table = aws.dynamodb(cloud.ministack_url), cloud.physical["SessionsTable"]
    stored = database.get_item(TableName=table, Key={"session": {"S": "row"}})["Item"]
    assert (stored["binary"], sorted(stored["many"]["NS"])) == (ROW["binary"], ["1", "2.5"])
    lifetime = database.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    assert (lifetime["TimeToLiveStatus"], lifetime["AttributeName"]) == ("ENABLED", "expires_at")
    index = database.describe_table(TableName=cloud.physical["ItemsTable"])["Table"]["GlobalSecondaryIndexes"][0]
    assert index["IndexName"] == "by-user"
    decrypted = aws.kms(cloud.ministack_url).decrypt(CiphertextBlob=ciphertext, EncryptionContext=CONTEXT)
    assert decrypted["Plaintext"] == b"token"


def test_stored_data_survives_a_restart(tmp_path: Path) -> None:
    settings = Settings(port=0, state=tmp_path)
    with local_cloud(settings, _options()) as cloud:
        first = dict(cloud.physical)
        ciphertext = _store(cloud)
        cloud.stop_ministack()
        assert loopback.get(f"{cloud.front}/_local/health").status_code == 503
        cloud.start_ministack()
        _assert_stored(cloud, ciphertext)
        cloud.provision()
        assert cloud.physical == first

    with local_cloud(settings, _options('{"secret": "second"}')) as cloud:
        assert cloud.physical == first
        _assert_stored(cloud, ciphertext)
        secrets = aws.secretsmanager(cloud.ministack_url)
        assert secrets.get_secret_value(SecretId=first["PlaidSecret"])["SecretString"] == '{"secret": "second"}'
        cloud.drop_table("SessionsTable")
        cloud.provision()
        names = aws.dynamodb(cloud.ministack_url).scan(TableName=first["SessionsTable"])
        assert names["Items"] == []
        other = Deployment(_with_other_key(tmp_path), {})
        with pytest.raises(LocalCloudError, match="SessionsTable has other keys than the local table"):
            provision(other, cloud.ministack_url, {})


def _with_other_key(folder: Path) -> Path:
    """Copy the template with another key of its sessions table."""
    text = STACK.read_text("utf-8").replace("AttributeName: session", "AttributeName: other")
    template = folder / "template.yaml"
    template.write_text(text, "utf-8")
    return template
