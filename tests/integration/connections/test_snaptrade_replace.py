"""A lost SnapTrade credential is shown on every route and replaced only on the user's request."""

from collections.abc import Iterator

import pytest

from tests.support.aws.tables import Tables
from tests.support.drivers import reconcile_queue
from tests.support.drivers.api_calls import ApiResponse
from tests.support.drivers.app import App, LinkedSource
from tests.support.drivers.routes import ROUTES, sent
from tests.support.drivers.status_checks import max_silence_s
from tests.support.drivers.tasks_queue import SqsQueue
from tests.support.fakes.clock import StoppedClock
from tests.support.fakes.providers import CapturedWebhook
from tidings.model import ItemKey
from tidings.store import registration_leases

DELETE_USER = "/snapTrade/deleteUser"
DELETE_ALL = "DELETE /connections"
REGISTER = "/snapTrade/registerUser"
WRONG_SECRET = {"detail": "Invalid userID or userSecret provided", "status_code": 401, "code": "1083"}
LOST = ("reconnect_required", "credential_lost")


@pytest.fixture
def slow_deletion(app: App) -> Iterator[None]:
    """Make SnapTrade take longer than any test to delete a user."""
    app.providers.snaptrade("deletion", takes_s=600)
    yield
    app.providers.snaptrade("deletion", takes_s=0)


def create_url(app: App, cookie: str, **body: object) -> ApiResponse:
    return app.request("POST /api/snaptrade/create-connection-url", cookie, body=body)


def lose_secret(app: App, linked: LinkedSource) -> None:
    """Change the user secret at SnapTrade without storing it."""
    app.providers.snaptrade_simulator.state["users"][linked.item_id]["user_secret"] = "another"


def list_statuses(app: App, cookie: str) -> dict[str, tuple[str, str | None]]:
    listed = app.connections(cookie)
    return {one["source_id"]: (one["status"], one["status_reason"]) for one in listed}


def count_user_deletions(app: App) -> int:
    return len(app.providers.calls("snaptrade", DELETE_USER))


def test_lost_credential_is_shown_on_every_route(app: App, cookie: str, linked: LinkedSource) -> None:
    lose_secret(app, linked)
    assert app.refresh(cookie, "snaptrade").status == 409
    assert list_statuses(app, cookie) == {linked.source_id: LOST}
    assert app.pending(cookie, "snaptrade")["reconnect_required"] is True
    provider = app.holdings(cookie)["holdings"]["portfolio_metadata"]["providers"]["snaptrade"]
    assert provider["status"] == "reconnect_required"


@pytest.mark.parametrize("finds_out", ["refresh", "connect"])
def test_lost_credential_without_connections_is_shown_by_wildcard_row(app: App, cookie: str, finds_out: str) -> None:
    item_id, connection_id = app.link_snaptrade(cookie)
    app.send_webhook(LinkedSource("snaptrade", item_id, connection_id), event_type="CONNECTION_DELETED")
    lose_secret(app, LinkedSource("snaptrade", item_id, connection_id))
    assert list_statuses(app, cookie) == {}
    told = app.refresh(cookie, "snaptrade") if finds_out == "refresh" else create_url(app, cookie)
    assert (told.status, told.json["type"]) == (409, "urn:tidings:problem:reconnect-required")
    assert list_statuses(app, cookie) == {"*": LOST}
    assert app.pending(cookie)["providers"]["snaptrade"]["reconnect_required"] is True
    provider = app.holdings(cookie)["holdings"]["portfolio_metadata"]["providers"]["snaptrade"]
    assert provider["status"] == "reconnect_required"


def test_credential_that_works_again_is_ok(app: App, cookie: str, stopped_clock: StoppedClock) -> None:
    app.link_snaptrade(cookie)
    app.providers.snaptrade("faults", path="/authorizations", kind="status", status=401, body=WRONG_SECRET, times=1)
    assert app.refresh(cookie, "snaptrade").status == 409
    stopped_clock.advance(61)
    assert app.refresh(cookie, "snaptrade").status == 200
    assert app.pending(cookie, "snaptrade")["reconnect_required"] is False
    assert {status for status, _ in list_statuses(app, cookie).values()} == {"ok"}


