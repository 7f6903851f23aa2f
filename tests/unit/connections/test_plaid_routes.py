"""Which Link session a user gets, and which ended item a new one replaces."""

import json
import time
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.drivers.output import capture_output
from tests.support.fakes.product_modules import replace_in_product
from tidings import clock
from tidings.api.request import Request
from tidings.aws import secrets
from tidings.connections import disconnect, plaid_exchange, plaid_link_session
from tidings.connections import plaid as routes
from tidings.connections.plaid_link_session import CompletedSession
from tidings.errors import BadRequest, Conflict, ItemGone, NotFound, ProviderError
from tidings.model import Source, StatusChange, User
from tidings.providers.plaid import connections as plaid
from tidings.providers.plaid.connections import LinkToken
from tidings.store import credentials, ended_users, items, link_sessions, sources, user_state
from tidings.store.items import EncryptedCredential
from tidings.store.link_sessions import BoundSession
from tidings.store.sources import SourceKey
from tidings.store.token_leases import ExchangeResult
from tidings.store.user_state import EndedUser, UserState

NOW = 1_771_500_000_000
ANN = User("ann")
APP = {"client_id": "c", "secret": "s"}
PAGE = "https://app.example.com/connected"
LINKED = ExchangeResult("new", "Bank")


def item(item_id: str = "item", **values: Any) -> Source:  # noqa: ANN401 - a row's values
    return Source("plaid", item_id, item_id, "link", **values)


class World:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rows: list[Source] = [item(), Source("snaptrade", "other", "user", "link")]
        self.owner: str | None = "ann"
        self.repair_error: Exception | None = None
        self.session: BoundSession | None = BoundSession("ann")
        self.completed = CompletedSession((LINKED,))
        self.removal_error: Exception | None = None
        self.created: list[Any] = []
        self.bound: list[tuple[Any, ...]] = []
        self.statuses: list[tuple[Any, ...]] = []
        self.removed: list[tuple[Any, ...]] = []
        self.asked: list[tuple[Any, ...]] = []
        ended = EndedUser("ended", is_reopened=False)
        monkeypatch.setattr(clock, "now_ms", lambda: NOW)
        replace_in_product(monkeypatch, time, monotonic=lambda: 100.0)
        monkeypatch.setattr(secrets, "app_secret", lambda _: APP)
        monkeypatch.setattr(user_state, "read_user_state", lambda _: UserState(tuple(self.rows), {}, ended))
        monkeypatch.setattr(ended_users, "reopen", lambda *given: "marker" if given == ("ann", ended, NOW) else None)
        monkeypatch.setattr(plaid, "create_link_token", self._create)
        monkeypatch.setattr(link_sessions, "bind_session", lambda *given: self.bound.append(given))
        monkeypatch.setattr(link_sessions, "find_session", self._find)
        monkeypatch.setattr(items, "encrypted_credentials", self._encrypted)
        monkeypatch.setattr(credentials, "decrypt", lambda key, secret: f"{key.source_id} {secret.decode()}")
        monkeypatch.setattr(sources, "set_status", lambda *given: self.statuses.append(given))
        monkeypatch.setattr(plaid_link_session, "complete_link_session", self._complete)
        monkeypatch.setattr(plaid_exchange, "exchange_public_token", self._exchange)
        monkeypatch.setattr(disconnect, "disconnect_source", self._remove)

    def post(self, route: Any, **body: object) -> Any:  # noqa: ANN401 - a route, a response
        return route(ANN, Request("POST /", "POST", "/", {}, {}, {}, {}, json.dumps(body).encode()))

    def create(self, **body: object) -> Any:  # noqa: ANN401 - JSON
        answered = self.post(routes.create_connection_url, **body)
        assert answered["statusCode"] == 200
        return json.loads(answered["body"])

    def _encrypted(self, wanted: Any) -> Any:  # noqa: ANN401 - credentials by item
        return {one: EncryptedCredential(self.owner, b"secret", 1) for one in wanted} if self.owner else {}

    def _create(self, app: object, **values: Any) -> LinkToken:  # noqa: ANN401 - what Plaid takes
        assert app == APP
        self.created.append(SimpleNamespace(**values))
        if values["access_token"] and self.repair_error:
            raise self.repair_error
        return LinkToken("token", "https://hosted", NOW + 1000)

    def _find(self, token: str, now: int) -> BoundSession | None:
        assert (token, now) == ("token", NOW)
        return self.session

    def _complete(self, *given: object) -> CompletedSession:
        self.asked.append(given)
        return self.completed

    def _exchange(self, *given: object) -> ExchangeResult:
        self.asked.append(given)
        return LINKED

    def _remove(self, *given: object) -> None:
        self.removed.append(given)
        if self.removal_error:
            raise self.removal_error


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


def test_new_session_is_bound_to_its_user(world: World) -> None:
    body = world.create(redirect_uri=PAGE)
    assert (body["connection_url"], body["link_token"]) == ("https://hosted", "token")
    assert body["expires_at"] == clock.iso(NOW + 1000)
    [created] = world.created
    assert (created.user_id, created.redirect_uri, created.webhook_url) == (
        "ann",
        PAGE,
        "https://hooks.example.com/plaid",
    )
    assert (created.access_token, created.select_accounts, created.deadline) == (None, False, 120.0)
    assert world.bound == [("token", BoundSession("ann", ended_id="marker"), NOW + 1000)]


def test_session_needs_no_address_to_return_to(world: World) -> None:
    world.create()
    assert world.created[0].redirect_uri is None
    with pytest.raises(BadRequest):
        world.create(redirect_uri="https://evil.example")


