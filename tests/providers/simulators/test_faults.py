"""Slow and broken answers, as a client sees them."""

import time
from typing import Any

import httpx
import pytest

from tests.providers.simulators.receiver import Receiver

PATH = "/item/get"
HEADERS = {"PLAID-CLIENT-ID": "sim-plaid-client", "PLAID-SECRET": "sim-plaid-secret"}


@pytest.fixture
def item(plaid_sim: httpx.Client, receiver: Receiver) -> dict[str, str]:
    made: dict[str, str] = plaid_sim.post("/_sim/connect", json={"webhook": receiver.url}).json()
    return made


def fault(sim: httpx.Client, kind: str, **fields: object) -> None:
    sim.post("/_sim/faults", json={"path": PATH, "kind": kind, **fields}).raise_for_status()


def ask(sim: httpx.Client, item: dict[str, str], path: str = PATH, timeout: float = 120) -> httpx.Response:
    return sim.post(path, json={"access_token": item["access_token"]}, headers=HEADERS, timeout=timeout)


def calls(sim: httpx.Client) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = sim.get("/_sim/calls").json()["calls"]
    return made


def test_status(plaid_sim: httpx.Client, item: dict[str, str]) -> None:
    fault(plaid_sim, "status", status=503, headers={"Retry-After": "7"})
    answer = ask(plaid_sim, item)
    assert (answer.status_code, answer.headers["retry-after"], answer.content) == (503, "7", b"")


def test_error_in_the_providers_shape(plaid_sim: httpx.Client, item: dict[str, str]) -> None:
    body = {"error_type": "RATE_LIMIT_EXCEEDED", "error_code": "INVESTMENT_HOLDINGS_GET_LIMIT"}
    fault(plaid_sim, "error", status=429, body=body)
    answer = ask(plaid_sim, item)
    assert (answer.status_code, answer.json()) == (429, body)


def test_delay_holds_back_an_answer_that_was_computed_before(plaid_sim: httpx.Client, item: dict[str, str]) -> None:
    fault(plaid_sim, "delay", delay_s=0.2, times=1)
    began = time.monotonic()
    assert ask(plaid_sim, item).json()["item"]["item_id"] == item["item_id"]
    assert time.monotonic() - began >= 0.2
    fault(plaid_sim, "delay", delay_s=60, times=1)
    with pytest.raises(httpx.ReadTimeout):
        ask(plaid_sim, item, timeout=0.5)


def test_malformed(plaid_sim: httpx.Client, item: dict[str, str]) -> None:
    fault(plaid_sim, "malformed")
    answer = ask(plaid_sim, item)
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        answer.json()


def test_truncated(plaid_sim: httpx.Client, item: dict[str, str]) -> None:
    fault(plaid_sim, "truncated")
    with pytest.raises(httpx.RemoteProtocolError, match="complete message body"):
        ask(plaid_sim, item)


def test_redirect_leads_to_a_place_where_a_follower_is_seen(plaid_sim: httpx.Client, item: dict[str, str]) -> None:
    fault(plaid_sim, "redirect")
    answer = ask(plaid_sim, item)
    assert answer.is_redirect
    plaid_sim.post(answer.headers["location"])
    assert [call["path"] for call in calls(plaid_sim)] == [PATH, "/redirected"]


def test_trickle_takes_a_pause_for_each_byte(plaid_sim: httpx.Client, item: dict[str, str]) -> None:
    fault(plaid_sim, "trickle", delay_s=0.0005)
    began = time.monotonic()
    answer = ask(plaid_sim, item)
    assert answer.json()["item"]["item_id"] == item["item_id"]
    assert time.monotonic() - began > len(answer.content) * 0.0005


def test_close(plaid_sim: httpx.Client, item: dict[str, str]) -> None:
    fault(plaid_sim, "close")
    with pytest.raises(httpx.RemoteProtocolError, match="disconnected"):
        ask(plaid_sim, item)
    assert calls(plaid_sim)[0]["status"] is None


def test_a_lost_reply_to_a_call_that_took_effect(plaid_sim: httpx.Client, item: dict[str, str]) -> None:
    plaid_sim.post("/_sim/faults", json={"path": "/item/remove", "kind": "close", "performed": True})
    with pytest.raises(httpx.RemoteProtocolError):
        ask(plaid_sim, item, "/item/remove")
    plaid_sim.delete("/_sim/faults")
    assert ask(plaid_sim, item).json()["error_code"] == "ITEM_NOT_FOUND"


def test_times_path_and_subject_narrow_a_fault(plaid_sim: httpx.Client, item: dict[str, str]) -> None:
    other = plaid_sim.post("/_sim/connect", json={}).json()
    fault(plaid_sim, "status", item_id=item["item_id"], times=1)
    assert ask(plaid_sim, other).status_code == 200
    assert ask(plaid_sim, item, "/investments/holdings/get").status_code == 200
    assert [ask(plaid_sim, item).status_code for _ in range(2)] == [500, 200]


def test_clearing_ends_them_all(plaid_sim: httpx.Client, item: dict[str, str]) -> None:
    fault(plaid_sim, "status")
    assert plaid_sim.delete("/_sim/faults").status_code == 204
    assert ask(plaid_sim, item).status_code == 200


@pytest.mark.parametrize(
    "order", [{}, {"path": "/x", "kind": "earthquake"}, {"path": "/x", "kind": "close", "mood": 1}]
)
def test_an_order_that_makes_no_sense_is_refused(plaid_sim: httpx.Client, order: dict[str, object]) -> None:
    answer = plaid_sim.post("/_sim/faults", json={"path": PATH} | order)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_one_connection_of_snaptrade_can_be_broken(snaptrade_sim: httpx.Client) -> None:
    made = snaptrade_sim.post("/_sim/connect", json={"user_id": "fault", "silent": True}).json()
    order = {"path": "/accounts", "kind": "status", "status": 503, "connection_id": made["connection_id"]}
    snaptrade_sim.post("/_sim/faults", json=order).raise_for_status()
    account_id = made["account_ids"][0]
    assert snaptrade_sim.get(f"/accounts/{account_id}/balances").status_code == 503
    assert snaptrade_sim.get("/accounts/another/balances").status_code == 401
    assert calls(snaptrade_sim)[0]["connection_id"] == made["connection_id"]
