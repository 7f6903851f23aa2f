"""Which requests link, repair and remove Plaid items, and what is taken from the responses."""

import json
import time
from typing import Any

import pytest

from tests.support.fakes.product_modules import replace_in_product
from tests.unit.providers.sent_requests import SentRequests
from tidings.errors import ItemGone, ProviderError, ProviderLimit, UnusableResponse
from tidings.http.client import CALL_CAP_S
from tidings.model import Access
from tidings.providers.plaid import client, connections, paid_refresh
from tidings.providers.plaid.connections import ExchangedToken, LinkedItem, LinkResult, LinkToken
from tidings.providers.plaid.errors import PlaidError

APP = {"client_id": "c", "secret": "s"}
ACCESS = Access(APP, "item", "access")
TOKEN = {"link_token": "link", "hosted_link_url": "https://hosted", "expiration": "2026-02-19T11:20:00Z"}
NOT_FOUND = {"error_type": "ITEM_ERROR", "error_code": "ITEM_NOT_FOUND"}


@pytest.fixture
def plaid(monkeypatch: pytest.MonkeyPatch) -> SentRequests:
    monkeypatch.setenv("PLAID_BASE_URL", "https://plaid.example")
    replace_in_product(monkeypatch, time, monotonic=lambda: 100.0)
    return SentRequests(monkeypatch)


def posted(plaid: SentRequests) -> tuple[str, Any]:
    assert (plaid.only.method, plaid.only.deadline) == ("POST", 7.0)
    return plaid.only.address.removeprefix("https://plaid.example"), json.loads(plaid.only.body)


def create(plaid: SentRequests, access_token: str | None = None, **values: Any) -> Any:  # noqa: ANN401 - JSON
    plaid.answer(TOKEN)
    values = {"redirect_uri": None} | values
    token = connections.create_link_token(APP, "ann", "https://hook", deadline=7.0, access_token=access_token, **values)
    assert token == LinkToken("link", "https://hosted", 1_771_500_000_000)
    return posted(plaid)


def test_request_is_made_with_the_deployments_keys(plaid: SentRequests) -> None:
    plaid.answer({"a": 1})
    assert client.post(APP, "/path", {"b": 2}, 7.0) == {"a": 1}
    assert posted(plaid) == ("/path", {"b": 2})
    assert plaid.only.headers == {
        "content-type": "application/json",
        "plaid-client-id": "c",
        "plaid-secret": "s",
        "plaid-version": "2020-09-14",
    }
    assert plaid.only.cap_s == CALL_CAP_S


@pytest.mark.parametrize("body", [None, [], "text"])
def test_response_that_is_no_object_is_an_error(plaid: SentRequests, body: object) -> None:
    plaid.answer(body)
    with pytest.raises(ProviderError):
        client.post(APP, "/path", {}, 7.0)


@pytest.mark.parametrize("body", [[], "text", 5])
def test_response_that_may_be_empty_is_an_object_otherwise(plaid: SentRequests, body: object) -> None:
    plaid.answer(body)
    with pytest.raises(ProviderError):
        client.post(APP, "/path", {}, 7.0, needs_body=False)
    plaid.answer(None)
    assert client.post(APP, "/path", {}, 7.0, needs_body=False) == {}


@pytest.mark.parametrize("status", [200, 400])
def test_error_object_is_an_error_whatever_the_status(plaid: SentRequests, status: int) -> None:
    plaid.answer(NOT_FOUND, status)
    with pytest.raises(ItemGone):
        client.post(APP, "/path", {}, 7.0)


@pytest.mark.parametrize(
    "body", [{"error_type": "ITEM_ERROR"}, {"error_code": "ITEM_NOT_FOUND"}, NOT_FOUND | {"error_type": None}]
)
def test_half_an_error_object_within_success_is_none(plaid: SentRequests, body: dict[str, object]) -> None:
    plaid.answer(body)
    assert client.post(APP, "/path", {}, 7.0) == body


@pytest.mark.parametrize("needs_body", [True, False])
def test_error_without_body_is_an_error(plaid: SentRequests, needs_body: bool) -> None:
    plaid.answer(None, 500)
    with pytest.raises(PlaidError):
        client.post(APP, "/path", {}, 7.0, needs_body=needs_body)


