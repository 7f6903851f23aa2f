"""An item whose token Plaid gave away is stored, or ended at Plaid."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.connections.lost_items import (
    EXCHANGE,
    NOT_STORED,
    REMOVE,
    SHOWN_AS_NOT_STORED,
    Outage,
    list_statuses,
)
from tests.support.aws.aws_calls import FailingCall, aws_error, intercept_calls
from tests.support.aws.tables import Tables
from tests.support.drivers import reconcile_queue
from tests.support.drivers.app import App
from tests.support.drivers.output import Output
from tests.support.drivers.plaid_link import (
    add_public_token,
    complete,
    create_public_token,
    exchange,
    finish_session,
)
from tests.support.fakes.clock import StoppedClock
from tidings.errors import StoreUnavailable
from tidings.providers.plaid import connections as plaid
from tidings.store import credentials, item_links, token_leases

pytestmark = pytest.mark.invariant(id="I11")


def transactions_fail(times: int | None = None) -> Outage:
    return intercept_calls(FailingCall("TransactWriteItems", aws_error("InternalServerError"), times))


def test_item_is_ended_at_plaid_while_kms_is_down(
    app: App, cookie: str, tables: Tables, output: Output, kms_down: Outage
) -> None:
    token = create_public_token(app)
    with kms_down:
        failed = exchange(app, cookie, token)
    assert (failed.status, failed.json["type"]) == (503, "urn:tidings:problem:store-unavailable")
    assert len(app.providers.calls("plaid", REMOVE)) == 1
    assert tables.rows("ProviderItemsTable") == []
    assert output.metric_sum("ItemEnded", provider="plaid") == 1
    assert list_statuses(app, cookie) == SHOWN_AS_NOT_STORED
    again = exchange(app, cookie, token)
    assert (again.status, again.json["type"]) == (409, NOT_STORED)
    assert exchange(app, cookie, create_public_token(app)).status == 201


@pytest.mark.parametrize("times", [1, None])
def test_item_is_ended_at_plaid_while_store_is_down(
    app: App, cookie: str, tables: Tables, stopped_clock: StoppedClock, output: Output, times: int | None
) -> None:
    token = create_public_token(app)
    with transactions_fail(times):
        assert exchange(app, cookie, token).status == 503
    assert len(app.providers.calls("plaid", REMOVE)) == 1
    assert tables.rows("ProviderItemsTable") == []
    assert exchange(app, cookie, token).json["type"] == NOT_STORED
    stopped_clock.advance(3600)
    reconcile_queue.start_run()
    assert output.metric_sum("ItemEnded") == 1
    assert output.metric_sum("ItemLost") == 0


def test_link_whose_response_was_lost_is_kept(
    app: App, cookie: str, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine: Callable[..., None] = item_links.link_item

    def link_then_fail(*arguments: Any, **more: Any) -> None:  # noqa: ANN401 - what `link_item` takes
        genuine(*arguments, **more)
        raise StoreUnavailable

    monkeypatch.setattr(item_links, "link_item", link_then_fail)
    assert exchange(app, cookie, create_public_token(app)).status == 201
    assert app.providers.calls("plaid", REMOVE) == []
    assert list_statuses(app, cookie) == [("ok", None, True)]


def test_link_that_arrives_after_its_lease_was_given_up_is_refused(
    app: App, cookie: str, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DynamoDB may execute a transaction after its caller gave up."""
    genuine, end = item_links.link_item, plaid.remove_connection
    sent: list[Callable[[], None]] = []

    def send(*arguments: Any, **more: Any) -> None:  # noqa: ANN401 - what `link_item` takes
        sent.append(lambda: genuine(*arguments, **more))
        raise StoreUnavailable

    def execute_then_end(*arguments: Any) -> None:  # noqa: ANN401 - what `remove_connection` takes
        with pytest.raises(item_links.TokenChanged):
            sent[0]()
        end(*arguments)

    monkeypatch.setattr(item_links, "link_item", send)
    monkeypatch.setattr(plaid, "remove_connection", execute_then_end)
    assert exchange(app, cookie, create_public_token(app)).status == 503
    assert tables.rows("ProviderItemsTable") == []


def test_link_that_takes_effect_before_give_up_fails_is_kept(
    app: App, cookie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine: Callable[..., None] = item_links.link_item

    def link_then_fail(*arguments: Any, **more: Any) -> None:  # noqa: ANN401 - what `link_item` takes
        genuine(*arguments, **more)
        raise StoreUnavailable

    def fail(*_: object, **__: object) -> bool:
        raise StoreUnavailable

    monkeypatch.setattr(item_links, "link_item", link_then_fail)
    monkeypatch.setattr(token_leases, "give_up", fail)
    assert exchange(app, cookie, create_public_token(app)).status == 201
    assert app.providers.calls("plaid", REMOVE) == []


def test_bug_between_answer_and_link_ends_item(app: App, cookie: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> bytes:
        raise ValueError

    monkeypatch.setattr(credentials, "encrypt", fail)
    assert exchange(app, cookie, create_public_token(app)).status == 500
    assert len(app.providers.calls("plaid", REMOVE)) == 1


def test_item_of_another_user_is_not_ended(app: App, cookie: str) -> None:
    item_id = app.link_plaid(cookie)
    assert exchange(app, app.sign_in("mallory"), add_public_token(app, item_id)).status == 409
    assert app.providers.calls("plaid", REMOVE) == []


def test_nothing_but_encryption_is_between_answer_and_link(
    app: App, cookie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine, called = item_links.link_item, []

    def link(*arguments: Any, **more: Any) -> None:  # noqa: ANN401 - what `link_item` takes
        called.append([call["path"] for call in app.providers.calls("plaid")][-1])
        genuine(*arguments, **more)

    monkeypatch.setattr(item_links, "link_item", link)
    linked = exchange(app, cookie, create_public_token(app))
    assert called == [EXCHANGE]
    assert (linked.status, linked.json["institution"]) == (201, "First Platypus Bank")


def test_institution_name_that_comes_after_link_is_stored(app: App, cookie: str) -> None:
    token = create_public_token(app)
    first = exchange(app, cookie, token)
    [shown] = app.connections(cookie)
    assert shown["institution"] == "First Platypus Bank"
    assert exchange(app, cookie, token).json == first.json


def test_session_whose_institution_is_known_makes_no_further_call(app: App, cookie: str) -> None:
    completed = complete(app, cookie, finish_session(app, cookie))
    assert completed.json["institution"] == "First Platypus Bank"
    assert app.providers.calls("plaid", "/item/get") == []
