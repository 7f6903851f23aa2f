"""A scenario of four users that leaves every kind of row in the tables and of message in the queues."""

import json
import time
from typing import Any
from unittest import mock

import pytest

from tests.integration.compatibility.recorder import END, Recorder
from tests.support.aws.aws_calls import intercept_calls, refuse_connection
from tests.support.drivers import reconcile_queue, tasks_queue

ANN_AT_SNAPTRADE = "user_71d4f55f72fa128d"
PLAID_CONNECT, SNAPTRADE_CONNECT = "POST /plaid/create-connection-url", "POST /api/snaptrade/create-connection-url"
PLAID_REFRESH, SNAPTRADE_REFRESH = "POST /plaid/holdings/refresh", "POST /api/snaptrade/holdings/refresh"
PAID = {"paid": True}
EXCHANGING, REGISTERING = "while a public token is exchanged", "while a user is registered"
CALLING, FOLLOWED_UP = "while a broker is asked", "after the follow-up"
ENDED_AT_S = 1600
DEFERRED = (
    "deferred-update",
    "deferred-disconnect",
    "deferred-account-revoked",
    "deferred-new-accounts",
    "deferred-fix",
    "deferred-deletion",
    "deferred-user-deletion",
    "deferred-session-finished",
    "deferred-unknown",
    "deferred-irrelevant",
)


