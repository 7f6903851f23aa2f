"""Refresh outcomes for each SnapTrade error (https://docs.snaptrade.com/reference)."""

import pytest

from tests.support.drivers.app import App
from tests.support.fakes.clock import StoppedClock
from tests.support.faults.provider_failures import (
    MISCONFIGURED,
    NOT_READY,
    OUTAGE,
    TRANSPORT,
    UNUSABLE,
    ExpectedFailure,
    Fault,
    RefreshScenario,
    login_required,
    nothing_to_fetch,
    one_of_each_problem,
    rate_limited,
)

LIST, ACCOUNTS, DATA = "/authorizations", "/authorizations/", "/accounts/"
"""A refresh lists the connections, then the accounts of each, then reads each account."""


def error(status: int, code: object = None, detail: str = "secret detail", path: str = DATA, **headers: str) -> Fault:
    body = {"detail": detail, "status_code": status} | ({} if code is None else {"code": code})
    return {"path": path, "kind": "error", "status": status, "body": body, "headers": headers}


def accounts(*listed: object) -> Fault:
    return {"path": ACCOUNTS, "kind": "status", "status": 200, "body": listed}


BANK = {"id": "account-1", "account_category": "DEPOSIT"}
TABLE: dict[str, tuple[Fault, ExpectedFailure]] = {
    **TRANSPORT,
    **{
        f"{name}, for the accounts": ({**fault, "path": ACCOUNTS}, expected)
        for name, (fault, expected) in TRANSPORT.items()
    },
    **{
        f"{name}, for one account": ({**fault, "path": DATA}, expected) for name, (fault, expected) in TRANSPORT.items()
    },
    # the user has to act
    "402 3003: the connection is disabled": (error(402, "3003"), login_required("connection_disabled")),
    "401 1083: the user's secret is wrong": (
        error(401, "1083", "Invalid userID or userSecret provided"),
        login_required("credential_lost"),
    ),
    "401 0000: no such user": (error(401, "0000", "User not found", LIST), login_required("credential_lost")),
    # later
    "425 3012: still being populated": (error(425, "3012"), NOT_READY),
    "409 1166: concurrent request": (error(409, 1166), NOT_READY),
    # never
    "only bank accounts": (accounts(BANK), nothing_to_fetch("no_investment_accounts")),
    "501: not implemented for this broker": (error(501), nothing_to_fetch("not_implemented")),
    # ours
    "401 1076: our signature is wrong": (error(401, "1076", "Unable to verify signature sent", LIST), MISCONFIGURED),
    "401 of no known kind": (error(401, None, "No", LIST), MISCONFIGURED),
    "410: retired for our account": (error(410), MISCONFIGURED),
    # too often
    "429 with Retry-After": (error(429, "0000", **{"Retry-After": "17"}), rate_limited(17)),
    "429 with the window's rest": (error(429, "0000", **{"X-RateLimit-Reset": "9"}), rate_limited(9)),
    "429 of the list": (error(429, "0000", path=LIST), rate_limited(60)),
    # the broker's or SnapTrade's own
    "500 1000": (error(500, "1000"), OUTAGE),
    "503 3002: the broker is down": (error(503, 3002), OUTAGE),
    "400 1076: bad data": (error(400, "1076"), OUTAGE),
    "402 of another kind": (error(402, "3011"), OUTAGE),
    "403 1066: no permission": (error(403, "1066"), OUTAGE),
    "403 1141: not on our plan": (error(403, "1141"), OUTAGE),
    # answers that must not count
    "no account": (accounts(), UNUSABLE),
    "accounts without an id": (accounts({"name": "IRA"}), UNUSABLE),
    "404 1011 of an account": (error(404, "1011"), UNUSABLE),
    "404 1011 of the list": (error(404, "1011", path=LIST), UNUSABLE),
    "a list that is an object": ({"kind": "status", "status": 200, "body": {}}, UNUSABLE),
}

COMBINED = one_of_each_problem(TABLE)


@pytest.fixture
def stage(app: App, stopped_clock: StoppedClock, monkeypatch: pytest.MonkeyPatch) -> RefreshScenario:
    return RefreshScenario(app, app.sign_in(), stopped_clock, monkeypatch, "snaptrade", LIST)


@pytest.mark.parametrize(("fault", "expected"), TABLE.values(), ids=TABLE)
def test_snaptrade_error_on_provider_route_has_expected_result(
    stage: RefreshScenario, fault: Fault, expected: ExpectedFailure
) -> None:
    stage.inject(fault)
    stage.check_provider_route(expected)


@pytest.mark.parametrize(("fault", "expected"), COMBINED.values(), ids=COMBINED)
def test_snaptrade_error_on_combined_route_has_expected_result(
    stage: RefreshScenario, fault: Fault, expected: ExpectedFailure
) -> None:
    stage.inject(fault)
    stage.check_combined_route(expected)
