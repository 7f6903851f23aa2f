"""The limit of connection changes per user and minute (`tidings.provider_access.rate_limits`)."""

import pytest

from tests.support.aws.aws_calls import OperationRecorder
from tests.support.aws.tables import Tables
from tests.support.drivers.api_calls import ApiResponse
from tests.support.drivers.app import App
from tests.support.drivers.output import Output
from tests.support.drivers.routes import ROUTES, WRITES, sent
from tests.support.fakes.clock import StoppedClock
from tidings.errors import StoreUnavailable
from tidings.provider_access.rate_limits import CHANGES_PER_MINUTE
from tidings.store import rate_counters

CHANGES = [route for route in WRITES if not route.endswith("/refresh") and route != "POST /live-ticket"]


def request_change(app: App, cookie: str, route: str = "DELETE /connections") -> ApiResponse:
    return app.request(route, cookie, **sent(route))


def is_limited(answered: ApiResponse) -> bool:
    return answered.status == 429 and answered.json["type"] == "urn:tidings:problem:too-many-requests"


@pytest.fixture
def limited_cookie(app: App, cookie: str, stopped_clock: StoppedClock) -> str:
    """The cookie of a user who has reached the limit; the minute ends in 40 s."""
    stopped_clock.now += 60_000 - stopped_clock.now % 60_000 + 20_000
    assert [request_change(app, cookie).status for _ in range(CHANGES_PER_MINUTE)] == [204] * CHANGES_PER_MINUTE
    return cookie


@pytest.mark.threat(id="shared-quota")
def test_change_beyond_rate_limit_is_429_with_retry_after(app: App, limited_cookie: str, tables: Tables) -> None:
    before = tables.contents()
    app.providers.reset()
    for route in CHANGES:
        limited = request_change(app, limited_cookie, route)
        assert is_limited(limited), route
        assert limited.headers["retry-after"] == str(limited.json["retry_after"]) == "40"
    assert tables.contents() == before
    assert app.providers.calls("plaid") == app.providers.calls("snaptrade") == []


def test_change_limit_resets_after_a_minute(app: App, limited_cookie: str, stopped_clock: StoppedClock) -> None:
    stopped_clock.advance(40)
    assert request_change(app, limited_cookie).status == 204


def test_change_limit_spares_reads_refreshes_and_other_users(app: App, limited_cookie: str) -> None:
    assert request_change(app, app.sign_in("bob")).status == 204
    for route in sorted(set(ROUTES) - set(CHANGES)):
        assert not is_limited(app.request(route, limited_cookie, **sent(route))), route


def test_rejected_body_counts_towards_change_limit(app: App, cookie: str, stopped_clock: StoppedClock) -> None:
    stopped_clock.now += 60_000 - stopped_clock.now % 60_000
    statuses = {
        app.request("POST /plaid/complete-connection", cookie, raw=b"[]").status for _ in range(CHANGES_PER_MINUTE + 1)
    }
    assert statuses == {400, 429}


def test_unauthenticated_change_is_not_counted(app: App, store_calls: OperationRecorder) -> None:
    assert {request_change(app, "nobody's").status for _ in range(3)} == {401}
    assert store_calls.operations == ["GetItem"] * 3


def test_connection_list_is_not_counted(app: App, cookie: str, store_calls: OperationRecorder) -> None:
    app.request("GET /connections", cookie)
    assert store_calls.operations == ["GetItem", "Query"]


def test_change_is_allowed_while_counter_is_down(
    app: App, cookie: str, output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object) -> bool:
        raise StoreUnavailable

    monkeypatch.setattr(rate_counters, "count_calls", down)
    assert request_change(app, cookie).status == 204
    assert output.metric_sum("LimitUnavailable") == 1
