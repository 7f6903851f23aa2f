"""An item whose token Plaid gave away is stored, ended at Plaid, or counted as lost and shown to its user."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from tests.support.aws.aws_calls import FailingCall, aws_error, intercept_calls
from tests.support.aws.tables import Tables
from tests.support.drivers import reconcile_queue, tasks_queue
from tests.support.drivers.api_calls import ApiResponse
from tests.support.drivers.app import App
from tests.support.drivers.output import Output
from tests.support.fakes.clock import StoppedClock
from tidings.connections import plaid as plaid_routes
from tidings.connections import plaid_exchange
from tidings.errors import StoreUnavailable
from tidings.providers.plaid import connections as plaid
from tidings.store import credentials, item_links, token_leases

pytestmark = pytest.mark.invariant(id="I11")

EXCHANGE, REMOVE = "/item/public_token/exchange", "/item/remove"
NOT_STORED = "urn:tidings:problem:connection-not-stored"
UNKNOWN_TOKEN = "public-sandbox-unknown"
Outage = AbstractContextManager[Any]


def public_token(app: App) -> str:
    return app.providers.plaid_public_token(f"{app.providers.catcher.url}/plaid")


def exchange(app: App, cookie: str, token: str) -> ApiResponse:
    return app.request("POST /plaid/exchange-public-token", cookie, body={"public_token": token})


def listed(app: App, cookie: str) -> list[tuple[str, str | None, bool]]:
    connections = app.request("GET /connections", cookie).json["connections"]
    return [(one["status"], one["status_reason"], one["pending"]) for one in connections]


SHOWN_AS_NOT_STORED = [("revoked", "not_stored", False)]


@pytest.fixture
def kms_down() -> Outage:
    return intercept_calls(FailingCall("Encrypt", aws_error("KMSInternalException")), "kms")


def transactions_fail(times: int | None = None) -> Outage:
    return intercept_calls(FailingCall("TransactWriteItems", aws_error("InternalServerError"), times))


def test_item_is_ended_at_plaid_while_kms_is_down(
    app: App, cookie: str, tables: Tables, output: Output, kms_down: Outage
) -> None:
    token = public_token(app)
    with kms_down:
        failed = exchange(app, cookie, token)
    assert (failed.status, failed.json["type"]) == (503, "urn:tidings:problem:store-unavailable")
    assert len(app.providers.calls("plaid", REMOVE)) == 1
    assert tables.rows("ProviderItemsTable") == []
    assert output.metric_sum("ItemEnded", provider="plaid") == 1
    assert listed(app, cookie) == SHOWN_AS_NOT_STORED
    again = exchange(app, cookie, token)
    assert (again.status, again.json["type"]) == (409, NOT_STORED)
    assert exchange(app, cookie, public_token(app)).status == 201


@pytest.mark.parametrize("times", [1, None])
def test_item_is_ended_at_plaid_while_store_is_down(
    app: App, cookie: str, tables: Tables, stopped_clock: StoppedClock, output: Output, times: int | None
) -> None:
    token = public_token(app)
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
    assert exchange(app, cookie, public_token(app)).status == 201
    assert app.providers.calls("plaid", REMOVE) == []
    assert listed(app, cookie) == [("ok", None, True)]


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
    assert exchange(app, cookie, public_token(app)).status == 503
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
    assert exchange(app, cookie, public_token(app)).status == 201
    assert app.providers.calls("plaid", REMOVE) == []


def test_bug_between_answer_and_link_ends_item(app: App, cookie: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> bytes:
        raise ValueError

    monkeypatch.setattr(credentials, "encrypt", fail)
    assert exchange(app, cookie, public_token(app)).status == 500
    assert len(app.providers.calls("plaid", REMOVE)) == 1


def test_item_that_cannot_be_ended_is_counted_and_shown(
    app: App, cookie: str, output: Output, kms_down: Outage
) -> None:
    app.providers.plaid("faults", path=REMOVE, kind="status", status=500)
    with kms_down:
        assert exchange(app, cookie, public_token(app)).status == 503
    assert output.metric_sum("ItemLost", provider="plaid") == 1
    assert listed(app, cookie) == SHOWN_AS_NOT_STORED


def test_lost_response_of_exchange_is_counted_and_shown(app: App, cookie: str, output: Output) -> None:
    token = public_token(app)
    app.providers.plaid("faults", path=EXCHANGE, kind="close", performed=True, times=1)
    assert exchange(app, cookie, token).status == 502
    refused = exchange(app, cookie, token)
    assert (refused.status, refused.json["type"]) == (409, NOT_STORED)
    assert output.metric_sum("ItemLost", provider="plaid") == 1
    assert listed(app, cookie) == SHOWN_AS_NOT_STORED
    assert exchange(app, cookie, token).status == 409
    assert output.metric_sum("ItemLost") == 1, "counted once"


@pytest.mark.parametrize(
    "fault", [{"kind": "status", "status": 429}, {"kind": "status", "status": 500}, {"kind": "close"}]
)
def test_failed_exchange_of_unused_token_is_repeated(
    app: App, cookie: str, output: Output, fault: dict[str, Any]
) -> None:
    token = public_token(app)
    for _ in range(2):
        app.providers.plaid("faults", path=EXCHANGE, times=1, **fault)
        assert exchange(app, cookie, token).status >= 429
    assert exchange(app, cookie, token).status == 201
    assert output.metric_sum("ItemLost") == 0


def test_refusal_before_use_keeps_doubt_of_earlier_attempt(app: App, cookie: str, output: Output) -> None:
    token = public_token(app)
    app.providers.plaid("faults", path=EXCHANGE, kind="close", performed=True, times=1)
    assert exchange(app, cookie, token).status == 502
    app.providers.plaid("faults", path=EXCHANGE, kind="status", status=429, times=1)
    assert exchange(app, cookie, token).status == 429
    assert exchange(app, cookie, token).json["type"] == NOT_STORED
    assert output.metric_sum("ItemLost") == 1


def test_exchange_that_was_killed_is_found_by_reconciler(
    app: App, cookie: str, output: Output, stopped_clock: StoppedClock
) -> None:
    token_leases.acquire_lease("public-of-killed-request", "alice", "First Platypus Bank", stopped_clock.now)
    stopped_clock.advance(31 * 60 - 1)
    reconcile_queue.start_run()
    assert output.metric_sum("ItemLost") == 0
    stopped_clock.advance(1)
    for _ in range(2):
        reconcile_queue.start_run()
    assert output.metric_sum("ItemLost", provider="plaid") == 1
    [shown] = app.request("GET /connections", cookie).json["connections"]
    assert (shown["status_reason"], shown["institution"]) == ("not_stored", "First Platypus Bank")


def test_given_up_item_that_was_not_ended_is_found_by_reconciler(
    app: App, cookie: str, output: Output, stopped_clock: StoppedClock
) -> None:
    lease = token_leases.acquire_lease("public-of-killed-request", "alice", None, stopped_clock.now)
    assert isinstance(lease, token_leases.Lease)
    assert token_leases.give_up(lease, "ending", stopped_clock.now)
    stopped_clock.advance(32 * 60)
    for _ in range(2):
        reconcile_queue.start_run()
    assert output.metric_sum("ItemLost") == 1


@pytest.mark.parametrize("linked", [True, False])
def test_reconciler_leaves_linked_and_refused_tokens(
    app: App, cookie: str, output: Output, stopped_clock: StoppedClock, linked: bool
) -> None:
    token = public_token(app) if linked else UNKNOWN_TOKEN
    assert exchange(app, cookie, token).status == (201 if linked else 400)
    stopped_clock.advance(3600)
    reconcile_queue.start_run()
    assert output.metric_sum("ItemLost") == 0


def test_shown_item_can_be_removed(app: App, cookie: str, kms_down: Outage) -> None:
    with kms_down:
        exchange(app, cookie, public_token(app))
    [shown] = app.request("GET /connections", cookie).json["connections"]
    removed = app.request("DELETE /plaid/items/{item_id}", cookie, parameters={"item_id": shown["source_id"]})
    assert removed.status == 204
    assert listed(app, cookie) == []


def test_shown_item_is_replaced_by_connecting_again(app: App, cookie: str, kms_down: Outage) -> None:
    with kms_down:
        exchange(app, cookie, public_token(app))
    [shown] = app.request("GET /connections", cookie).json["connections"]
    assert shown["institution"] is None
    body = {"reconnect": shown["source_id"]}
    made = app.request("POST /plaid/create-connection-url", cookie, body=body)
    app.providers.plaid_hosted_link(made.json["connection_url"])
    assert complete(app, cookie, made.json["link_token"]).status == 201
    assert listed(app, cookie) == [("ok", None, True)]


def test_shown_item_is_not_fetched(app: App, cookie: str, kms_down: Outage) -> None:
    with kms_down:
        exchange(app, cookie, public_token(app))
    assert app.refresh(cookie, "plaid").status == 409
    assert app.link_plaid(cookie)
    assert app.refresh(cookie, "plaid").status == 200


def test_item_of_another_user_is_not_ended(app: App, cookie: str) -> None:
    item_id = app.link_plaid(cookie)
    token = "public-sandbox-second"
    app.providers.plaid_simulator.state["public_tokens"][token] = {"item_id": item_id, "expires_at": 4e9}
    assert exchange(app, app.sign_in("mallory"), token).status == 409
    assert app.providers.calls("plaid", REMOVE) == []


def test_nothing_but_encryption_is_between_answer_and_link(
    app: App, cookie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine, called = item_links.link_item, []

    def link(*arguments: Any, **more: Any) -> None:  # noqa: ANN401 - what `link_item` takes
        called.append([call["path"] for call in app.providers.calls("plaid")][-1])
        genuine(*arguments, **more)

    monkeypatch.setattr(item_links, "link_item", link)
    linked = exchange(app, cookie, public_token(app))
    assert called == [EXCHANGE]
    assert (linked.status, linked.json["institution"]) == (201, "First Platypus Bank")


def test_institution_name_that_comes_after_link_is_stored(app: App, cookie: str) -> None:
    token = public_token(app)
    first = exchange(app, cookie, token)
    [shown] = app.request("GET /connections", cookie).json["connections"]
    assert shown["institution"] == "First Platypus Bank"
    assert exchange(app, cookie, token).json == first.json


def test_session_whose_institution_is_known_makes_no_further_call(app: App, cookie: str) -> None:
    made = app.request("POST /plaid/create-connection-url", cookie, body={})
    app.providers.plaid_hosted_link(made.json["connection_url"])
    body = {"link_token": made.json["link_token"]}
    completed = app.request("POST /plaid/complete-connection", cookie, body=body)
    assert completed.json["institution"] == "First Platypus Bank"
    assert app.providers.calls("plaid", "/item/get") == []


def test_exchange_that_could_time_out_is_not_begun(app: App, cookie: str, monkeypatch: pytest.MonkeyPatch) -> None:
    token = public_token(app)
    with monkeypatch.context() as patch:
        patch.setattr(plaid_routes, "EXCHANGE_UNTIL_S", plaid_exchange.LEAST_EXCHANGE_S - 0.1)
        assert exchange(app, cookie, token).status == 504
    assert app.providers.calls("plaid", EXCHANGE) == []
    assert exchange(app, cookie, token).status == 201


@pytest.fixture
def session_of_two(app: App, cookie: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Return a function that creates a finished session with items of these public tokens."""

    def create(*tokens: str) -> str:
        token: str = app.request("POST /plaid/create-connection-url", cookie, body={}).json["link_token"]
        result = plaid.LinkResult(True, True, tuple(plaid.LinkedItem(one, None) for one in tokens))
        monkeypatch.setattr(plaid, "get_link_result", lambda *_: result)
        return token

    return create


