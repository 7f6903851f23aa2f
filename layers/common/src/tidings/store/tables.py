"""Define the DynamoDB tables (docs/decisions/0002-table-design-and-conditions.md).

All share one connection, so that a transaction can span them. `expires_at` (epoch seconds) is the TTL attribute.
DynamoDB deletes expired rows up to days late, so readers compare the time too.

Any attribute but a key may be absent from a row, and is then None. pynamodb checks `null` only where a row is put as a
whole, which rows of ProviderItem, UpdateState and ProviderBudget never are.
"""

import threading
from typing import Any

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection, TableConnection
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

from tidings import settings
from tidings.aws import clients


class _SharedConnection(Connection):
    @property
    def client(self) -> Any:  # noqa: ANN401 - created by botocore at run time
        return clients.aws_client("dynamodb")


connection = _SharedConnection()
_first_use = threading.Lock()


class Row(Model):
    """A row of any table."""

    @classmethod
    def _get_connection(cls) -> TableConnection:
        """Return the table's connection. pynamodb creates it at first use, which two threads may do at once."""
        with _first_use:
            table = super()._get_connection()
            if table.connection is not connection:
                connection.add_meta_table(table.get_meta_table())
                table.connection = connection
            return table

    @classmethod
    def table(cls) -> TableConnection:
        """Return the table's connection, for calls that pynamodb's models make in their own way."""
        return cls._get_connection()


class _ByUser(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Index of items by user, for operators only: it is eventually consistent."""

    class Meta:
        index_name = "by-user"
        projection = KeysOnlyProjection()

    user_id = UnicodeAttribute(hash_key=True)


class ProviderItem(Row):
    """A provider item. `item`: `<provider>#<item id>`. Without a `user_id` it is an orphan, which expires."""

    class Meta:
        table_name = settings.table("PROVIDER_ITEMS")

    by_user = _ByUser()
    item = UnicodeAttribute(hash_key=True)
    user_id = UnicodeAttribute()
    credential = BinaryAttribute(legacy_encoding=False)
    credential_version = NumberAttribute()
    orphan_generation = NumberAttribute()
    orphan_status = UnicodeAttribute()
    orphan_reason = UnicodeAttribute()
    registering_until = NumberAttribute()
    registered_at = NumberAttribute()
    ending_since = NumberAttribute()
    check_after = NumberAttribute()
    check_failures = NumberAttribute()
    expires_at = NumberAttribute()


class UpdateState(Row):
    """A source, cooldown, tombstone or marker. One Query reads a user's whole state.

    `entry`: `source#<provider>#<source_id>`, `claim#<provider>`, `removed#<provider>#<source_id>` or `ended`.
    """

    class Meta:
        table_name = settings.table("UPDATE_STATE")

    user_id = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)
    # a source
    link_id = UnicodeAttribute()
    item = UnicodeAttribute()
    generation = NumberAttribute()
    seen_generation = NumberAttribute()
    check_due = NumberAttribute()
    institution = UnicodeAttribute()
    status = UnicodeAttribute()
    status_reason = UnicodeAttribute()
    status_at = NumberAttribute()
    status_version = NumberAttribute()
    last_update_at = NumberAttribute()
    last_fetched_at = NumberAttribute()
    last_error = UnicodeAttribute()
    last_reconcile_at = NumberAttribute()
    look_again_at = NumberAttribute()
    end_reported_at = NumberAttribute()
    duplicate_of = UnicodeAttribute()
    duplicate_unmatched = UnicodeAttribute()
    # a source's first fetch
    linked_at = NumberAttribute()
    first_fetch_at = NumberAttribute()
    first_fetch_by = UnicodeAttribute()
    first_fetch_returns = NumberAttribute()
    first_fetch_returned_at = NumberAttribute()
    # a wildcard row, while its user may be making a connection
    connect_expected_until = NumberAttribute()
    connect_listings = NumberAttribute()
    connect_listed_at = NumberAttribute()
    # the newest paid refresh of a source
    pull_id = UnicodeAttribute()
    pull_requested_at = NumberAttribute()
    pull_generation = NumberAttribute()
    pull_state = UnicodeAttribute()
    pull_call = UnicodeAttribute()
    pull_reason = UnicodeAttribute()
    pull_retry_at = NumberAttribute()
    # a user who ended everything
    ended_id = UnicodeAttribute()
    reopened_at = NumberAttribute()
    # a cooldown
    claim_id = UnicodeAttribute()
    retry_at = NumberAttribute()
    follow_up = NumberAttribute()
    acquired_at = NumberAttribute()
    newest_first_fetch = NumberAttribute()
    second_first_fetch = NumberAttribute()
    third_first_fetch = NumberAttribute()
    expires_at = NumberAttribute()


class HoldingsEntry(Row):
    """A snapshot's head or part. `entry`: `<provider>#<source_id>`; for a part, `#<fetch_id>#<part>` follows."""

    class Meta:
        table_name = settings.table("HOLDINGS")

    user_id = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)
    # a head
    link_id = UnicodeAttribute(null=True)
    generation = NumberAttribute(null=True)
    fetch_began_at = NumberAttribute(null=True)
    fetch_id = UnicodeAttribute(null=True)
    parts = NumberAttribute(null=True)
    digest = UnicodeAttribute(null=True)
    provider_stamp = UnicodeAttribute(null=True)
    institution = UnicodeAttribute(null=True)
    # a part
    content = BinaryAttribute(null=True, legacy_encoding=False)


