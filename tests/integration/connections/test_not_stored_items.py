"""The user sees an item that was not stored, and can remove it or connect again."""

import pytest

from tests.integration.connections.lost_items import (
    Outage,
    list_statuses,
)
from tests.support.drivers.app import App
from tests.support.drivers.plaid_link import complete, create_public_token, exchange, finish_session

pytestmark = pytest.mark.invariant(id="I11")


def test_shown_item_can_be_removed(app: App, cookie: str, kms_down: Outage) -> None:
    with kms_down:
        exchange(app, cookie, create_public_token(app))
    [shown] = app.connections(cookie)
    removed = app.request("DELETE /plaid/items/{item_id}", cookie, parameters={"item_id": shown["source_id"]})
    assert removed.status == 204
    assert list_statuses(app, cookie) == []


def test_shown_item_is_replaced_by_connecting_again(app: App, cookie: str, kms_down: Outage) -> None:
    with kms_down:
        exchange(app, cookie, create_public_token(app))
    [shown] = app.connections(cookie)
    assert shown["institution"] is None
    session = finish_session(app, cookie, reconnect=shown["source_id"])
    assert complete(app, cookie, session).status == 201
    assert list_statuses(app, cookie) == [("ok", None, True)]


def test_shown_item_is_not_fetched(app: App, cookie: str, kms_down: Outage) -> None:
    with kms_down:
        exchange(app, cookie, create_public_token(app))
    assert app.refresh(cookie, "plaid").status == 409
    assert app.link_plaid(cookie)
    assert app.refresh(cookie, "plaid").status == 200
