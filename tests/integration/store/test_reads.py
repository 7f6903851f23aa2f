"""Consistency of reads, and what they read. Test engines are always consistent, so the tests check the request."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tests.support.aws.aws_calls import intercept_calls
from tests.support.aws.inserted_rows import ITEM, KEY, USER, event, plant_item, plant_source
from tests.support.aws.tables import Tables
from tests.support.fakes.clock import StoppedClock
from tidings.errors import CoolingDown
from tidings.store import (
    admin_queries,
    check_schedule,
    cooldowns,
    event_retention,
    events,
    history,
    institutions,
    item_links,
    items,
    link_sessions,
    newest_delivered,
    rate_counters,
    registration_leases,
    removal,
    revocation,
    sessions,
    snapshots,
    token_leases,
    user_state,
)


class Reads:
    def __init__(self) -> None:
        self.consistent: list[bool] = []
        self.attributes: list[set[str] | None] = []

    def __call__(self, model: Any, params: Any, **_: object) -> None:  # noqa: ANN401 - botocore's
        if model.name in {"GetItem", "Query", "BatchGetItem", "Scan"}:
            body = json.loads(params["body"])
            for request in body.get("RequestItems", {"": body}).values():
                self.consistent.append(bool(request.get("ConsistentRead")))
                self.attributes.append(_requested(request))


def _requested(request: dict[str, Any]) -> set[str] | None:
    """Return the attributes that a request wants; None for all."""
    if "ProjectionExpression" not in request:
        return None
    names = request["ExpressionAttributeNames"]
    return {names[place] for place in request["ProjectionExpression"].replace(" ", "").split(",")}


def _lose_cooldown() -> None:
    cooldowns.acquire(USER, "snaptrade", 1000, 60_000)
    with pytest.raises(CoolingDown):
        cooldowns.acquire(USER, "snaptrade", 1000, 60_000)


@pytest.mark.parametrize(
    "read",
    [
        lambda: user_state.read_user_state(USER),
        lambda: items.find_record(ITEM),
        lambda: items.find_owner(ITEM, consistent=True),
        lambda: items.encrypted_credentials([ITEM]),
        lambda: item_links.link_item(KEY, None),
        lambda: registration_leases.acquire(ITEM, USER, 10, 20, 1),
        lambda: events.is_recorded(event()),
        lambda: snapshots.read_snapshots(USER, "snaptrade", 0),
        lambda: snapshots.stored_parts(USER, "snaptrade"),
        lambda: snapshots.snapshot_entries(USER),
        lambda: snapshots.provider_stamps(USER, "snaptrade", ["c1"]),
        lambda: removal.remove_item(USER, ITEM),
        lambda: removal.user_entries(USER),
        lambda: revocation.end_access(KEY),
        lambda: token_leases.find_result("public"),
        lambda: token_leases.unfinished_leases(10**13),
        lambda: link_sessions.find_session("link", 0),
        lambda: link_sessions.sessions_of_user(USER),
        lambda: sessions.find_user("cookie", 0),
        lambda: sessions.sessions_of_user(USER),
        lambda: sessions.emails_of_user(USER),
        lambda: newest_delivered.newest_generation("series"),
        lambda: rate_counters.rate_counter_keys(USER),
        lambda: event_retention.end_untimed_events(),
        lambda: events.find_event("snaptrade", "e1"),
        lambda: history.change_entries(USER),
        lambda: history.forget_account(KEY, "a"),
        lambda: list(items.all_encrypted_credentials("snaptrade")),
        lambda: list(admin_queries.all_items()),
        lambda: admin_queries.find_item(ITEM),
        lambda: list(admin_queries.all_sources()),
        lambda: admin_queries.sources_of(USER),
        lambda: list(admin_queries.list_sessions(None)),
        _lose_cooldown,
    ],
)
def test_deciding_reads_are_consistent(tables: Tables, now: StoppedClock, read: Callable[[], object]) -> None:
    plant_item(tables, credential_version=1)
    plant_source(tables)
    with intercept_calls(Reads()) as reads:
        read()
    assert reads.consistent
    assert all(reads.consistent)


@pytest.mark.parametrize(
    ("read", "attributes"),
    [
        (lambda: check_schedule.list_page(None, 0, 10), {"item", "check_after", "check_failures"}),
        (lambda: institutions.read_brokers("snaptrade"), {"brokers"}),
        (lambda: rate_counters.rate_counter_keys(USER), {"window"}),
        (lambda: sessions.sessions_of_user(USER), {"session"}),
        (lambda: sessions.emails_of_user(USER), {"email"}),
        (lambda: link_sessions.sessions_of_user(USER), {"token"}),
        (lambda: list(admin_queries.list_sessions(None)), {"session", "user_id", "expires_at"}),
        (lambda: list(admin_queries.all_events()), {"event", "kind", "outcome", "received_at"}),
        (lambda: events.is_recorded(event()), {"event"}),
        (lambda: removal.user_entries(USER), {"user_id", "entry"}),
        (lambda: snapshots.snapshot_entries(USER), {"user_id", "entry"}),
        (lambda: snapshots.stored_parts(USER, "snaptrade"), {"user_id", "entry", "fetch_id"}),
        (
            lambda: snapshots.provider_stamps(USER, "snaptrade", ["c1"]),
            {"user_id", "entry", "link_id", "provider_stamp"},
        ),
    ],
)
def test_listing_reads_only_what_it_returns(tables: Tables, read: Callable[[], object], attributes: set[str]) -> None:
    with intercept_calls(Reads()) as reads:
        read()
    assert reads.attributes == [attributes]


@pytest.mark.parametrize(
    "read",
    [
        lambda: items.find_owner(ITEM),
        lambda: items.find_record(ITEM),
        lambda: admin_queries.find_item(ITEM),
        lambda: list(admin_queries.all_items()),
    ],
)
def test_item_is_read_without_credential(tables: Tables, read: Callable[[], object]) -> None:
    plant_item(tables, credential="sealed")
    with intercept_calls(Reads()) as reads:
        read()
    [attributes] = reads.attributes
    assert attributes is not None
    assert "credential" not in attributes


def test_owner_lookup_of_event_is_eventually_consistent(tables: Tables) -> None:
    with intercept_calls(Reads()) as reads:
        items.find_owner(ITEM)
    assert reads.consistent == [False]


@pytest.mark.parametrize(
    "read",
    [lambda: history.read_history(USER, date(2026, 11, 30)), lambda: history.read_changes(USER, 9)],
)
def test_history_is_shown_from_eventually_consistent_reads(tables: Tables, read: Callable[[], object]) -> None:
    """They cost half as much."""
    with intercept_calls(Reads()) as reads:
        read()
    assert set(reads.consistent) == {False}


@pytest.mark.parametrize(
    "read",
    [lambda: check_schedule.list_page(None, 1, 10), lambda: list(items.all_encrypted_credentials("plaid"))],
)
def test_listing_begins_with_the_first_item(tables: Tables, read: Callable[[], object]) -> None:
    requests: list[dict[str, Any]] = []

    def note(model: Any, params: Any, **_: object) -> None:  # noqa: ANN401 - botocore's
        requests.append(json.loads(params["body"]))

    with intercept_calls(note):
        read()
    assert ["ExclusiveStartKey" in request for request in requests] == [False]
