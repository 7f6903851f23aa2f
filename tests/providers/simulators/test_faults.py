"""Test slow and broken responses as a client sees them."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from local.simulators.call_log import CallLog
from local.simulators.faults import ActiveFaults, parse_fault
from local.simulators.middleware import SimulatorMiddleware
from tests.providers.simulators.receiver import Receiver
from tests.support.drivers.waiting import PATIENCE_S, wait_until

PATH = "/item/get"
HEADERS = {"PLAID-CLIENT-ID": "sim-plaid-client", "PLAID-SECRET": "sim-plaid-secret"}


@pytest.fixture
def item(plaid_sim: httpx.Client, receiver: Receiver) -> dict[str, str]:
    connected: dict[str, str] = plaid_sim.post("/_sim/connect", json={"webhook": receiver.url}).json()
    return connected


def add_fault(sim: httpx.Client, kind: str, **fields: object) -> None:
    sim.post("/_sim/faults", json={"path": PATH, "kind": kind, **fields}).raise_for_status()


def call_plaid(sim: httpx.Client, item: dict[str, str], path: str = PATH, timeout: float = 120) -> httpx.Response:
    return sim.post(path, json={"access_token": item["access_token"]}, headers=HEADERS, timeout=timeout)


def list_calls(sim: httpx.Client) -> list[dict[str, Any]]:
    recorded: list[dict[str, Any]] = sim.get("/_sim/calls").json()["calls"]
    return recorded


def test_status_fault_returns_its_status_and_headers(plaid_sim: httpx.Client, item: dict[str, str]) -> None:
    add_fault(plaid_sim, "status", status=503, headers={"Retry-After": "7"})
    response = call_plaid(plaid_sim, item)
    assert (response.status_code, response.headers["retry-after"], response.content) == (503, "7", b"")


def test_error_fault_returns_its_body(plaid_sim: httpx.Client, item: dict[str, str]) -> None:
    body = {"error_type": "RATE_LIMIT_EXCEEDED", "error_code": "INVESTMENT_HOLDINGS_GET_LIMIT"}
    add_fault(plaid_sim, "error", status=429, body=body)
    response = call_plaid(plaid_sim, item)
    assert (response.status_code, response.json()) == (429, body)


def test_delay_fault_holds_back_a_computed_response(plaid_sim: httpx.Client, item: dict[str, str]) -> None:
    add_fault(plaid_sim, "delay", delay_s=0.2, times=1)
    began = time.monotonic()
    assert call_plaid(plaid_sim, item).json()["item"]["item_id"] == item["item_id"]
    assert time.monotonic() - began >= 0.2
    add_fault(plaid_sim, "delay", delay_s=60, times=1)
    with pytest.raises(httpx.ReadTimeout):
        call_plaid(plaid_sim, item, timeout=0.5)


def test_malformed_fault_returns_invalid_json(plaid_sim: httpx.Client, item: dict[str, str]) -> None:
    add_fault(plaid_sim, "malformed")
    response = call_plaid(plaid_sim, item)
    assert response.status_code == 200
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        response.json()


def test_truncated_fault_ends_before_the_declared_length(plaid_sim: httpx.Client, item: dict[str, str]) -> None:
    add_fault(plaid_sim, "truncated")
    with pytest.raises(httpx.RemoteProtocolError, match="complete message body"):
        call_plaid(plaid_sim, item)


def test_redirect_fault_leads_to_a_recorded_path(plaid_sim: httpx.Client, item: dict[str, str]) -> None:
    add_fault(plaid_sim, "redirect")
    response = call_plaid(plaid_sim, item)
    assert response.is_redirect
    plaid_sim.post(response.headers["location"])
    assert [call["path"] for call in list_calls(plaid_sim)] == [PATH, "/redirected"]


def test_trickle_takes_a_pause_for_each_byte(plaid_sim: httpx.Client, item: dict[str, str]) -> None:
    add_fault(plaid_sim, "trickle", delay_s=0.0005)
    began = time.monotonic()
    answer = call_plaid(plaid_sim, item)
    assert answer.json()["item"]["item_id"] == item["item_id"]
    assert time.monotonic() - began > len(answer.content) * 0.0005


def test_trickle_ends_when_the_client_has_left(plaid_sim: httpx.Client, item: dict[str, str]) -> None:
    add_fault(plaid_sim, "trickle", delay_s=1)
    with pytest.raises(httpx.ReadTimeout):
        call_plaid(plaid_sim, item, timeout=0.2)
    wait_until(lambda: any(call["ended_at"] for call in list_calls(plaid_sim)), "the response goes on")


def test_close_fault_disconnects_without_a_response(plaid_sim: httpx.Client, item: dict[str, str]) -> None:
    add_fault(plaid_sim, "close")
    with pytest.raises(httpx.RemoteProtocolError, match="disconnected"):
        call_plaid(plaid_sim, item)
    assert list_calls(plaid_sim)[0]["status"] is None


def test_performed_fault_loses_only_the_response(plaid_sim: httpx.Client, item: dict[str, str]) -> None:
    plaid_sim.post("/_sim/faults", json={"path": "/item/remove", "kind": "close", "performed": True})
    with pytest.raises(httpx.RemoteProtocolError):
        call_plaid(plaid_sim, item, "/item/remove")
    plaid_sim.delete("/_sim/faults")
    assert call_plaid(plaid_sim, item).json()["error_code"] == "ITEM_NOT_FOUND"


def test_fault_is_limited_by_times_path_and_subject(plaid_sim: httpx.Client, item: dict[str, str]) -> None:
    other = plaid_sim.post("/_sim/connect", json={}).json()
    add_fault(plaid_sim, "status", item_id=item["item_id"], times=1)
    assert call_plaid(plaid_sim, other).status_code == 200
    assert call_plaid(plaid_sim, item, "/investments/holdings/get").status_code == 200
    assert [call_plaid(plaid_sim, item).status_code for _ in range(2)] == [500, 200]


def test_clearing_removes_every_fault(plaid_sim: httpx.Client, item: dict[str, str]) -> None:
    add_fault(plaid_sim, "status")
    assert plaid_sim.delete("/_sim/faults").status_code == 204
    assert call_plaid(plaid_sim, item).status_code == 200


def test_clearing_ends_a_delay_in_progress(plaid_sim: httpx.Client, item: dict[str, str]) -> None:
    add_fault(plaid_sim, "delay", delay_s=600, times=1)
    with ThreadPoolExecutor(1) as pool:
        response = pool.submit(call_plaid, plaid_sim, item)
        wait_until(lambda: list_calls(plaid_sim), "the call did not begin")
        assert not response.done()
        plaid_sim.delete("/_sim/faults")
        assert response.result().json()["item"]["item_id"] == item["item_id"]


def test_clearing_ends_a_delay_that_has_yet_to_begin() -> None:
    """The call takes effect first, and another thread may clear the faults meanwhile."""
    faults = ActiveFaults()

    async def perform(scope: Scope, receive: Receive, send: Send) -> None:
        faults.clear()
        await Response()(scope, receive, send)

    app = SimulatorMiddleware(perform, CallLog(), faults, lambda _scope, _body: {}, ())
    faults.add(parse_fault({"path": PATH, "kind": "delay", "delay_s": 10 * PATIENCE_S}))

    async def call() -> int:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://sim") as client:
            return (await asyncio.wait_for(client.get(PATH), PATIENCE_S)).status_code

    assert asyncio.run(call()) == 200


@pytest.mark.parametrize(
    "command", [{}, {"path": "/x", "kind": "earthquake"}, {"path": "/x", "kind": "close", "mood": 1}]
)
def test_malformed_fault_command_returns_400(plaid_sim: httpx.Client, command: dict[str, object]) -> None:
    response = plaid_sim.post("/_sim/faults", json={"path": PATH} | command)
    assert response.status_code == 400
    assert response.json()["error"]


def test_fault_can_be_limited_to_one_snaptrade_connection(snaptrade_sim: httpx.Client) -> None:
    connected = snaptrade_sim.post("/_sim/connect", json={"user_id": "fault", "silent": True}).json()
    command = {"path": "/accounts", "kind": "status", "status": 503, "connection_id": connected["connection_id"]}
    snaptrade_sim.post("/_sim/faults", json=command).raise_for_status()
    account_id = connected["account_ids"][0]
    assert snaptrade_sim.get(f"/accounts/{account_id}/balances").status_code == 503
    assert snaptrade_sim.get("/accounts/another/balances").status_code == 401
    assert list_calls(snaptrade_sim)[0]["connection_id"] == connected["connection_id"]
