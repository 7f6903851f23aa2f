"""Read the rows of moto's tables as plain values, without the product."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from boto3.dynamodb.types import TypeDeserializer
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import Table
from moto.dynamodb.models.utilities import dynamo_to_dict

from tests.support.aws.account import TABLES, table_name
from tests.support.aws.moto_cloud import ONE_AT_A_TIME

Row = dict[str, Any]
TableItems = dict[str, Any]
_CACHES = ("ProviderBudgetsTable", "WebhookKeysTable")
_deserialize = TypeDeserializer().deserialize


@dataclass(frozen=True)
class Tables:
    dynamodb: Any

    def rows(self, logical_id: str) -> list[Row]:
        """Return all rows of a table, named as in template.yaml."""
        return sorted(self._rows(logical_id), key=repr)

    def contents(self) -> dict[str, list[Row]]:
        """Return all rows except rate counters and cached keys: unchanged by a call that must change nothing."""
        return {logical_id: self.rows(logical_id) for logical_id in TABLES if logical_id not in _CACHES}

    def state(self) -> dict[str, list[Row]]:
        """Return all rows except the event log: unchanged by a webhook that is only logged."""
        left_out = {"WebhookEventsTable", "WebhookKeysTable"}
        return {logical_id: self.rows(logical_id) for logical_id in TABLES if logical_id not in left_out}

    def update_state(self) -> list[Row]:
        """Return all rows of update state but the markers of users who ended everything."""
        return [row for row in self.rows("UpdateStateTable") if row["entry"] != "ended"]

    def event_outcomes(self) -> list[str]:
        """Return the logged outcome of every webhook, sorted."""
        return sorted(str(row["outcome"]) for row in self.rows("WebhookEventsTable"))

    def item(self, provider: str, item_id: str) -> Row | None:
        return _only(self.rows("ProviderItemsTable"), item=f"{provider}#{item_id}")

    def source(self, provider: str, source_id: str, user_id: str = "alice") -> Row | None:
        return _only(self.rows("UpdateStateTable"), user_id=user_id, entry=f"source#{provider}#{source_id}")

    def cooldown(self, provider: str, user_id: str = "alice") -> Row | None:
        return _only(self.rows("UpdateStateTable"), user_id=user_id, entry=f"claim#{provider}")

    def generation(self, provider: str, source_id: str, user_id: str = "alice") -> int:
        return int((self.source(provider, source_id, user_id) or {}).get("generation", 0))

    def heads(self, user_id: str = "alice") -> dict[str, Row]:
        """Return the user's snapshots by `<provider>#<source id>`."""
        mine = [row for row in self.rows("HoldingsTable") if row["user_id"] == user_id]
        return {row["entry"]: row for row in mine if "content" not in row}

    def backdate_registration(self, item_id: str) -> None:
        """Backdate the SnapTrade registration: an event of now then belongs to this registration."""
        self.dynamodb.update_item(
            TableName=table_name("ProviderItemsTable"),
            Key={"item": {"S": f"snaptrade#{item_id}"}},
            UpdateExpression="SET registered_at = :past",
            ConditionExpression="attribute_exists(registered_at)",
            ExpressionAttributeValues={":past": {"N": "1"}},
        )

    def clear(self) -> None:
        """Delete all rows inside moto, which is fast enough to run before every test."""
        for table in self._tables().values():
            table.items.clear()

    def keep(self) -> TableItems:
        """Copy all rows inside moto, for `restore`."""
        return {name: deepcopy(table.items) for name, table in self._tables().items()}

    def restore(self, kept: TableItems) -> None:
        """Return to the rows that were kept."""
        for name, table in self._tables().items():
            table.items = deepcopy(kept[name])

    @contextmanager
    def without_table(self, logical_id: str) -> Iterator[None]:
        """Delete the table for the block; it is empty afterwards, and keeps its settings."""
        name = table_name(logical_id)
        described = self.dynamodb.describe_table(TableName=name)["Table"]
        expiry = self.dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        backups = self.dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        self.dynamodb.delete_table(TableName=name)
        try:
            yield
        finally:
            schema = {name: described[name] for name in ("TableName", "AttributeDefinitions", "KeySchema")}
            kept = ("IndexName", "KeySchema", "Projection")
            indexes = [{name: index[name] for name in kept} for index in described.get("GlobalSecondaryIndexes", ())]
            more = {"GlobalSecondaryIndexes": indexes} if indexes else {}
            self.dynamodb.create_table(**schema, **more, BillingMode="PAY_PER_REQUEST")
            if expiry["TimeToLiveStatus"] == "ENABLED":
                expires = {"Enabled": True, "AttributeName": expiry["AttributeName"]}
                self.dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=expires)
            is_recoverable = backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
            self.dynamodb.update_continuous_backups(
                TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": is_recoverable}
            )

    def _tables(self) -> dict[str, Table]:
        return dynamodb_backends[DEFAULT_ACCOUNT_ID][self.dynamodb.meta.region_name].tables

    def _rows(self, logical_id: str) -> list[Row]:
        """Read the rows inside moto: a scan takes it ten times as long, and tests compare all tables often."""
        with ONE_AT_A_TIME:
            items = [dynamo_to_dict(item.attrs) for item in self._tables()[table_name(logical_id)].all_items()]
        return [{name: _deserialize(value) for name, value in item.items()} for item in items]


def _only(rows: list[Row], **key: str) -> Row | None:
    found = [row for row in rows if key.items() <= row.items()]
    assert len(found) <= 1
    return found[0] if found else None