def test_replace_registers_again_and_removes_old_connections(
    app: App, cookie: str, linked: LinkedSource, tables: Tables
) -> None:
    lose_secret(app, linked)
    assert create_url(app, cookie).status == 409
    made = create_url(app, cookie, replace=True, redirect_uri="https://app.example.com/back")
    assert made.status == 200
    assert count_user_deletions(app) == 1
    assert list_statuses(app, cookie) == {}
    assert tables.rows("HoldingsTable") == []
    item = tables.item("snaptrade", linked.item_id)
    assert item is not None
    assert item["credential_version"] == 2
    assert not item.keys() & {"registering_until", "ending_since"}
    _, connection_id = app.providers.snaptrade_portal(made.json["connection_url"])
    app.deliver_all("snaptrade")
    assert list_statuses(app, cookie) == {connection_id: ("ok", None)}


@pytest.mark.parametrize("replace", [False, True])
def test_working_credential_is_never_replaced(app: App, cookie: str, linked: LinkedSource, replace: bool) -> None:
    assert create_url(app, cookie, replace=replace).status == 200
    assert (count_user_deletions(app), list(list_statuses(app, cookie))) == (0, [linked.source_id])


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 500},
        {"kind": "close"},
        {"kind": "status", "status": 429},
        {"kind": "status", "status": 401, "body": {"detail": "Unable to verify signature sent", "code": "1076"}},
    ],
)
def test_other_provider_failure_replaces_nothing(
    app: App, cookie: str, linked: LinkedSource, fault: dict[str, object]
) -> None:
    app.providers.snaptrade("faults", path="/snapTrade/login", **fault)
    assert create_url(app, cookie, replace=True).status in {429, 502, 503}
    assert count_user_deletions(app) == 0


def test_single_credential_rejection_replaces_nothing(app: App, cookie: str, linked: LinkedSource) -> None:
    app.providers.snaptrade("faults", path="/snapTrade/login", kind="status", status=401, body=WRONG_SECRET, times=1)
    assert create_url(app, cookie, replace=True).status == 200
    assert (count_user_deletions(app), list(list_statuses(app, cookie))) == (0, [linked.source_id])


def test_user_known_only_to_snaptrade_is_replaced(app: App, cookie: str, tables: Tables) -> None:
    create_url(app, cookie)
    tables.clear()
    cookie = app.sign_in()
    refused = create_url(app, cookie)
    assert (refused.status, refused.json["type"]) == (409, "urn:tidings:problem:reconnect-required")
    assert list_statuses(app, cookie) == {"*": LOST}
    assert create_url(app, cookie, replace=True).status == 200
    assert list_statuses(app, cookie) == {}
    assert create_url(app, cookie).status == 200
    assert count_user_deletions(app) == 1


def test_replace_of_unknown_user_registers_without_deletion(app: App, cookie: str) -> None:
    assert create_url(app, cookie, replace=True).status == 200
    assert count_user_deletions(app) == 0


def test_replace_of_user_gone_at_snaptrade_registers_without_deletion(
    app: App, cookie: str, linked: LinkedSource
) -> None:
    del app.providers.snaptrade_simulator.state["users"][linked.item_id]
    assert create_url(app, cookie, replace=True).status == 200
    assert count_user_deletions(app) == 0
    assert list_statuses(app, cookie) == {}


@pytest.mark.usefixtures("slow_deletion")
def test_replace_during_deletion_is_503_and_requests_it_once(
    app: App, cookie: str, linked: LinkedSource, stopped_clock: StoppedClock
) -> None:
    lose_secret(app, linked)
    for _ in range(2):
        waits = create_url(app, cookie, replace=True)
        assert (waits.status, waits.json["type"]) == (503, "urn:tidings:problem:provider-not-ready")
        assert waits.headers["retry-after"] == "10"
    assert count_user_deletions(app) == 1
    assert list(list_statuses(app, cookie)) == [linked.source_id], "nothing is forgotten before there is something new"
    stopped_clock.advance(121)
    assert create_url(app, cookie, replace=True).status == 503
    assert count_user_deletions(app) == 2, "an order that never came through is given again"
    del app.providers.snaptrade_simulator.state["users"][linked.item_id]
    assert create_url(app, cookie, replace=True).status == 200
    assert create_url(app, cookie).status == 200