def complete(app: App, cookie: str, token: str) -> ApiResponse:
    return app.request("POST /plaid/complete-connection", cookie, body={"link_token": token})


def complete_by_task(token: str) -> list[str]:
    return tasks_queue.process_messages({"kind": "complete_connection", "about": {"link_token": token}})


@pytest.mark.parametrize("used_first", [True, False])
def test_used_token_of_session_takes_no_other_item_along(
    app: App, cookie: str, tables: Tables, session_of_two: Callable[..., str], used_first: bool
) -> None:
    tokens = [UNKNOWN_TOKEN, public_token(app)]
    session = session_of_two(*(tokens if used_first else reversed(tokens)))
    assert complete(app, cookie, session).status == 201
    assert len(tables.rows("ProviderItemsTable")) == 1
    assert complete_by_task(session) == []


def test_task_repeats_item_that_failed_beside_a_linked_one(
    app: App, cookie: str, tables: Tables, session_of_two: Callable[..., str]
) -> None:
    session = session_of_two(public_token(app), public_token(app))
    app.providers.plaid("faults", path=EXCHANGE, kind="status", status=500, times=1)
    assert complete(app, cookie, session).status == 201
    app.providers.plaid("faults", path=EXCHANGE, kind="status", status=500, times=1)
    assert complete_by_task(session) == ["m0"]
    assert complete_by_task(session) == []
    assert len(tables.rows("ProviderItemsTable")) == 2


def test_outage_uses_up_only_one_token_of_session(
    app: App, cookie: str, tables: Tables, session_of_two: Callable[..., str], kms_down: Outage
) -> None:
    session = session_of_two(public_token(app), public_token(app))
    with kms_down:
        assert complete(app, cookie, session).status == 503
    assert len(app.providers.calls("plaid", EXCHANGE)) == 1
    assert complete(app, cookie, session).status == 201
    assert len(tables.rows("ProviderItemsTable")) == 1


def test_task_drops_session_whose_item_was_not_stored(
    app: App, cookie: str, session_of_two: Callable[..., str], kms_down: Outage, output: Output
) -> None:
    session = session_of_two(public_token(app))
    with kms_down:
        assert complete_by_task(session) == ["m0"]
    assert complete_by_task(session) == []
    assert [line["outcome"] for line in output.lines_with_message("task")] == ["connection-not-stored"]
