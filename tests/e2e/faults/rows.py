"""Read one user's rows directly from the tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
        state = [row for row in _scan(cloud, "UpdateStateTable") if row["user_id"] == user_id]
        events = _scan(cloud, "WebhookEventsTable")
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
    rows = _scan(cloud, "UpdateStateTable")
    sources = [row for row in rows if row["entry"].startswith("source#")]
    return {row["entry"].split("#", 2)[2]: int(row.get("generation", 0)) for row in sources}


def _scan(cloud: LocalCloud, logical_id: str) -> list[Row]:
    pages = aws.dynamodb(cloud.ministack_url).get_paginator("scan").paginate(TableName=cloud.physical[logical_id])
    return [{name: _deserialize(value) for name, value in row.items()} for page in pages for row in page["Items"]]
