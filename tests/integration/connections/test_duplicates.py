"""A login that is connected twice: the newer connection names the older one, which its user may then remove."""

from typing import Any

import pytest

from tests.support.aws.aws_calls import FailingCall, aws_error, intercept_calls
from tests.support.drivers.app import App
from tests.support.drivers.second_connection import connect_again, show_accounts_of
from tests.support.fakes.clock import StoppedClock


def duplicates(app: App, cookie: str) -> dict[str, Any]:
    connections = app.connections(cookie)
    return {
        one["source_id"]: (one["duplicate_of"], one["unmatched_accounts"]) if one["duplicate_of"] else None
        for one in connections
    }


def test_second_connection_of_login_names_first(app: App, cookie: str, stopped_clock: StoppedClock) -> None:
    first = app.link_and_refresh(cookie, "plaid")
    again = connect_again(app, cookie, stopped_clock, first)
    assert duplicates(app, cookie) == {first.source_id: None, again.source_id: (first.source_id, [])}
    assert app.disconnect(cookie, first).status == 204
    assert duplicates(app, cookie) == {again.source_id: None}


def test_accounts_of_first_connection_that_second_lacks_are_named(
    app: App, cookie: str, stopped_clock: StoppedClock
) -> None:
    first = app.link_and_refresh(cookie, "plaid")
    again = connect_again(app, cookie, stopped_clock, first, without=1)
    _, [missing] = duplicates(app, cookie)[again.source_id]
    assert missing == app.providers.plaid_simulator.state["items"][first.item_id]["accounts"][0]["name"]


def test_later_of_two_connections_fetched_together_is_the_duplicate(
    app: App, cookie: str, stopped_clock: StoppedClock
) -> None:
    first = app.link(cookie, "plaid")
    again = connect_again(app, cookie, stopped_clock, first)
    assert duplicates(app, cookie)[first.source_id] is None
    assert duplicates(app, cookie)[again.source_id] == (first.source_id, [])


def test_other_login_is_no_duplicate(app: App, cookie: str, stopped_clock: StoppedClock) -> None:
    first = app.link_and_refresh(cookie, "plaid")
    stopped_clock.advance(61)
    other = app.link_and_refresh(cookie, "plaid")
    assert duplicates(app, cookie) == {first.source_id: None, other.source_id: None}


def test_joint_account_of_two_users_is_no_duplicate(app: App, cookie: str, stopped_clock: StoppedClock) -> None:
    first = app.link_and_refresh(cookie, "plaid")
    bob = app.sign_in("bob")
    again = connect_again(app, bob, stopped_clock, first)
    assert duplicates(app, bob) == {again.source_id: None}
    assert duplicates(app, cookie) == {first.source_id: None}


@pytest.mark.parametrize("has_ended", [False, True])
def test_ended_connection_is_named_too(app: App, cookie: str, stopped_clock: StoppedClock, has_ended: bool) -> None:
    first = app.link_and_refresh(cookie, "plaid")
    stopped_clock.advance(61)
    if has_ended:
        body = {"error_type": "ITEM_ERROR", "error_code": "ITEM_NOT_FOUND", "error_message": "x"}
        app.control(first, "faults", path="/", kind="status", status=400, body=body)
        assert app.refresh(cookie, "plaid").status == 404
    again = connect_again(app, cookie, stopped_clock, first)
    assert duplicates(app, cookie)[again.source_id] == (first.source_id, [])


def test_refresh_succeeds_although_duplicate_cannot_be_stored(
    app: App, cookie: str, stopped_clock: StoppedClock
) -> None:
    first = app.link_and_refresh(cookie, "plaid")
    stopped_clock.advance(61)
    again = app.link(cookie, "plaid")
    show_accounts_of(app, first.item_id, again.item_id)
    with intercept_calls(RefusedDuplicate()):
        assert app.refresh(cookie, "plaid").status == 200
    assert duplicates(app, cookie)[again.source_id] is None


class RefusedDuplicate(FailingCall):
    """Fail every write of the attribute."""

    def __init__(self) -> None:
        super().__init__("UpdateItem", aws_error("InternalServerError"))

    def __call__(self, model: Any, **call: Any) -> Any:  # noqa: ANN401 - botocore's hook
        return super().__call__(model, **call) if b"duplicate_of" in call["params"]["body"] else None
