"""`tidings users rotate-secret` stores the new secret or reports the state of the old one."""

import signal
from typing import Any

import pytest

from tests.support.aws.tables import Tables
from tests.support.drivers.app import App, LinkedSource
from tests.support.fakes.clock import StoppedClock
from tidings.errors import Conflict, ProviderError, StoreUnavailable
from tidings.model import ItemKey
from tidings.providers.snaptrade import connections as snaptrade
from tidings.store import credentials, registration_leases
from tidings_cli import rotation
from tidings_cli.rotation import NotRotated, SecretLost

RESET = "/snapTrade/resetUserSecret"


@pytest.fixture
def linked(app: App, cookie: str, stopped_clock: StoppedClock, monkeypatch: pytest.MonkeyPatch) -> LinkedSource:
    monkeypatch.setattr(rotation, "_PAUSE_S", 0)
    linked = app.link_and_refresh(cookie, "snaptrade")
    stopped_clock.advance(61)
    app.providers.reset()
    return linked


def get_secret(app: App, linked: LinkedSource) -> str:
    return app.providers.snaptrade_simulator.state["users"][linked.item_id]["user_secret"]


def rotate(user_id: str = "alice") -> list[str]:
    """Rotate the secret of a user; the messages printed meanwhile."""
    said: list[str] = []
    rotation.rotate(user_id, said.append)
    return said


def get_status_reason(app: App, cookie: str) -> str | None:
    [one] = app.request("GET /connections", cookie).json["connections"]
    reason: str | None = one["status_reason"]
    return reason


def is_secret_working(app: App, cookie: str, tables: Tables, linked: LinkedSource) -> bool:
    item = tables.item("snaptrade", linked.item_id)
    assert item is not None
    assert "registering_until" not in item
    return app.refresh(cookie, "snaptrade").status == 200


def test_rotation_stores_new_secret_and_keeps_connections(
    app: App, cookie: str, linked: LinkedSource, tables: Tables
) -> None:
    before = get_secret(app, linked)
    assert rotate() == []
    assert get_secret(app, linked) != before
    item = tables.item("snaptrade", linked.item_id)
    assert item is not None
    assert item["credential_version"] == 2
    assert is_secret_working(app, cookie, tables, linked)
    assert get_status_reason(app, cookie) is None


@pytest.mark.parametrize("fault", [{"kind": "close"}, {"kind": "status", "status": 500}])
def test_failed_reset_is_retried(
    app: App, cookie: str, linked: LinkedSource, tables: Tables, fault: dict[str, object]
) -> None:
    app.providers.snaptrade("faults", path=RESET, times=1, **fault)
    assert len(rotate()) == 1
    assert is_secret_working(app, cookie, tables, linked)


def test_reset_that_keeps_failing_leaves_old_secret(
    app: App, cookie: str, linked: LinkedSource, tables: Tables
) -> None:
    app.providers.snaptrade("faults", path=RESET, kind="status", status=500)
    with pytest.raises(NotRotated, match="the old one is still valid"):
        rotate()
    assert len(app.providers.calls("snaptrade", RESET)) == 3
    assert is_secret_working(app, cookie, tables, linked)


@pytest.mark.parametrize("kind", ["close", "truncated", "malformed"])
def test_lost_reset_response_reports_lost_secret(
    app: App, cookie: str, linked: LinkedSource, tables: Tables, kind: str
) -> None:
    app.providers.snaptrade("faults", path=RESET, kind=kind, performed=True, times=1)
    with pytest.raises(SecretLost, match="response was lost"):
        rotate()
    assert get_status_reason(app, cookie) == "credential_lost"
    assert not is_secret_working(app, cookie, tables, linked)
    with pytest.raises(SecretLost, match="lost before"):
        rotate()
    route, body = "POST /api/snaptrade/create-connection-url", {"replace": True}
    assert app.request(route, cookie, body=body).status == 200


def test_rotation_resumes_after_snaptrade_outage(app: App, cookie: str, linked: LinkedSource, tables: Tables) -> None:
    app.providers.snaptrade("faults", path=RESET, kind="close")
    app.providers.snaptrade(
        "faults", path="/authorizations", kind="delay", delay_s=0, times=1
    )  # the first check succeeds
    app.providers.snaptrade("faults", path="/authorizations", kind="close")
    with pytest.raises(NotRotated, match="to find out"):
        rotate()
    app.providers.reset()
    assert rotate() == []
    assert is_secret_working(app, cookie, tables, linked)


