"""Define the DynamoDB tables (docs/decisions/0002-table-design-and-conditions.md).

All share one connection, so that a transaction can span them. `expires_at` (epoch seconds) is the TTL attribute.
DynamoDB deletes expired rows up to days late, so readers compare the time too.
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
    user_id = UnicodeAttribute(null=True)
    credential = BinaryAttribute(null=True, legacy_encoding=False)
    credential_version = NumberAttribute(null=True)
    orphan_generation = NumberAttribute(null=True)
    orphan_status = UnicodeAttribute(null=True)
    orphan_reason = UnicodeAttribute(null=True)
    registering_until = NumberAttribute(null=True)
    registered_at = NumberAttribute(null=True)
    ending_since = NumberAttribute(null=True)
    check_after = NumberAttribute(null=True)
    check_failures = NumberAttribute(null=True)
    expires_at = NumberAttribute(null=True)


class UpdateState(Row):
    """A source, cooldown, tombstone or marker. One Query reads a user's whole state.

    `entry`: `source#<provider>#<source_id>`, `claim#<provider>`, `removed#<provider>#<source_id>` or `ended`.
    """

    class Meta:
        table_name = settings.table("UPDATE_STATE")

    user_id = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)
    # a source
    link_id = UnicodeAttribute(null=True)
    item = UnicodeAttribute(null=True)
    generation = NumberAttribute(null=True)
    seen_generation = NumberAttribute(null=True)
    check_due = NumberAttribute(null=True)
    institution = UnicodeAttribute(null=True)
    status = UnicodeAttribute(null=True)
    status_reason = UnicodeAttribute(null=True)
    status_at = NumberAttribute(null=True)
    status_version = NumberAttribute(null=True)
    last_update_at = NumberAttribute(null=True)
    last_fetched_at = NumberAttribute(null=True)
    last_error = UnicodeAttribute(null=True)
    last_reconcile_at = NumberAttribute(null=True)
    look_again_at = NumberAttribute(null=True)
    end_reported_at = NumberAttribute(null=True)
    duplicate_of = UnicodeAttribute(null=True)
    duplicate_unmatched = UnicodeAttribute(null=True)
    # a source's first fetch
    linked_at = NumberAttribute(null=True)
    first_fetch_at = NumberAttribute(null=True)
    first_fetch_by = UnicodeAttribute(null=True)
    first_fetch_returns = NumberAttribute(null=True)
    first_fetch_returned_at = NumberAttribute(null=True)
    # a wildcard row, while its user may be making a connection
    connect_expected_until = NumberAttribute(null=True)
    connect_listings = NumberAttribute(null=True)
    connect_listed_at = NumberAttribute(null=True)
    # the newest paid refresh of a source
    pull_id = UnicodeAttribute(null=True)
    pull_requested_at = NumberAttribute(null=True)
    pull_generation = NumberAttribute(null=True)
    pull_state = UnicodeAttribute(null=True)
    pull_call = UnicodeAttribute(null=True)
    pull_reason = UnicodeAttribute(null=True)
    pull_retry_at = NumberAttribute(null=True)
    # a user who ended everything
    ended_id = UnicodeAttribute(null=True)
    reopened_at = NumberAttribute(null=True)
    # a cooldown
    claim_id = UnicodeAttribute(null=True)
    retry_at = NumberAttribute(null=True)
    follow_up = NumberAttribute(null=True)
    acquired_at = NumberAttribute(null=True)
    newest_first_fetch = NumberAttribute(null=True)
    second_first_fetch = NumberAttribute(null=True)
    third_first_fetch = NumberAttribute(null=True)
    expires_at = NumberAttribute(null=True)


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
    """A rate counter: the calls to a provider, or a user's changes, in one minute.

    `window`: `<counter>#<minute since 1970>`, or `notified#<series>` with the newest generation that the host was told.
    """

    class Meta:
        table_name = settings.table("PROVIDER_BUDGETS")

    window = UnicodeAttribute(hash_key=True)
    calls = NumberAttribute(null=True)
    generation = NumberAttribute(null=True)
    expires_at = NumberAttribute(null=True)


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
    """Index of events by item, for operators only. Events that name no item are not in it."""

    class Meta:
        index_name = "by-item"
        projection = KeysOnlyProjection()

    item = UnicodeAttribute(hash_key=True)
    received_at = NumberAttribute(range_key=True)


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
    expires_at = NumberAttribute(null=True)