@pytest.mark.parametrize("unknown", ["unknown", "other"])
def test_only_items_of_the_user_are_repaired(world: World, unknown: str) -> None:
    with pytest.raises(NotFound):
        world.create(reconnect=unknown)
    assert (world.created, world.bound) == ([], [])


@pytest.mark.parametrize(
    ("row", "select_accounts"),
    [
        (item(status="reconnect_required", status_reason="item_login_required"), False),
        (item(status="ok", status_reason="new_accounts_available"), True),
        (item(status="revoked", status_reason="user_account_revoked"), True),
    ],
)
def test_item_is_repaired_in_update_mode(world: World, row: Source, select_accounts: bool) -> None:
    world.rows = [item("another"), row]
    world.create(reconnect="item", redirect_uri=PAGE)
    [created] = world.created
    assert (created.access_token, created.select_accounts) == ("item secret", select_accounts)
    assert (created.redirect_uri, created.deadline) == (PAGE, 120.0)
    assert world.bound[0][1] == BoundSession("ann", reconnect_item="item", ended_id="marker")


@pytest.mark.parametrize(
    ("row", "owner"),
    [(item(status="revoked", status_reason="gone"), "ann"), (item(), None), (item(), "bob")],
    ids=["ended", "without credential", "another user's credential"],
)
def test_item_that_cannot_be_repaired_is_replaced(world: World, row: Source, owner: str | None) -> None:
    world.rows, world.owner = [row], owner
    world.create(reconnect="item", redirect_uri=PAGE)
    [created] = world.created
    assert (created.access_token, created.redirect_uri) == (None, PAGE)
    assert world.bound[0][1] == BoundSession("ann", replaces_item="item", ended_id="marker")
    assert world.statuses == []


def test_item_that_plaid_says_has_ended_is_replaced_and_marked(world: World) -> None:
    world.repair_error = ItemGone("item_not_supported")
    world.create(reconnect="item")
    assert [created.access_token for created in world.created] == ["item secret", None]
    row = item()
    key = SourceKey.for_source("ann", row)
    assert world.statuses == [(key, row, StatusChange("revoked", "item_not_supported"))]
    assert world.bound[0][1] == BoundSession("ann", replaces_item="item", ended_id="marker")


def test_item_that_fails_otherwise_is_not_replaced(world: World) -> None:
    world.repair_error = ProviderError()
    with pytest.raises(ProviderError):
        world.create(reconnect="item")
    assert (world.statuses, world.bound) == ([], [])


def complete(world: World) -> Any:  # noqa: ANN401 - JSON
    answered = world.post(routes.complete_connection, link_token="token")
    assert answered["statusCode"] == 201
    return json.loads(answered["body"])


def test_completed_session_answers_with_its_item(world: World) -> None:
    assert complete(world) == {"item_id": "new", "institution": "Bank"}
    assert world.asked == [(BoundSession("ann"), "token", 112.0)]
    assert world.removed == []


@pytest.mark.parametrize("session", [None, BoundSession("bob")])
def test_session_of_nobody_or_another_user_is_not_found(world: World, session: BoundSession | None) -> None:
    world.session = session
    with pytest.raises(NotFound):
        complete(world)
    assert world.asked == []


def test_session_in_which_nothing_was_linked_is_refused(world: World) -> None:
    world.completed = CompletedSession((), (Conflict(),))
    with pytest.raises(Conflict):
        complete(world)


@pytest.mark.parametrize(
    ("row", "is_removed"),
    [
        (item("old", status="revoked", institution="BANK"), True),
        (item("old", status="reconnect_required", institution="Bank"), True),
        (item("old", status="revoked", status_reason="not_stored"), True),
        (item("old", status="ok", institution="Bank"), False),
        (item("old", status="ok", status_reason="not_stored"), False),
        (item("old", status="revoked", institution="Other"), False),
        (item("old", status="revoked", institution=None), False),
        (item("elsewhere", status="revoked", institution="Bank"), False),
    ],
)
def test_ended_item_of_same_institution_is_replaced(world: World, row: Source, is_removed: bool) -> None:
    world.rows, world.session = [row], BoundSession("ann", replaces_item="old")
    assert complete(world)["item_id"] == "new"
    assert world.removed == ([(ANN, "plaid", "old")] if is_removed else [])


def test_item_of_unknown_institution_replaces_none(world: World) -> None:
    world.rows, world.session = [item("old", status="revoked")], BoundSession("ann", replaces_item="old")
    world.completed = CompletedSession((ExchangeResult("new", None),))
    complete(world)
    assert world.removed == []
    world.rows = [item("old", status="revoked", institution="Bank")]
    complete(world)
    assert world.removed == []


def test_item_does_not_replace_itself(world: World) -> None:
    world.rows = [item("new", status="revoked", institution="Bank")]
    world.session = BoundSession("ann", replaces_item="new")
    complete(world)
    assert world.removed == []


def test_replaced_item_that_cannot_be_removed_stays(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.rows = [item("old", status="revoked", institution="Bank")]
    world.session, world.removal_error = BoundSession("ann", replaces_item="old"), ProviderError()
    with capture_output(capsys) as output:
        assert complete(world)["item_id"] == "new"
    [line] = output.lines_with_message("replaced connection not removed")
    assert (line["provider"], line["problem"]) == ("plaid", "provider-outage")


def test_public_token_is_exchanged_in_no_session(world: World) -> None:
    answered = world.post(routes.exchange_public_token, public_token="public")
    assert (answered["statusCode"], json.loads(answered["body"])["item_id"]) == (201, "new")
    assert world.asked == [("ann", "public", 112.0)]
