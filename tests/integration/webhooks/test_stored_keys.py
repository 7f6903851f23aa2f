"""Plaid's confirmed keys outlive the process, so forged webhooks cannot keep a new process from them."""

import hashlib
import json
import time
import uuid
from dataclasses import dataclass, field

import pytest

from tests.support.aws.aws_calls import (
    FailingCall,
    OperationRecorder,
    aws_error,
    intercept_calls,
    refuse_connection,
)
from tests.support.aws.tables import Tables
from tests.support.drivers.app import App, LinkedSource
from tests.support.drivers.output import Output
from tests.support.drivers.waiting import PATIENCE_S
from tests.support.fakes.clock import StoppedClock
from tests.support.fakes.providers import CapturedWebhook
from tests.support.fakes.signed_webhooks import base64url
from tidings.providers.plaid import verification_keys
from tidings.webhooks import stored_keys

pytestmark = pytest.mark.threat(id="webhook-flood")

LOOK_UP = "/webhook_verification_key/get"
PLAID_RETRIES_S = (0, 30, 120, 480, 1920)
"""A first delivery and retries, each pause four times the one before."""


@dataclass
class Processes:
    """Function processes whose monotonic clock the test moves. `start` replaces the running one by a new one."""

    app: App
    monkeypatch: pytest.MonkeyPatch
    now: float = field(default_factory=time.monotonic)

    def monotonic(self) -> float:
        return self.now

    def start(self) -> None:
        self.monkeypatch.setattr(verification_keys, "key_ring", verification_keys.KeyRing())

    def forge(self, count: int) -> list[int]:
        """Deliver forged webhooks: a valid form, a right body hash, and a new key id each."""
        return [self.app.deliver("plaid", forged_webhook()).status for _ in range(count)]

    def deliver(self, caught: CapturedWebhook) -> int:
        return self.app.deliver("plaid", caught).status

    def lookups(self) -> int:
        return len(self.app.providers.calls("plaid", LOOK_UP))


def forged_webhook() -> CapturedWebhook:
    body = b"{}"
    header = {"alg": "ES256", "typ": "JWT", "kid": str(uuid.uuid4())}
    claims = {"iat": int(time.time()), "request_body_sha256": hashlib.sha256(body).hexdigest()}
    parts = [base64url(json.dumps(part).encode()) for part in (header, claims)]
    return {"plaid-verification": ".".join([*parts, base64url(b"\x01" * 64)])}, body


@pytest.fixture
def processes(app: App, monkeypatch: pytest.MonkeyPatch) -> Processes:
    processes = Processes(app, monkeypatch)
    monkeypatch.setattr(verification_keys, "time", processes)
    # The deadline is of the stopped clock, and the table may take its time.
    monkeypatch.setattr(verification_keys, "LOOKUP_DEADLINE_S", 1e9)
    monkeypatch.setattr(stored_keys, "CALL_S", PATIENCE_S)
    processes.start()
    return processes


@pytest.fixture
def linked(app: App, cookie: str) -> LinkedSource:
    return app.link(cookie, "plaid")


def capture(app: App, linked: LinkedSource) -> CapturedWebhook:
    [caught] = app.providers.capture_webhooks("plaid", **linked.control_arguments)
    return caught


def test_known_key_is_accepted_by_new_process_under_attack(
    app: App, linked: LinkedSource, processes: Processes
) -> None:
    assert processes.deliver(capture(app, linked)) == 200
    statuses = []
    for _ in range(10):  # minutes, each with more forged webhooks than look-ups
        processes.start()
        assert set(processes.forge(11)) == {403, 503}
        statuses.append(processes.deliver(capture(app, linked)))
        processes.now += 59
    assert statuses == [200] * 10


def test_key_of_new_process_costs_one_read_and_no_look_up(app: App, linked: LinkedSource, processes: Processes) -> None:
    processes.deliver(capture(app, linked))
    processes.start()
    app.providers.reset()
    caught = capture(app, linked)
    with intercept_calls(OperationRecorder()) as calls:
        assert processes.deliver(caught) == 200
    assert calls.operations == ["GetItem", "GetItem", "TransactWriteItems"]
    assert processes.lookups() == 0