def test_replace_interrupted_before_registration_can_be_repeated(app: App, cookie: str, linked: LinkedSource) -> None:
    lose_secret(app, linked)
    del app.providers.snaptrade_simulator.state["users"][linked.item_id]
    app.providers.snaptrade("faults", path=REGISTER, kind="close", times=1, performed=True)
    assert create_url(app, cookie, replace=True).status == 502
    assert create_url(app, cookie).status == 409, "SnapTrade told the new secret to nobody"
    assert create_url(app, cookie, replace=True).status == 200
    assert create_url(app, cookie).status == 200


def sign_user_deletion(app: App, linked: LinkedSource, **order: object) -> CapturedWebhook:
    [caught] = app.providers.capture_webhooks("snaptrade", user_id=linked.item_id, event_type="USER_DELETED", **order)
    return caught


@pytest.mark.parametrize("order", [{}, {"age_s": 40}, {"omit": ["eventTimestamp"]}])
def test_deletion_event_of_replaced_registration_is_outdated(
    app: App, cookie: str, linked: LinkedSource, tables: Tables, order: dict[str, object]
) -> None:
    lose_secret(app, linked)
    create_url(app, cookie, replace=True)
    answered = app.deliver("snaptrade", sign_user_deletion(app, linked, **order))
    assert (answered.status, answered.json["status"]) == (200, "outdated")
    assert tables.item("snaptrade", linked.item_id) is not None
    assert create_url(app, cookie).status == 200
    assert len(app.providers.calls("snaptrade", REGISTER)) == 3, "once at first, once in vain, once anew"
    every = tables.source("snaptrade", "*")
    assert every is not None
    assert ("check_due" in every) == ("age_s" not in order), "nothing older than the last fetch needs looking into"


def test_delayed_deletion_event_after_reconnect_is_outdated(app: App, cookie: str) -> None:
    """The event of the first deletion arrives after the user has connected again."""
    linked = app.link(cookie, "snaptrade")
    assert app.request("DELETE /connections", cookie).status == 204
    app.link(cookie, "snaptrade")
    late = app.deliver("snaptrade", sign_user_deletion(app, linked))
    assert late.json["status"] == "outdated"
    assert len(list_statuses(app, cookie)) == 1


def test_deletion_event_during_registration_is_outdated(
    app: App, linked: LinkedSource, tables: Tables, stopped_clock: StoppedClock
) -> None:
    tables.backdate_registration(linked.item_id)
    now = stopped_clock.now
    registration_leases.acquire(ItemKey("snaptrade", linked.item_id), "alice", now, now + 30_000, version=1)
    assert app.deliver("snaptrade", sign_user_deletion(app, linked)).json["status"] == "outdated"


def test_replace_keeps_registration_of_another_user(app: App, linked: LinkedSource, tables: Tables) -> None:
    namesake = app.sign_in("bob", address=app.email("alice"))
    lose_secret(app, linked)
    before = tables.contents()
    answered = create_url(app, namesake, replace=True)
    assert answered.status in {404, 409}
    assert count_user_deletions(app) == 0
    assert tables.contents() == before


def test_replace_with_reconnect_is_400(app: App, cookie: str, linked: LinkedSource) -> None:
    assert create_url(app, cookie, replace=True, reconnect=linked.source_id).status == 400


@pytest.mark.parametrize("lost", [False, True])
def test_only_disconnect_all_or_replace_deletes_snaptrade_user(
    app: App, cookie: str, linked: LinkedSource, check_queue: SqsQueue, stopped_clock: StoppedClock, lost: bool
) -> None:
    if lost:
        lose_secret(app, linked)
    own = {"item_id": linked.item_id, "connection_id": linked.source_id}
    for control in ("trade", "break", "repair"):
        app.control(linked, control)
        app.deliver_all("snaptrade")
    stopped_clock.advance(max_silence_s(linked))
    reconcile_queue.complete_run(check_queue)
    for route in sorted(set(ROUTES) - {DELETE_ALL}):
        app.request(route, cookie, **{**sent(route), "parameters": own})
    assert count_user_deletions(app) == 0
    assert app.request(DELETE_ALL, cookie).status == 204
    assert count_user_deletions(app) == 1
