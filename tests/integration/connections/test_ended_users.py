"""A user who ended everything stays so: no session from before links, and no read adopts, until they connect again."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.aws.aws_calls import FailingCall, aws_error, intercept_calls
from tests.support.aws.tables import Tables
from tests.support.drivers import reconcile_queue
from tests.support.drivers.app import App
from tests.support.drivers.output import Output
from tests.support.drivers.plaid_link import complete, complete_by_task, create_public_token, exchange, finish_session
from tests.support.fakes.clock import StoppedClock
from tidings.store import ended_users, item_links, items, token_leases

REMOVE = "/item/remove"
CONFLICT = "urn:tidings:problem:conflict"


def end_everything(app: App, cookie: str) -> None:
    assert app.request("DELETE /connections", cookie).status == 204


def test_session_from_before_links_nothing_and_its_item_is_ended(app: App, cookie: str, tables: Tables) -> None:
    session = finish_session(app, cookie)
    end_everything(app, cookie)
    refused = complete(app, cookie, session)
    assert (refused.status, refused.json["type"]) == (409, CONFLICT)
    assert len(app.providers.calls("plaid", REMOVE)) == 1
    assert tables.rows("ProviderItemsTable") == []
    assert app.connections(cookie) == []
    assert complete(app, cookie, session).status == 409


def test_task_of_session_from_before_links_nothing(app: App, cookie: str, tables: Tables, output: Output) -> None:
    session = finish_session(app, cookie)
    end_everything(app, cookie)
    assert complete_by_task(session) == []
    assert complete_by_task(session) == []
    assert [line["outcome"] for line in output.lines_with_message("task")] == ["conflict", "connection-not-stored"]
    assert tables.rows("ProviderItemsTable") == []
    assert len(app.providers.calls("plaid", REMOVE)) == 1


def test_user_who_connects_again_links_by_new_session_only(app: App, cookie: str) -> None:
    before = finish_session(app, cookie)
    end_everything(app, cookie)
    after = finish_session(app, cookie)
    assert complete(app, cookie, before).status == 409
    linked = complete(app, cookie, after)
    assert linked.status == 201
    assert [one["source_id"] for one in app.connections(cookie)] == [linked.json["item_id"]]


def test_session_from_before_stays_refused_after_second_end(app: App, cookie: str) -> None:
    end_everything(app, cookie)
    between = finish_session(app, cookie)
    end_everything(app, cookie)
    finish_session(app, cookie)
    assert complete(app, cookie, between).status == 409


def test_session_is_finished_after_its_marker_was_deleted(app: App, cookie: str, tables: Tables) -> None:
    end_everything(app, cookie)
    session = finish_session(app, cookie)
    key = {"user_id": {"S": "alice"}, "entry": {"S": "ended"}}
    tables.dynamodb.delete_item(TableName="update-state", Key=key)
    assert complete(app, cookie, session).status == 201


@pytest.mark.parametrize("reopened", [False, True])
def test_embedded_token_links_only_once_user_connects_again(app: App, cookie: str, reopened: bool) -> None:
    end_everything(app, cookie)
    if reopened:
        finish_session(app, cookie)
    assert exchange(app, cookie, create_public_token(app)).status == (201 if reopened else 409)
    assert len(app.providers.calls("plaid", REMOVE)) == (0 if reopened else 1)


def test_repair_session_from_before_brings_nothing_back(
    app: App, cookie: str, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    linked = app.link_and_refresh(cookie, "plaid")
    session = finish_session(app, cookie, reconnect=linked.source_id)
    genuine: Callable[..., str | None] = items.find_owner

    def end_after_read(*arguments: Any, **more: Any) -> str | None:  # noqa: ANN401 - what `find_owner` takes
        owner = genuine(*arguments, **more)
        monkeypatch.setattr(items, "find_owner", genuine)
        end_everything(app, cookie)
        return owner

    monkeypatch.setattr(items, "find_owner", end_after_read)
    assert complete(app, cookie, session).status == 409
    assert tables.rows("ProviderItemsTable") == []
    assert app.connections(cookie) == []


def test_link_that_commits_before_marker_is_disconnected(
    app: App, cookie: str, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = finish_session(app, cookie)
    genuine = ended_users.record_end

    def link_first(user_id: str) -> None:
        assert complete(app, cookie, session).status == 201
        genuine(user_id)

    monkeypatch.setattr(ended_users, "record_end", link_first)
    end_everything(app, cookie)
    assert tables.rows("ProviderItemsTable") == []
    assert app.connections(cookie) == []
    assert len(app.providers.calls("plaid", REMOVE)) == 1


def test_read_adopts_ended_user_only_after_connecting_again(
    app: App, cookie: str, tables: Tables, stopped_clock: StoppedClock
) -> None:
    app.holdings(cookie, "snaptrade")
    assert tables.rows("ProviderItemsTable") != []
    end_everything(app, cookie)
    for _ in range(2):
        app.holdings(cookie, "snaptrade")
        assert tables.rows("ProviderItemsTable") == []
        stopped_clock.advance(24 * 3600)
    finish_session(app, cookie)
    app.holdings(cookie, "snaptrade")
    assert tables.rows("ProviderItemsTable") != []


def test_read_during_end_adopts_nothing(app: App, cookie: str, tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    genuine: Callable[..., None] = item_links.link_item

    def end_then_link(*arguments: Any, **more: Any) -> None:  # noqa: ANN401 - what `link_item` takes
        end_everything(app, cookie)
        genuine(*arguments, **more)

    monkeypatch.setattr(item_links, "link_item", end_then_link)
    app.holdings(cookie, "snaptrade")
    assert tables.rows("ProviderItemsTable") == []


def test_snaptrade_registration_during_end_is_deleted(
    app: App, cookie: str, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine: Callable[..., None] = item_links.link_item

    def end_then_link(*arguments: Any, **more: Any) -> None:  # noqa: ANN401 - what `link_item` takes
        end_everything(app, cookie)
        genuine(*arguments, **more)

    with monkeypatch.context() as patch:
        patch.setattr(item_links, "link_item", end_then_link)
        assert app.request("POST /api/snaptrade/create-connection-url", cookie, body={}).status == 409
    assert len(app.providers.calls("snaptrade", "/snapTrade/deleteUser")) == 1
    assert app.connections(cookie) == []
    assert app.request("POST /api/snaptrade/create-connection-url", cookie, body={}).status == 200


def test_ended_user_is_shown_no_lost_item(
    app: App, cookie: str, output: Output, tables: Tables, stopped_clock: StoppedClock
) -> None:
    token_leases.acquire_lease("public-of-killed-request", "alice", None, stopped_clock.now)
    end_everything(app, cookie)
    stopped_clock.advance(32 * 60)
    for _ in range(2):
        reconcile_queue.start_run()
    assert output.metric_sum("ItemLost") == 1
    assert app.connections(cookie) == []


def test_marker_is_stored_before_anything_is_disconnected(app: App, cookie: str, tables: Tables) -> None:
    app.link(cookie, "plaid")
    app.providers.plaid("faults", path=REMOVE, kind="status", status=500)
    assert app.request("DELETE /connections", cookie).status == 502
    assert "ended" in {row["entry"] for row in tables.rows("UpdateStateTable")}


def test_ending_fails_without_marker(app: App, cookie: str) -> None:
    app.link(cookie, "plaid")
    with intercept_calls(FailingCall("UpdateItem", aws_error("InternalServerError"))):
        assert app.request("DELETE /connections", cookie).status == 503
    assert app.providers.calls("plaid", REMOVE) == []
