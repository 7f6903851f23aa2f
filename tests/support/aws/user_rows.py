"""Read all rows of one user, without the product."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast

from boto3.dynamodb.types import TypeDeserializer

from tests.support.aws.account import PLAID, SNAPTRADE, table_name
from tests.support.drivers.app import LinkedSource, ProviderName
from tests.support.fakes.providers import CapturedWebhook
from tidings import clock, providers

Row = Mapping[str, Any]
_APPS = {"plaid": PLAID, "snaptrade": SNAPTRADE}
_plain = TypeDeserializer().deserialize


@dataclass
class UserRows:
    dynamodb: Any
    user_id: str

    def state(self) -> dict[str, Row]:
        """Return the user's update-state rows by entry."""
        return self._rows("UpdateStateTable")

    def source(self, linked: LinkedSource) -> Row | None:
        return self.state().get(f"source#{linked.provider}#{linked.source_id}")

    def source_row(self, linked: LinkedSource) -> Row:
        row = self.source(linked)
        assert row is not None
        return row

    def backdate_activity(self) -> None:
        """Age the rows by days: no source was updated, fetched or checked since."""
        for entry in self.state():
            if entry.startswith("source#"):
                self.dynamodb.update_item(
                    TableName=table_name("UpdateStateTable"),
                    Key={"user_id": {"S": self.user_id}, "entry": {"S": entry}},
                    UpdateExpression="SET last_update_at = :past, last_fetched_at = :past, last_reconcile_at = :past",
                    ExpressionAttributeValues={":past": {"N": "1"}},
                )

    def generation(self, linked: LinkedSource) -> int:
        return int(self.source_row(linked)["generation"])

    def heads(self) -> dict[str, Row]:
        return {entry: row for entry, row in self._rows("HoldingsTable").items() if "content" not in row}

    def parts(self) -> set[str]:
        return {entry for entry, row in self._rows("HoldingsTable").items() if "content" in row}

    def referenced_parts(self) -> set[str]:
        """Return the parts that a head names."""
        return {
            f"{entry}#{head['fetch_id']}#{part:03d}"
            for entry, head in self.heads().items()
            for part in range(int(head["parts"]))
        }

    def history(self) -> dict[str, Row]:
        """Return the user's history rows by entry."""
        return self._rows("HistoryTable")

    def wrong_history(self) -> list[str]:
        """List heads without the point of their day, points on another day, and removals that are recorded twice."""
        rows = self.history()
        began = {entry: json.loads(row["content"])["began"] for entry, row in rows.items() if entry.startswith("day#")}
        points = {f"day#{_utc_day(head['fetch_began_at'])}#{entry}": head for entry, head in self.heads().items()}
        removed = [(row["source"], row["content"]) for entry, row in rows.items() if entry.startswith("removed#")]
        return [
            *(entry for entry, head in points.items() if began.get(entry) != head["fetch_began_at"]),
            *(entry for entry, at in began.items() if entry.split("#")[1] != _utc_day(at)),
            *(f"{source} {link}" for source, link in removed if removed.count((source, link)) > 1),
        ]

    def item(self, linked: LinkedSource) -> Row | None:
        key = {"item": {"S": f"{linked.provider}#{linked.item_id}"}}
        answer = self.dynamodb.get_item(TableName=table_name("ProviderItemsTable"), Key=key, ConsistentRead=True)
        return _row(answer["Item"]) if "Item" in answer else None

    def has_recorded(self, provider: str, caught: CapturedWebhook) -> bool:
        """Return whether the event log has a row of this webhook."""
        webhook = providers.webhook_reader(cast(ProviderName, provider)).verify(
            *caught, _APPS[provider], clock.now_ms()
        )
        key = {"event": {"S": f"{provider}#{webhook.event_id}"}}
        answer = self.dynamodb.get_item(TableName=table_name("WebhookEventsTable"), Key=key, ConsistentRead=True)
        return "Item" in answer

    def end_cooldowns(self) -> None:
        """Delete the user's cooldown rows, as if every cooldown had expired."""
        for entry in ("claim#plaid", "claim#snaptrade"):
            key = {"user_id": {"S": self.user_id}, "entry": {"S": entry}}
            self.dynamodb.delete_item(TableName=table_name("UpdateStateTable"), Key=key)

    def delete_rate_counters(self) -> None:
        """Delete all rate counters, so that other users' refreshes do not count in this minute."""
        table = table_name("ProviderBudgetsTable")
        for row in self.dynamodb.scan(TableName=table)["Items"]:
            self.dynamodb.delete_item(TableName=table, Key={"window": row["window"]})

    def _rows(self, table: str) -> dict[str, Row]:
        answer = self.dynamodb.query(
            TableName=table_name(table),
            ConsistentRead=True,
            KeyConditionExpression="user_id = :user",
            ExpressionAttributeValues={":user": {"S": self.user_id}},
        )
        return {row["entry"]: row for row in map(_row, answer["Items"])}


def _utc_day(instant_ms: int | Decimal) -> str:
    return datetime.fromtimestamp(int(instant_ms) / 1000, UTC).date().isoformat()


def _row(item: Mapping[str, Any]) -> Row:
    return {name: _plain(value) for name, value in item.items()}
