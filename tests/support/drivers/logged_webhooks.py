"""Read a test's webhooks from the event log, and order webhooks of each outcome."""

from tests.support.aws.tables import Row, Tables
from tests.support.drivers.app import LinkedSource
from tidings.model import ProviderName

FOREVER = 1 << 50


def logged_events(tables: Tables, since: int) -> list[Row]:
    return [row for row in tables.rows("WebhookEventsTable") if row["received_at"] >= since]


def only_event_key(tables: Tables, since: int) -> tuple[ProviderName, str]:
    [row] = logged_events(tables, since)
    provider, _, event_id = str(row["event"]).partition("#")
    return provider, event_id  # type: ignore[return-value]


def webhook_order(linked: LinkedSource, plaid: str, snaptrade: str) -> dict[str, object]:
    category, _, code = plaid.partition(":")
    return {"type": category, "code": code} if linked.provider == "plaid" else {"event_type": snaptrade}


KINDS = {
    "marked": ("HOLDINGS:DEFAULT_UPDATE", "ACCOUNT_HOLDINGS_UPDATED"),
    "status": ("ITEM:ERROR", "CONNECTION_BROKEN"),
    "ignored": ("TRANSACTIONS:SYNC_UPDATES_AVAILABLE", "CONNECTION_FAILED"),
}