def test_limit_by_status_has_its_wait(plaid: SentRequests) -> None:
    plaid.answer({}, 429, retry_after="17")
    with pytest.raises(ProviderLimit) as refused:
        client.post(APP, "/path", {}, 7.0)
    assert refused.value.retry_after_s == 17


@pytest.mark.parametrize(
    ("app", "is_configured"), [(APP, True), ({"client_id": "c"}, False), ({"secret": "s"}, False), ({}, False)]
)
def test_deployment_needs_both_keys(app: dict[str, str], is_configured: bool) -> None:
    assert connections.is_configured(app) is is_configured


def test_new_session_asks_for_investments_and_webhooks(plaid: SentRequests, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAID_CLIENT_NAME", "A name of thirty-one characters")
    monkeypatch.setenv("PLAID_COUNTRY_CODES", "US,CA")
    assert create(plaid, redirect_uri="https://page", select_accounts=True) == (
        "/link/token/create",
        {
            "client_name": "A name of thirty-one character",
            "language": "en",
            "country_codes": ["US", "CA"],
            "user": {"client_user_id": "ann"},
            "hosted_link": {"completion_redirect_uri": "https://page"},
            "products": ["investments"],
            "webhook": "https://hook",
        },
    )


@pytest.mark.parametrize("select_accounts", [False, True])
def test_update_mode_names_the_item_alone(plaid: SentRequests, select_accounts: bool) -> None:
    _, fields = create(plaid, "access", select_accounts=select_accounts)
    assert fields.keys().isdisjoint({"products", "webhook"})
    assert (fields["access_token"], fields["hosted_link"]) == ("access", {})
    assert fields.get("update") == ({"account_selection_enabled": True} if select_accounts else None)


def test_accounts_are_not_selected_again_by_default(plaid: SentRequests) -> None:
    assert "update" not in create(plaid, "access")[1]


@pytest.mark.parametrize("name", [*TOKEN])
@pytest.mark.parametrize("value", [None, "", 5])
def test_session_that_lacks_something_is_unusable(plaid: SentRequests, name: str, value: object) -> None:
    plaid.answer(TOKEN | {name: value})
    with pytest.raises(UnusableResponse):
        connections.create_link_token(APP, "ann", "https://hook", None, 7.0)


def result(plaid: SentRequests, *sessions: object) -> LinkResult:
    plaid.sent.clear()
    plaid.answer({"link_sessions": list(sessions)})
    found = connections.get_link_result(APP, "link", 7.0)
    assert posted(plaid) == ("/link/token/get", {"link_token": "link"})
    return found


def test_session_is_finished_by_any_end(plaid: SentRequests) -> None:
    finished = {"finished_at": "2026-02-19T11:20:00Z"}
    assert result(plaid) == LinkResult(finished=False, succeeded=False, items=())
    assert result(plaid, {"finished_at": None}) == LinkResult(finished=False, succeeded=False, items=())
    assert result(plaid, "text", {}, finished) == LinkResult(finished=True, succeeded=True, items=())


@pytest.mark.parametrize("left", [{"exit": {"error": None}}, {"on_exit": {"error": None}}])
def test_session_that_the_user_left_has_not_succeeded(plaid: SentRequests, left: dict[str, object]) -> None:
    abandoned = {"finished_at": "2026-02-19T11:20:00Z", **left}
    assert result(plaid, abandoned) == LinkResult(finished=True, succeeded=False, items=())
    assert result(plaid, abandoned, {"finished_at": None}).succeeded is False
    assert result(plaid, abandoned, {"finished_at": "2026-02-19T11:21:00Z"}).succeeded is True


def added(*entries: object) -> dict[str, Any]:
    return {"finished_at": "2026-02-19T11:20:00Z", "results": {"item_add_results": list(entries)}}


def test_items_of_all_sessions_are_linked(plaid: SentRequests) -> None:
    first = added({"public_token": "1", "institution": {"name": "Bank"}}, {"public_token": "2"})
    second = added({"public_token": "3", "institution": {"name": 5}}, {"public_token": "4", "institution": "Bank"})
    found = result(plaid, first, second).items
    assert found == (LinkedItem("1", "Bank"), LinkedItem("2", None), LinkedItem("3", None), LinkedItem("4", None))


def test_entry_without_token_is_no_item(plaid: SentRequests) -> None:
    entries = ({"public_token": None}, {"institution": {"name": "Bank"}}, "text", {"public_token": "1"})
    assert result(plaid, added(*entries)).items == (LinkedItem("1", None),)


@pytest.mark.parametrize("results", [None, "text", {}, {"item_add_results": None}, {"item_add_results": []}])
def test_older_sessions_name_one_item_beside_the_results(plaid: SentRequests, results: object) -> None:
    success = {"public_token": "1", "metadata": {"institution": {"name": "Bank"}}}
    assert result(plaid, {"results": results, "on_success": success}).items == (LinkedItem("1", "Bank"),)
    assert result(plaid, {"results": results, "on_success": {"public_token": "1", "metadata": None}}).items == (
        LinkedItem("1", None),
    )
    assert result(plaid, {"results": results, "on_success": None}).items == ()


def test_results_are_believed_before_what_is_deprecated(plaid: SentRequests) -> None:
    session = added({"public_token": "1"}) | {"on_success": {"public_token": "2"}}
    assert result(plaid, session).items == (LinkedItem("1", None),)


def test_public_token_is_exchanged(plaid: SentRequests) -> None:
    plaid.answer({"item_id": "item", "access_token": "access"})
    assert connections.exchange_public_token(APP, "public", 7.0) == ExchangedToken("item", "access")
    assert posted(plaid) == ("/item/public_token/exchange", {"public_token": "public"})


@pytest.mark.parametrize("body", [{"item_id": "item"}, {"access_token": "access"}])
def test_exchange_without_item_or_token_is_unusable(plaid: SentRequests, body: object) -> None:
    plaid.answer(body)
    with pytest.raises(UnusableResponse):
        connections.exchange_public_token(APP, "public", 7.0)


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"item": {"institution_name": "Bank"}}, "Bank"),
        ({"item": {"institution_name": 5}}, None),
        ({"item": {}}, None),
        ({"item": "text"}, None),
        ({}, None),
        (NOT_FOUND, None),
    ],
)
def test_name_is_fetched_within_three_seconds(plaid: SentRequests, body: object, name: str | None) -> None:
    plaid.answer(body)
    assert connections.fetch_institution_name(APP, "access") == name
    assert plaid.only.address == "https://plaid.example/item/get"
    assert (json.loads(plaid.only.body), plaid.only.deadline) == ({"access_token": "access"}, 103.0)


