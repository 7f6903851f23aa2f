"""Insert rows that only a race, a restored backup or an old version of the code leaves."""

from decimal import Decimal
from typing import Any

from tests.support.aws.account import table_name
from tests.support.aws.tables import Row, Tables
from tidings.holdings import FetchedHoldings, Holding
from tidings.model import ItemKey, Source
from tidings.store import snapshots
from tidings.store.events import EventRecord
from tidings.store.sources import SourceKey
from tidings.store.updates import SourceUpdate

USER, ITEM = "ann", ItemKey("snaptrade", "u")
KEY = SourceKey(USER, "snaptrade", "c1", ITEM)
EVERY = SourceKey(USER, "snaptrade", "*", ITEM)
UPDATE = SourceUpdate(marks=True, status=None, at=None)


def event(name: str = "e1") -> EventRecord:
    return EventRecord("snaptrade", name, "KIND", 1_790_000_000_000, "{}")


def plant(tables: Tables, table: str, **row: object) -> None:
    def typed(value: object) -> dict[str, Any]:
        return {"N": str(value)} if isinstance(value, int) else {"S": str(value)}

    tables.dynamodb.put_item(TableName=table_name(table), Item={name: typed(value) for name, value in row.items()})


def plant_source(tables: Tables, **row: object) -> None:
    stood = {"user_id": USER, "entry": "source#snaptrade#c1", "link_id": "l1", "item": ITEM, "generation": 2}
    plant(tables, "UpdateStateTable", **{name: value for name, value in {**stood, **row}.items() if value is not None})


def plant_item(tables: Tables, owner: str | None = USER, **row: object) -> None:
    owned: dict[str, object] = {"user_id": owner} if owner else {}
    plant(tables, "ProviderItemsTable", **{"item": ITEM, **owned, **row})


def plant_head(tables: Tables, **row: object) -> None:
    stood = {"user_id": USER, "entry": "snaptrade#c1", "link_id": "l1", "generation": 2, "fetch_began_at": 50}
    plant(tables, "HoldingsTable", **{**stood, "fetch_id": "0000000000050aaaa", "parts": 0, **row})


def row(tables: Tables, source_id: str = "c1", user: str = USER) -> Row:
    return tables.source("snaptrade", source_id, user) or {}


def read(**changes: object) -> Source:
    """Return the source as a refresh read it."""
    return Source("snaptrade", "c1", "u", "l1", 2)._replace(**changes)  # type: ignore[arg-type]


def fetched() -> FetchedHoldings:
    cash = Holding(
        "USD", None, "cash", Decimal(1), None, None, Decimal(1), None, "USD", "a", None, None, "snaptrade", "c1"
    )
    return FetchedHoldings((cash,), (), "Broker", "stamp")


def commit(source: Source, began_at: int = 100) -> str | None:
    return snapshots.commit(KEY, source, snapshots.save_content(KEY, source, fetched(), began_at), None)
