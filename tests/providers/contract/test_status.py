"""How an item stands, asked at the simulators for free."""

import time
from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.providers.contract.conftest import Rig
from tests.support.fakes.providers import Providers
from tidings import providers
from tidings.errors import ItemGone, ProviderError, ProviderLimit, ReconnectRequired
from tidings.model import DiscoveredSource, StatusChange

CALLS = {"plaid": ["/item/get"], "snaptrade": ["/authorizations", "/authorizations/{id}/accounts"]}


def read_status(rig: Rig, known: Sequence[str] = ()) -> Sequence[DiscoveredSource]:
    return providers.status_reader(rig.name).read_status(rig.access, known, time.monotonic() + 60)


def test_status_stamp_equals_fetch_stamp_until_a_trade(rig: Rig) -> None:
    fetched = rig.fetch()
    assert fetched.provider_stamp
    [one] = read_status(rig, [rig.source_id])
    assert (one.source_id, one.stamp, one.status) == (rig.source_id, fetched.provider_stamp, StatusChange("ok"))
    rig.control("trade", silent=True)
    [newer] = read_status(rig, [rig.source_id])
    assert newer.stamp not in {None, fetched.provider_stamp}
    assert rig.fetch().provider_stamp == newer.stamp


def test_fetch_reads_stamp_before_holdings(rig: Rig) -> None:
    """Otherwise an update between the two calls would look fetched."""
    rig.fetch()
    asked = [call["path"].replace(rig.source_id, "{id}") for call in rig.simulators.calls(rig.name)]
    stamped = "/item/get" if rig.name == "plaid" else "/authorizations/{id}/accounts"
    assert asked[0] == stamped
    assert len(asked) > 1


def test_status_check_counts_each_call(rig: Rig) -> None:
    told: list[int] = []
    rig.simulators.reset()
    metered = replace(rig, access=replace(rig.access, count_calls=told.append))
    read_status(metered, [rig.source_id])
    asked = [call["path"].replace(rig.source_id, "{id}") for call in rig.simulators.calls(rig.name)]
    assert asked == CALLS[rig.name]
    assert sum(told) == len(asked)


def test_status_check_reports_broken_and_repaired_login(rig: Rig) -> None:
    rig.control("break")
    [one] = read_status(rig, [rig.source_id])
    assert one.status is not None
    assert one.status.status == "reconnect_required"
    rig.control("repair")
    [one] = read_status(rig, [rig.source_id])
    assert one.status == StatusChange("ok")


def test_status_check_limit_raises_provider_limit(rig: Rig) -> None:
    rig.fault(CALLS[rig.name][0], "status", status=429, headers={"retry-after": "90"}, times=1)
    if rig.name == "snaptrade":
        rig.simulators.snaptrade("faults", path="/authorizations", kind="status", status=429, times=1)
    with pytest.raises(ProviderLimit):
        read_status(rig)


@pytest.mark.parametrize("kind", ["malformed", "close"])
def test_malformed_status_response_raises_provider_error(rig: Rig, kind: str) -> None:
    control = rig.simulators.plaid if rig.name == "plaid" else rig.simulators.snaptrade
    control("faults", path=CALLS[rig.name][0], kind=kind, times=1)
    with pytest.raises(ProviderError):
        read_status(rig)


def test_plaid_status_of_another_item_fails_and_missing_item_is_gone(plaid: Rig) -> None:
    body = {"item": {"item_id": "another"}, "status": {}}
    plaid.fault("/item/get", "status", status=200, body=body, times=1)
    with pytest.raises(ProviderError):
        read_status(plaid)
    gone = {"error_type": "ITEM_ERROR", "error_code": "ITEM_NOT_FOUND", "error_message": "no such item"}
    plaid.fault("/item/get", "status", status=400, body=gone, times=1)
    with pytest.raises(ItemGone):
        read_status(plaid)


@pytest.mark.parametrize("status", [None, {}, {"investments": None}, {"investments": {"last_successful_update": None}}])
def test_plaid_status_without_update_time_has_no_stamp(plaid: Rig, status: object) -> None:
    item = {"item_id": plaid.source_id, "error": None}
    plaid.fault("/item/get", "status", status=200, body={"item": item, "status": status})
    [one] = read_status(plaid)
    assert (one.stamp, one.status) == (None, StatusChange("ok"))
    assert plaid.fetch().provider_stamp is None


def test_plaid_institution_error_leaves_login_status_unknown(plaid: Rig) -> None:
    error = {"error_type": "INSTITUTION_ERROR", "error_code": "INSTITUTION_DOWN", "error_message": "later"}
    item = {"item_id": plaid.source_id, "error": error}
    plaid.fault("/item/get", "status", status=200, body={"item": item}, times=1)
    [one] = read_status(plaid)
    assert one.status is None


@pytest.mark.parametrize("kind", ["status", "malformed", "close"])
def test_plaid_holdings_are_fetched_without_a_stamp(plaid: Rig, kind: str) -> None:
    fault = {"status": 500} if kind == "status" else {}
    plaid.fault("/item/get", kind, times=1, **fault)
    fetched = plaid.fetch()
    assert fetched.provider_stamp is None
    assert fetched.holdings


def test_status_check_omits_connection_unknown_to_snaptrade(snaptrade: Rig) -> None:
    gone = {"detail": "The requested resource does not exist.", "status_code": 404, "code": "1011"}
    snaptrade.fault("/authorizations/ended", "status", status=404, body=gone)
    snaptrade.simulators.snaptrade("faults", path="/authorizations/ended", kind="status", status=404, body=gone)
    assert [one.source_id for one in read_status(snaptrade, [snaptrade.source_id, "ended"])] == [snaptrade.source_id]


def test_unreadable_snaptrade_connection_does_not_hide_others(snaptrade: Rig, simulators: Providers) -> None:
    user_id = snaptrade.access.item_id
    other = simulators.snaptrade("connect", user_id=user_id, broker="FIDELITY", silent=True)["connection_id"]
    simulators.snaptrade("faults", path=f"/authorizations/{other}/accounts", kind="status", status=500)
    stamps = {one.source_id: one.stamp for one in read_status(snaptrade, [])}
    assert stamps[other] is None
    assert stamps[snaptrade.source_id]


def test_rejected_snaptrade_secret_is_a_lost_credential(snaptrade: Rig) -> None:
    wrong = replace(snaptrade, access=replace(snaptrade.access, credential="wrong"))
    with pytest.raises(ReconnectRequired) as refused:
        read_status(wrong)
    assert refused.value.reason == "credential_lost"