@pytest.mark.parametrize("body", [None, {}, NOT_FOUND])
def test_removed_item_may_not_exist(plaid: SentRequests, body: object) -> None:
    plaid.answer(body)
    connections.remove_connection(ACCESS, "item", 7.0)
    assert posted(plaid) == ("/item/remove", {"access_token": "access"})


def test_item_that_cannot_be_removed_is_an_error(plaid: SentRequests) -> None:
    plaid.answer({}, 500)
    with pytest.raises(PlaidError):
        connections.remove_connection(ACCESS, "item", 7.0)


def test_webhook_is_moved(plaid: SentRequests) -> None:
    plaid.answer(None)
    connections.move_webhook(ACCESS, "https://hook", 7.0)
    assert posted(plaid) == ("/item/webhook/update", {"access_token": "access", "webhook": "https://hook"})


def test_paid_refresh_is_counted_and_may_take_its_time(plaid: SentRequests) -> None:
    counted: list[int] = []
    plaid.answer(None)
    paid_refresh.request_refresh(Access(APP, "item", "access", counted.append), "item", 7.0)
    assert posted(plaid) == ("/investments/refresh", {"access_token": "access"})
    assert (counted, plaid.only.cap_s) == ([1], float("inf"))
    assert (paid_refresh.CALLS_PER_MINUTE, paid_refresh.RATE_COUNTER) == (100, "plaid-pulls")


def test_no_token_is_shown(plaid: SentRequests) -> None:
    [item] = result(plaid, added({"public_token": "secret"})).items
    plaid.answer(TOKEN | {"link_token": "secret", "hosted_link_url": "https://secret"})
    token = connections.create_link_token(APP, "ann", "https://hook", None, 7.0)
    plaid.answer({"item_id": "item", "access_token": "secret"})
    exchanged = connections.exchange_public_token(APP, "public", 7.0)
    assert "secret" not in repr((item, token, exchanged))