def play(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Play all steps; the users' cookies."""
    cookies = {name: recorder.sign_in(name, seconds) for seconds, name in enumerate(("ann", "bob", "carol", "dave"))}
    _connect(recorder, cookies)
    _fetch_and_remove(recorder, cookies["ann"])
    _receive_events(recorder)
    monkeypatch.setenv("PAID_REFRESH", "on")
    _refresh_for_money(recorder, cookies["ann"])
    _defer(recorder)
    _reconcile(recorder)
    _fail(recorder, cookies["ann"])
    recorder.note(END)
    return cookies


def _connect(recorder: Recorder, cookies: dict[str, str]) -> None:
    providers = recorder.providers
    assert recorder.receive("update-of-unlinked") == "orphan"
    assert recorder.receive("error-of-unlinked") == "orphan"
    for seconds, name in ((10, "ann"), (30, "carol")):
        _issue_link_token(recorder, seconds, cookies[name], f"link-sandbox-{name}", {})
    added = [{"public_token": "public-ann", "institution": {"name": "First Platypus Bank"}}]
    session = {"finished_at": "2027-01-15T08:00:15Z", "results": {"item_add_results": added}}
    providers.respond("POST /link/token/get", {"link_sessions": [session]})
    exchange(recorder, "item-ann", meanwhile=lambda: recorder.note(EXCHANGING))
    recorder.request(
        20, "POST /plaid/complete-connection", cookies["ann"], {"link_token": "link-sandbox-ann"}, status=201
    )
    exchange(recorder, "item-bob")
    recorder.request(
        25, "POST /plaid/exchange-public-token", cookies["bob"], {"public_token": "public-bob"}, status=201
    )
    _issue_link_token(recorder, 35, cookies["bob"], "link-sandbox-bob", {"reconnect": "item-bob"})
    registered = {"userId": ANN_AT_SNAPTRADE, "userSecret": "secret-of-ann"}
    providers.respond("POST /snapTrade/registerUser", registered, meanwhile=lambda: recorder.note(REGISTERING))
    recorder.request(40, SNAPTRADE_CONNECT, cookies["ann"], {})
    exists = {"detail": "User already exists", "status_code": 400, "code": "1010"}
    providers.respond("POST /snapTrade/registerUser", exists, status=400)
    recorder.request(50, SNAPTRADE_CONNECT, cookies["dave"], {}, status=409)
    recorder.request(60, SNAPTRADE_CONNECT, cookies["dave"], {"replace": True}, status=503)


def _issue_link_token(recorder: Recorder, seconds: int, cookie: str, token: str, body: dict[str, Any]) -> None:
    issued = {
        "link_token": token,
        "hosted_link_url": f"https://link.example.com/{token}",
        "expiration": "2027-01-15T08:30:00Z",
    }
    recorder.providers.respond("POST /link/token/create", issued)
    recorder.request(seconds, PLAID_CONNECT, cookie, body)


def exchange(recorder: Recorder, item_id: str, **what: Any) -> None:  # noqa: ANN401 - what `respond` takes
    """Let the next public token belong to this item."""
    exchanged = {"item_id": item_id, "access_token": f"access-of-{item_id}"}
    recorder.providers.respond("POST /item/public_token/exchange", exchanged, **what)


def _fetch_and_remove(recorder: Recorder, cookie: str) -> None:
    assert [recorder.receive(f"connection-{number}-added") for number in (1, 2, 3)] == ["marked"] * 3
    recorder.request(80, PLAID_REFRESH, cookie)
    recorder.request(81, SNAPTRADE_REFRESH, cookie)
    assert recorder.receive("connection-3-deleted") == "removed"
    assert recorder.receive("update-of-deleted") == "outdated"
    assert recorder.receive("user-deleted-early") == "outdated"
    assert recorder.receive("unlinked-user-deleted") == "removed"


def _receive_events(recorder: Recorder) -> None:
    assert recorder.receive("update") == "marked"
    assert recorder.receive("connection-1-updated") == "marked"
    assert recorder.receive("connection-1-updated", seconds=202) == "duplicate"
    assert recorder.receive("expiring") == "status"
    assert recorder.receive("connection-2-broken") == "status"
    assert recorder.receive("irrelevant") == "ignored"
    assert recorder.receive("failed-connection") == "ignored"
    assert recorder.receive("older-fix") == "marked"
    assert recorder.receive("undated-trade") == "marked"
    recorder.receive("late-update", status=403)
    recorder.receive("too-late-update", status=403)
    assert recorder.receive("session-finished") == "queued"
    assert recorder.receive("account-revoked") == "marked"
    assert recorder.receive("permission-revoked") == "status"


def _refresh_for_money(recorder: Recorder, cookie: str) -> None:
    recorder.request(720, PLAID_REFRESH, cookie, PAID, status=202)
    recorder.request(721, SNAPTRADE_REFRESH, cookie, PAID, status=202)
    of_item, of_connection = (
        next(body for body in recorder.messages["tasks"] if '"pull"' in body and source in body)
        for source in ("item-ann", "conn-1")
    )
    recorder.providers.respond("POST /investments/refresh", {}, meanwhile=lambda: recorder.note(CALLING))
    with recorder.at(722):
        assert tasks_queue.process_messages(of_item) == []
    refused = {"detail": "Not on this plan", "status_code": 403, "code": "1141"}
    recorder.providers.respond("POST /authorizations/conn-1/refresh", refused, status=403)
    with recorder.at(723):
        assert tasks_queue.process_messages(of_connection) == []
    # The follow-up: unchanged, so that the source is due for another status check.
    recorder.request(725, PLAID_REFRESH, cookie)
    recorder.note(FOLLOWED_UP)
    assert recorder.receive("another-update") == "marked"


def _defer(recorder: Recorder) -> None:
    with intercept_calls(refuse_connection):
        assert [recorder.receive(name) for name in DEFERRED] == ["deferred"] * len(DEFERRED)
        recorder.receive("deferred-late-update", status=403)
    recorder.receive("late-update-of-connection-1", status=403)


class _OnePerPage:
    """DynamoDB returns one row per page, which takes it longer than a run may page."""

    def __init__(self) -> None:
        self.passed_s = 0
        self._monotonic = time.monotonic

    def monotonic(self) -> float:
        return self._monotonic() + self.passed_s

    def __call__(self, model: Any, params: dict[str, Any], **_: object) -> None:  # noqa: ANN401 - botocore's
        if model.name == "Scan":
            self.passed_s += 25
            params["body"] = json.dumps({**json.loads(params["body"]), "Limit": 1}).encode()


def _reconcile(recorder: Recorder) -> None:
    with recorder.at(900):
        reconcile_queue.start_run()
    slow = _OnePerPage()
    with recorder.at(901), intercept_calls(slow), mock.patch.object(time, "monotonic", slow.monotonic):
        reconcile_queue.start_run()
    # The unchanged source is due for a status check.
    with recorder.at(1400):
        assert reconcile_queue.process_messages(reconcile_queue.status_check_message("plaid#item-ann")) == []
    down = {"detail": "down", "status_code": 500}
    recorder.providers.respond("GET /authorizations", down, status=500)
    with recorder.at(1420):
        assert (
            reconcile_queue.process_messages(reconcile_queue.status_check_message(f"snaptrade#{ANN_AT_SNAPTRADE}"))
            == []
        )


def _fail(recorder: Recorder, cookie: str) -> None:
    down = {"error_type": "API_ERROR", "error_code": "INTERNAL_SERVER_ERROR", "error_message": "down"}
    recorder.providers.respond("POST /investments/holdings/get", down, status=500)
    recorder.request(1500, PLAID_REFRESH, cookie, {"all": True}, status=502)