class ProviderBudget(Row):
    """A rate counter: the calls to a provider, or a user's changes, in one minute. Or what is stored beside them.

    `window`: `<counter>#<minute since 1970>`, `brokers#<provider>`, whose `brokers` are a JSON text, or
    `notified#<series>` with the newest generation delivered to the host.
    """

    class Meta:
        table_name = settings.table("PROVIDER_BUDGETS")

    window = UnicodeAttribute(hash_key=True)
    calls = NumberAttribute()
    brokers = UnicodeAttribute()
    due_at = NumberAttribute()
    generation = NumberAttribute()
    expires_at = NumberAttribute()


class Session(Row):
    """A sign-in session, written by the host application (docs/sessions.md).

    `session`: the cookie's SHA-256 in lower-case hex.
    """

    class Meta:
        table_name = settings.table("SESSIONS")

    session = UnicodeAttribute(hash_key=True)
    user_id = UnicodeAttribute()
    email = UnicodeAttribute(null=True)
    expires_at = NumberAttribute()


class LinkSession(Row):
    """A link token's user, or a public token's lease and result. `token`: `link#` or `public#`, then a hex SHA-256."""

    class Meta:
        table_name = settings.table("LINK_SESSIONS")

    token = UnicodeAttribute(hash_key=True)
    user_id = UnicodeAttribute()
    reconnect_item = UnicodeAttribute(null=True)
    replaces_item = UnicodeAttribute(null=True)
    ended_id = UnicodeAttribute(null=True)
    lease_id = UnicodeAttribute(null=True)
    leased_institution = UnicodeAttribute(null=True)
    leased_until = NumberAttribute(null=True)
    item_id = UnicodeAttribute(null=True)
    failure = UnicodeAttribute(null=True)
    institution = UnicodeAttribute(null=True)
    expires_at = NumberAttribute()


class _ByItem(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Index of events by item and time of receipt, for operators only. Events that name no item are not in it."""

    class Meta:
        index_name = "by-item"
        projection = KeysOnlyProjection()

    item = UnicodeAttribute(hash_key=True)


class WebhookEvent(Row):
    """A recorded event. `event`: `<provider>#<event id>`; if the row exists, a further delivery is a duplicate.

    `meaning`: the event's content and times, from which it can be processed again. For an event without a time there
    is also `seen#<provider>#<event id>`, which says nothing but its own end.
    """

    class Meta:
        table_name = settings.table("WEBHOOK_EVENTS")

    by_item = _ByItem()
    event = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(null=True)
    meaning = UnicodeAttribute(null=True)
    kind = UnicodeAttribute()
    outcome = UnicodeAttribute()
    received_at = NumberAttribute()
    body = UnicodeAttribute(null=True)
    expires_at = NumberAttribute()
