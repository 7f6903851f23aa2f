"""POST /plaid/webhook: verification, deduplication and the state it sets."""

import pytest

from tests.support.aws.aws_calls import intercept_calls, refuse_connection
from tests.support.aws.deployment_secrets import put_secret
from tests.support.aws.tables import Tables
from tests.support.drivers.app import App, LinkedSource
from tests.support.drivers.output import Output
from tests.support.drivers.plaid_link import create_public_token, exchange
from tests.support.fakes.clock import StoppedClock
from tests.support.fakes.signed_webhooks import with_other_s


@pytest.fixture
def linked(app: App, cookie: str, stopped_clock: StoppedClock) -> LinkedSource:
    """An item whose updates have been fetched."""
    return app.link_and_refresh(cookie, "plaid")


def read_statuses(app: App, cookie: str) -> list[tuple[str, str | None]]:
    listed = app.connections(cookie)
    return [(one["status"], one["status_reason"]) for one in listed]


@pytest.mark.parametrize("kind", ["HOLDINGS", "INVESTMENTS_TRANSACTIONS"])
def test_plaid_update_returns_200_and_sets_flag(app: App, cookie: str, linked: LinkedSource, kind: str) -> None:
    assert not app.pending(cookie, "plaid")["has_pending_updates"]
    [answered] = app.send_webhook(linked, type=kind, code="DEFAULT_UPDATE")
    assert (answered.status, answered.json["status"]) == (200, "marked")
    assert app.pending(cookie, "plaid")["has_pending_updates"]


@pytest.mark.parametrize(
    "order",
    [{"variant": "unsigned"}, {"variant": "forged"}, {"variant": "forged", "same_kid": True}, {"variant": "tampered"}],
)
def test_plaid_webhook_without_genuine_signature_returns_403(
    app: App, tables: Tables, linked: LinkedSource, order: dict[str, object]
) -> None:
    before = tables.contents()
    answers = app.send_webhook(linked, **order)
    assert [(one.status, one.json["type"]) for one in answers] == [(403, "urn:tidings:problem:invalid-signature")]
    assert tables.contents() == before


def test_forged_kid_is_looked_up_once(app: App, linked: LinkedSource) -> None:
    app.providers.reset()
    [caught] = app.providers.capture_webhooks("plaid", variant="forged", **linked.control_arguments)
    assert [app.deliver("plaid", caught).status for _ in range(3)] == [403, 403, 403]
    assert len(app.providers.calls("plaid", "/webhook_verification_key/get")) == 1


@pytest.mark.parametrize("token", ["", "a.b", "a.b.c", "..", "é.é.é", "e30.e30." + "A" * 86, "a" * 5000])
def test_malformed_plaid_token_returns_403_without_call(app: App, tables: Tables, token: str) -> None:
    assert app.deliver("plaid", ({"plaid-verification": token}, b"{}")).status == 403
    assert app.providers.calls("plaid") == []
    assert not any(tables.contents().values())


@pytest.mark.invariant(id="I5")
def test_replayed_plaid_webhook_is_not_counted(app: App, tables: Tables, linked: LinkedSource) -> None:
    assert [answered.json["status"] for answered in app.send_webhook(linked)] == ["marked"]
    before = tables.contents()
    [replayed] = app.send_webhook(linked, variant="replay")
    assert (replayed.status, replayed.json["status"]) == (200, "duplicate")
    assert tables.contents() == before


@pytest.mark.threat(id="replayed-webhook")
def test_replay_with_other_signature_spelling_is_not_counted(app: App, tables: Tables, linked: LinkedSource) -> None:
    [(headers, body)] = app.providers.capture_webhooks("plaid", **linked.control_arguments)
    assert app.deliver("plaid", (headers, body)).json["status"] == "marked"
    before = tables.contents()
    respelt = {**headers, "plaid-verification": with_other_s(headers["plaid-verification"])}
    replayed = app.deliver("plaid", (respelt, body))
    assert (replayed.status, replayed.json["status"]) == (200, "duplicate")
    assert tables.contents() == before


def test_separately_signed_identical_bodies_each_count(app: App, tables: Tables, linked: LinkedSource) -> None:
    before = tables.generation("plaid", linked.source_id)
    caught = app.providers.capture_webhooks("plaid", times=2, distinct=True, **linked.control_arguments)
    assert len({body for _, body in caught}) == 1
    assert [app.deliver("plaid", one).json["status"] for one in caught] == ["marked", "marked"]
    assert tables.generation("plaid", linked.source_id) == before + 2


