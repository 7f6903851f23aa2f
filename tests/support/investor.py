"""A user of the real engine, with sources linked the short way, and all that the tables hold of that user."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from tests.support.account import table_name
from tests.support.app import App, Linked, ProviderName
from tests.support.calls import Answered
from tests.support.providers import Caught
from tidings.model import EVERY_SOURCE
from tidings.providers.snaptrade.user_id import user_id_of
from tidings.store import credentials, items
from tidings.store.sources import Key

Row = Mapping[str, Any]
_plain = TypeDeserializer().deserialize


@dataclass
class Investor:
    app: App
    dynamodb: Any
    user_id: str = field(default_factory=lambda: f"user-{token_hex(5)}")

    def __post_init__(self) -> None:
        self.cookie = self.app.sign_in(self.user_id)

    def links(self, provider: ProviderName) -> Linked:
        """Linked, and not fetched yet."""
        return self._links_plaid() if provider == "plaid" else self._links_snaptrade()

    def holds(self, provider: ProviderName) -> Linked:
        """Linked and fetched long ago, so that the cooldown is over."""
        linked = self.links(provider)
        assert self.app.refresh(self.cookie, provider).status == 200
        self.forget_claims()
        return linked

    def trades(self, linked: Linked) -> list[Caught]:
        """The provider's holdings change; what it sends of that, not delivered yet."""
        self.app.control(linked, "trade", silent=True)
        return self.announced(linked)

    def announced(self, linked: Linked, **order: object) -> list[Caught]:
        return self.app.providers.webhooks(linked.provider, **linked.named, **order)

    def delivers(self, linked: Linked, caught: list[Caught]) -> None:
        answers = [self.app.deliver(linked.provider, one) for one in caught]
        assert {answered.status for answered in answers} == {200}, answers

    def pending(self, provider: str | None = None) -> bool:
        return bool(self.app.pending(self.cookie, provider)["has_pending_updates"])

    def held(self) -> list[tuple[str, str]]:
        """What GET /holdings shows: it always answers."""
        return held(self.app.request("GET /holdings", self.cookie))

    def refreshed(self, provider: str | None = None) -> Answered:
        answered = self.app.refresh(self.cookie, provider)
        assert answered.status == 200, answered.text
        return answered

    def forget_claims(self) -> None:
        for entry in ("claim#plaid", "claim#snaptrade"):
            self.dynamodb.delete_item(
                TableName=table_name("UpdateStateTable"), Key={"user_id": {"S": self.user_id}, "entry": {"S": entry}}
            )

    def source(self, linked: Linked) -> Row | None:
        return self.state().get(f"source#{linked.provider}#{linked.source_id}")

    def generation(self, linked: Linked) -> int:
        row = self.source(linked)
        assert row is not None
        return int(row["generation"])

    def item(self, linked: Linked) -> Row | None:
        answer = self.dynamodb.get_item(
            TableName=table_name("ProviderItemsTable"), Key={"item": {"S": f"{linked.provider}#{linked.item_id}"}}
        )
        return _row(answer["Item"]) if "Item" in answer else None

    def state(self) -> dict[str, Row]:
        """The update state's rows, by entry."""
        return self._rows("UpdateStateTable")

    def heads(self) -> dict[str, Row]:
        return {entry: row for entry, row in self._rows("HoldingsTable").items() if "content" not in row}

    def parts(self) -> set[str]:
        return {entry for entry, row in self._rows("HoldingsTable").items() if "content" in row}

    def named_parts(self) -> set[str]:
        """Those that a head names."""
        return {
            f"{entry}#{head['fetch_id']}#{part:03d}"
            for entry, head in self.heads().items()
            for part in range(int(head["parts"]))
        }

    def _rows(self, table: str) -> dict[str, Row]:
        answer = self.dynamodb.query(
            TableName=table_name(table),
            ConsistentRead=True,
            KeyConditionExpression="user_id = :user",
            ExpressionAttributeValues={":user": {"S": self.user_id}},
        )
        return {row["entry"]: row for row in map(_row, answer["Items"])}

    def _links_plaid(self) -> Linked:
        made = self.app.providers.plaid("connect", webhook=f"{self.app.providers.catcher.url}/plaid")
        key = Key(self.user_id, "plaid", made["item_id"], items.key("plaid", made["item_id"]))
        items.link(key, credentials.seal(key, made["access_token"]), "Broker")
        return Linked("plaid", made["item_id"], made["item_id"])

    def _links_snaptrade(self) -> Linked:
        item_id = user_id_of(self.app.email(self.user_id))
        made = self.app.providers.snaptrade("connect", user_id=item_id, silent=True)
        key = Key(self.user_id, "snaptrade", EVERY_SOURCE, items.key("snaptrade", item_id))
        items.link(key, credentials.seal(key, made["user_secret"]), news=0)
        linked = Linked("snaptrade", item_id, made["connection_id"])
        self.delivers(linked, self.announced(linked, event_type="CONNECTION_ADDED"))
        return linked


def held(answered: Answered) -> list[tuple[str, str]]:
    assert answered.status == 200, answered.text
    rows = answered.json["holdings"]["portfolio_data"]["holdings"]
    return sorted((str(row["ticker"] or row["name"]), str(row["quantity"])) for row in rows)


def _row(item: Mapping[str, Any]) -> Row:
    return {name: _plain(value) for name, value in item.items()}
