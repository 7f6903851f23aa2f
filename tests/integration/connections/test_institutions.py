"""GET /institutions: what a user can connect, from what the reconciler stored once a day."""

from typing import Any

import pytest

from tests.support.aws.deployment_secrets import put_secret
from tests.support.drivers import reconcile_queue
from tests.support.drivers.app import App
from tests.support.fakes.clock import StoppedClock

_INFO = "/snapTrade/partners"
_HOUR_S = 3600


def _institutions(app: App, cookie: str) -> Any:  # noqa: ANN401 - JSON
    answered = app.request("GET /institutions", cookie)
    assert answered.status == 200
    return answered.json


def _names(app: App, cookie: str) -> list[str]:
    return [one["name"] for one in _institutions(app, cookie)["institutions"]]


def _list_instead(app: App, *brokers: dict[str, Any]) -> None:
    body = {"allowed_brokerages": list(brokers)}
    app.providers.snaptrade("faults", path=_INFO, kind="status", status=200, body=body, times=1)


def test_list_is_empty_before_the_first_reconcile(app: App, cookie: str) -> None:
    assert _institutions(app, cookie) == {"providers": ["plaid", "snaptrade"], "institutions": []}


def test_reconciler_stores_brokers_by_name(app: App, cookie: str) -> None:
    reconcile_queue.start_run()
    app.providers.reset()
    found = _institutions(app, cookie)["institutions"]
    assert found[0] == {"provider": "snaptrade", "broker": "ALPACA", "name": "Alpaca"}
    assert [one["name"] for one in found] == sorted(one["name"] for one in found)
    assert app.providers.calls("snaptrade") == [], "a read calls no provider"


def test_brokers_are_listed_once_a_day(app: App, dynamodb: object, stopped_clock: StoppedClock) -> None:
    for seconds, calls in ((0, 1), (900, 1), (22 * _HOUR_S - 900, 1), (_HOUR_S, 2)):
        stopped_clock.advance(seconds)
        reconcile_queue.start_run()
        assert len(app.providers.calls("snaptrade", _INFO)) == calls


def test_brokers_that_can_not_be_connected_are_left_out(app: App, cookie: str) -> None:
    works = {"slug": "B", "name": "b bank", "display_name": None, "enabled": True, "maintenance_mode": False}
    _list_instead(
        app,
        {**works, "slug": "A", "name": "A", "enabled": False},
        {**works, "slug": "C", "name": "C", "maintenance_mode": True},
        {**works, "slug": None},
        {**works, "slug": "D", "name": None},
        works,
        {**works, "slug": "E", "name": "E", "display_name": "A broker"},
    )
    reconcile_queue.start_run()
    assert [one["broker"] for one in _institutions(app, cookie)["institutions"]] == ["E", "B"]


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"kind": "status", "status": 500}, id="an outage"),
        pytest.param({"kind": "status", "status": 200, "body": {"allowed_brokerages": []}}, id="an empty list"),
        pytest.param({"kind": "status", "status": 200, "body": {}}, id="no list"),
    ],
)
def test_failure_keeps_the_list_and_is_repeated_an_hour_later(
    app: App, cookie: str, stopped_clock: StoppedClock, fault: dict[str, Any]
) -> None:
    reconcile_queue.start_run()
    before = _names(app, cookie)
    stopped_clock.advance(23 * _HOUR_S)
    app.providers.snaptrade("faults", path=_INFO, **fault)
    app.providers.http.delete(f"{app.providers.snaptrade_url}/_sim/calls")
    for seconds, calls in ((0, 1), (_HOUR_S - 1, 1), (1, 2)):
        stopped_clock.advance(seconds)
        reconcile_queue.start_run()
        assert len(app.providers.calls("snaptrade", _INFO)) >= calls
        assert (len(app.providers.calls("snaptrade", _INFO)) > 1) == (calls > 1)
    assert _names(app, cookie) == before != []


@pytest.mark.parametrize(("provider", "other"), [("plaid", "snaptrade"), ("snaptrade", "plaid")])
def test_provider_without_keys_is_not_offered(app: App, cookie: str, provider: str, other: str) -> None:
    reconcile_queue.start_run()
    put_secret(provider, {})
    found = _institutions(app, cookie)
    assert found["providers"] == [other]
    assert {one["provider"] for one in found["institutions"]} == {"snaptrade"} - {provider}


def test_unconfigured_provider_is_not_called(app: App) -> None:
    put_secret("snaptrade", {})
    reconcile_queue.start_run()
    assert app.providers.calls("snaptrade") == []


def test_institutions_require_a_sign_in(app: App) -> None:
    assert app.request("GET /institutions").status == 401