def test_rotation_without_snaptrade_or_kms_does_not_start(
    app: App, linked: LinkedSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.providers.snaptrade("faults", path="/authorizations", kind="status", status=500, times=1)
    with pytest.raises(ProviderError):
        rotate()
    monkeypatch.setattr(credentials, "encrypt", raise_unavailable)
    with pytest.raises(StoreUnavailable):
        rotate()
    assert app.providers.calls("snaptrade", RESET) == []


def raise_unavailable(*_: object) -> bytes:
    raise StoreUnavailable("down")


def test_secret_storage_is_retried_until_it_succeeds(
    app: App, cookie: str, linked: LinkedSource, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine, failures = registration_leases.store_credential, iter([True, True])

    def renew(*arguments: Any) -> None:  # noqa: ANN401
        if next(failures, False):
            raise StoreUnavailable("down")
        genuine(*arguments)

    monkeypatch.setattr(registration_leases, "store_credential", renew)
    assert len(rotate()) == 2
    assert is_secret_working(app, cookie, tables, linked)


def test_unstorable_secret_is_reported_lost(
    app: App, cookie: str, linked: LinkedSource, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "_STORING_S", 0)
    monkeypatch.setattr(registration_leases, "store_credential", raise_unavailable)
    with pytest.raises(SecretLost, match="could not be stored"):
        rotate()
    assert get_status_reason(app, cookie) == "credential_lost"
    assert not is_secret_working(app, cookie, tables, linked)


def test_secret_write_with_lost_response_counts_as_done(
    app: App, cookie: str, linked: LinkedSource, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine, unheard = registration_leases.store_credential, iter([True])

    def renew(*arguments: Any) -> None:  # noqa: ANN401
        genuine(*arguments)
        if next(unheard, False):
            raise StoreUnavailable("no answer")

    monkeypatch.setattr(registration_leases, "store_credential", renew)
    rotate()
    assert is_secret_working(app, cookie, tables, linked)


def test_refresh_during_rotation_is_503_not_credential_lost(
    app: App, cookie: str, linked: LinkedSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine, seen = snaptrade.reset_secret, []

    def reset(*arguments: Any) -> str:  # noqa: ANN401
        secret = genuine(*arguments)
        seen.append(app.refresh(cookie, "snaptrade"))
        seen.append(app.request("POST /api/snaptrade/create-connection-url", cookie, body={"replace": True}))
        return secret

    monkeypatch.setattr(snaptrade, "reset_secret", reset)
    rotate()
    assert [(one.status, one.headers["retry-after"]) for one in seen] == [(503, "5")] * 2
    assert get_status_reason(app, cookie) is None
    assert app.refresh(cookie, "snaptrade").status == 200
    assert app.providers.calls("snaptrade", "/snapTrade/deleteUser") == []


def test_signals_are_blocked_until_secret_is_stored(
    app: App, linked: LinkedSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine = registration_leases.store_credential
    blocked: list[set[int]] = []

    def renew(*arguments: Any) -> None:  # noqa: ANN401
        blocked.append({*signal.pthread_sigmask(signal.SIG_BLOCK, ())})
        genuine(*arguments)

    monkeypatch.setattr(registration_leases, "store_credential", renew)
    rotate()
    assert {signal.SIGINT, signal.SIGTERM} <= blocked[0]
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_concurrent_rotation_is_a_conflict(app: App, linked: LinkedSource, stopped_clock: StoppedClock) -> None:
    registration_leases.acquire(
        ItemKey("snaptrade", linked.item_id), "alice", stopped_clock.now, stopped_clock.now + 30_000, version=1
    )
    with pytest.raises(Conflict):
        rotate()
    assert app.providers.calls("snaptrade", RESET) == []


def test_user_deleted_during_rotation_stays_deleted(
    app: App, cookie: str, linked: LinkedSource, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine = snaptrade.reset_secret

    def reset(*arguments: Any) -> str:  # noqa: ANN401
        secret = genuine(*arguments)
        assert app.request("DELETE /connections", cookie).status == 204
        return secret

    monkeypatch.setattr(snaptrade, "reset_secret", reset)
    with pytest.raises(NotRotated, match="deleted or registered again"):
        rotate()
    assert tables.rows("ProviderItemsTable") == []


def test_rotation_with_personal_key_is_rejected(
    app: App, linked: LinkedSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SNAPTRADE_KEY_TYPE", "personal")
    with pytest.raises(NotRotated, match="personal"):
        rotate()


def test_rotation_without_stored_secret_is_rejected(app: App) -> None:
    with pytest.raises(NotRotated, match="has not connected"):
        rotate("nobody")
    app.holdings(app.sign_in(), "snaptrade")
    with pytest.raises(NotRotated, match="No secret"):
        rotate()
