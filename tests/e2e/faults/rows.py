"""Read one user's rows directly from the tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from boto3.dynamodb.types import TypeDeserializer

from local import aws
from local.cloud import LocalCloud

Row = dict[str, Any]
_deserialize = TypeDeserializer().deserialize


@dataclass(frozen=True)
class Rows:
    """`state`: the user's part of UpdateState by entry; `events`: every recorded webhook by its id."""

    state: Mapping[str, Row]
    events: Mapping[str, Row]

    @classmethod
    def read(cls, cloud: LocalCloud, user_id: str) -> "Rows":
        of_user = {"KeyConditionExpression": "user_id = :user", "ExpressionAttributeValues": {":user": {"S": user_id}}}
        state = _rows(cloud, "UpdateStateTable", "query", **of_user)
        events = _rows(cloud, "WebhookEventsTable", "scan")
        return cls({row["entry"]: row for row in state}, {row["event"]: row for row in events})

    def generation(self, provider: str, source_id: str) -> int:
        return int(self.state[f"source#{provider}#{source_id}"].get("generation", 0))

    def is_check_due(self, provider: str, source_id: str) -> bool:
        """Return whether a webhook that was refused as too old has its source checked."""
        return "check_due" in self.state[f"source#{provider}#{source_id}"]

    def marks(self, source_id: str) -> int:
        """Return the number of recorded events that raised this source's generation."""
        return sum(row["outcome"] == "marked" and source_id in str(row.get("body")) for row in self.events.values())

    @property
    def cooldown_until_ms(self) -> int:
        """Return when the last of the user's cooldowns expires."""
        cooldowns = [row for entry, row in self.state.items() if entry.startswith("claim#")]
        return max((int(row.get("retry_at", 0)) for row in cooldowns), default=0)


def generations(cloud: LocalCloud) -> dict[str, int]:
    """Return the generation of every source, by its id."""
    rows = _rows(cloud, "UpdateStateTable", "scan")
    sources = [row for row in rows if row["entry"].startswith("source#")]
    return {row["entry"].split("#", 2)[2]: int(row.get("generation", 0)) for row in sources}


def _rows(cloud: LocalCloud, logical_id: str, operation: Literal["query", "scan"], **which: object) -> list[Row]:
    client: Any = aws.dynamodb(cloud.ministack_url)
    pages = client.get_paginator(operation).paginate(TableName=cloud.physical[logical_id], **which)
    return [{name: _deserialize(value) for name, value in row.items()} for page in pages for row in page["Items"]]