def test_forged_kid_costs_one_read_and_one_look_up(app: App, processes: Processes) -> None:
    caught = forged_webhook()
    with intercept_calls(OperationRecorder()) as calls:
        assert [processes.deliver(caught) for _ in range(5)] == [403] * 5
    assert calls.operations == ["GetItem"]
    assert processes.lookups() == 1


def test_attack_costs_ten_lookups_a_minute_and_stores_nothing(app: App, processes: Processes, tables: Tables) -> None:
    with intercept_calls(OperationRecorder()) as calls:
        statuses = processes.forge(40)
    assert statuses == [403] * 10 + [503] * 30
    assert calls.operations == ["GetItem"] * 40
    assert processes.lookups() == verification_keys.LOOKUPS_PER_MINUTE
    assert tables.rows("WebhookKeysTable") == []


def rotate_key(app: App) -> None:
    app.providers.plaid("rotate_key")


def test_rotation_during_attack_heals_with_retries(app: App, linked: LinkedSource, processes: Processes) -> None:
    """A new key is in no table yet. One retry that finds a look-up left makes it known to every process."""
    assert processes.deliver(capture(app, linked)) == 200
    rotate_key(app)
    caught = capture(app, linked)
    began, statuses = processes.now, []
    for at in PLAID_RETRIES_S:
        while processes.now < began + at:  # eleven forged webhooks at the beginning of each minute
            minute_left = 60 - (processes.now - began) % 60
            processes.now += min(minute_left, began + at - processes.now)
            if (processes.now - began) % 60 == 0:
                processes.forge(11)
        if at == 0:
            processes.forge(11)
        statuses.append(processes.deliver(caught))
        if statuses[-1] == 200:
            break
    assert statuses[0] == 503, "the attack has used up the look-ups"
    assert statuses[-1] == 200
    processes.start()
    processes.forge(11)
    assert processes.deliver(capture(app, linked)) == 200


def test_stored_key_is_confirmed_again_after_a_day(
    app: App, linked: LinkedSource, processes: Processes, stopped_clock: StoppedClock, tables: Tables
) -> None:
    assert processes.deliver(capture(app, linked)) == 200
    [stored] = tables.rows("WebhookKeysTable")
    base_url, _, kid = stored["key"].rpartition("#")
    assert base_url == app.providers.plaid_url
    assert uuid.UUID(kid)
    assert stored["confirmed_at"] == stopped_clock.now
    asked = []
    for advance_s in (24 * 3600 - 1, 1):
        stopped_clock.advance(advance_s)
        processes.start()
        app.providers.reset()
        processes.deliver(capture(app, linked))
        asked.append(processes.lookups())
    assert asked == [0, 1]
    assert tables.rows("WebhookKeysTable")[0]["confirmed_at"] == stopped_clock.now


def test_confirmed_key_needs_none_of_the_lookups(
    app: App, linked: LinkedSource, processes: Processes, stopped_clock: StoppedClock
) -> None:
    """Even when Plaid must confirm it again, forged webhooks can't stop that."""
    processes.deliver(capture(app, linked))
    stopped_clock.advance(3 * 24 * 3600)
    processes.start()
    processes.forge(11)
    app.providers.reset()
    processes.deliver(capture(app, linked))
    assert processes.lookups() == 1


@pytest.fixture(params=["unreachable", "broken read", "broken write"])
def broken_table(request: pytest.FixtureRequest) -> object:
    hooks: dict[str, object] = {
        "unreachable": refuse_connection,
        "broken read": FailingCall("GetItem", aws_error("InternalServerError")),
        "broken write": FailingCall("PutItem", aws_error("InternalServerError")),
    }
    return hooks[request.param]


def test_webhook_is_verified_without_the_table(
    app: App, linked: LinkedSource, processes: Processes, broken_table: object, output: Output
) -> None:
    caught = capture(app, linked)
    with intercept_calls(broken_table):
        assert processes.deliver(caught) == 200
    messages = {line["message"] for line in output.lines if line.get("level") == "WARNING"}
    assert messages & {"verification key not read", "verification key not stored"}


def test_other_environment_does_not_use_stored_key(
    app: App, linked: LinkedSource, processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    processes.deliver(capture(app, linked))
    caught = capture(app, linked)
    processes.start()
    monkeypatch.setenv("PLAID_BASE_URL", f"{app.providers.plaid_url}/another")
    assert processes.deliver(caught) in {403, 503}