@pytest.mark.parametrize(("age_s", "status"), [(290, 200), (310, 403), (-50, 200), (-70, 403)])
def test_plaid_window_is_five_minutes_back_one_ahead(app: App, linked: LinkedSource, age_s: int, status: int) -> None:
    assert [answered.status for answered in app.send_webhook(linked, age_s=age_s)] == [status]


def test_update_before_link_is_kept(app: App, cookie: str, tables: Tables) -> None:
    token = create_public_token(app)
    item_id = app.providers.plaid_simulator.state["public_tokens"][token]["item_id"]
    linked = LinkedSource("plaid", item_id, item_id)
    outcomes = [answered.json["status"] for answered in app.send_webhook(linked, times=2, distinct=True)]
    assert outcomes == ["orphan", "orphan"]
    assert exchange(app, cookie, token).status == 201
    assert tables.generation("plaid", item_id) == 3, "a new connection is an update, too"
    item = tables.item("plaid", item_id)
    assert item is not None
    assert item.keys() == {"item", "user_id", "credential", "credential_version"}


def test_error_before_link_sets_status(app: App, cookie: str) -> None:
    token = create_public_token(app)
    item_id = app.providers.plaid_simulator.state["public_tokens"][token]["item_id"]
    app.send_webhook(LinkedSource("plaid", item_id, item_id), type="ITEM", code="ERROR")
    exchange(app, cookie, token)
    assert read_statuses(app, cookie) == [("reconnect_required", "item_login_required")]


def test_login_error_requires_user_until_repaired(app: App, cookie: str, linked: LinkedSource) -> None:
    [answered] = app.send_webhook(linked, type="ITEM", code="ERROR")
    assert answered.json["status"] == "status"
    assert read_statuses(app, cookie) == [("reconnect_required", "item_login_required")]
    assert app.pending(cookie, "plaid")["reconnect_required"] is True
    app.send_webhook(linked, type="ITEM", code="LOGIN_REPAIRED")
    assert read_statuses(app, cookie) == [("ok", None)]
    assert app.pending(cookie, "plaid")["reconnect_required"] is False


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("PENDING_EXPIRATION", "expiring"),
        ("PENDING_DISCONNECT", "expiring"),
        ("USER_PERMISSION_REVOKED", "revoked"),
    ],
)
def test_item_code_sets_status(app: App, cookie: str, linked: LinkedSource, code: str, status: str) -> None:
    app.send_webhook(linked, type="ITEM", code=code)
    assert [one for one, _ in read_statuses(app, cookie)] == [status]


@pytest.mark.parametrize(
    ("kind", "code"),
    [("ITEM", "WEBHOOK_UPDATE_ACKNOWLEDGED"), ("LINK", "SESSION_FINISHED"), ("TRANSACTIONS", "SYNC_UPDATES_AVAILABLE")],
)
def test_other_plaid_webhook_returns_200_and_changes_nothing(
    app: App, tables: Tables, linked: LinkedSource, kind: str, code: str
) -> None:
    before = tables.state()
    [answered] = app.send_webhook(linked, type=kind, code=code)
    assert (answered.status, answered.json["status"]) == (200, "ignored")
    assert tables.state() == before


def test_key_service_outage_returns_503(app: App, tables: Tables, linked: LinkedSource) -> None:
    app.providers.plaid("faults", path="/webhook_verification_key/get", kind="status", status=500)
    before = tables.contents()
    [answered] = app.send_webhook(linked)
    assert (answered.status, answered.json["type"]) == (503, "urn:tidings:problem:webhook-unverifiable")
    assert tables.contents() == before


def test_webhook_with_expired_key_returns_403(app: App, linked: LinkedSource, stopped_clock: StoppedClock) -> None:
    [caught] = app.providers.capture_webhooks("plaid", **linked.control_arguments)
    app.providers.plaid("rotate_key", expire=True)
    stopped_clock.advance(2)
    assert app.deliver("plaid", caught).status == 403
    assert [answered.status for answered in app.send_webhook(linked)] == [200], "the new key's are genuine"


@pytest.mark.threat(id="no-webhook-key")
def test_missing_plaid_secret_returns_503_and_is_counted(app: App, linked: LinkedSource, output: Output) -> None:
    put_secret("plaid", {})
    assert [answered.status for answered in app.send_webhook(linked)] == [503]
    assert output.metric_sum("WebhookAuthUnconfigured", provider="plaid") == 1


def test_secret_store_outage_returns_503(app: App, linked: LinkedSource) -> None:
    put_secret("plaid", {})
    with intercept_calls(refuse_connection, "secretsmanager"):
        [answered] = app.send_webhook(linked)
    assert (answered.status, answered.json["type"]) == (503, "urn:tidings:problem:store-unavailable")
