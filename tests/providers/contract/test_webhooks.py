"""Webhooks as the simulators post them: over a wire, signed for real."""

import httpx
import pytest

from tests.providers.contract.conftest import Rig
from tidings import providers
from tidings.errors import InvalidSignature, ProviderError

pytestmark = pytest.mark.invariant(id="I5")

TRADES = {"plaid": "HOLDINGS:DEFAULT_UPDATE", "snaptrade": "ACCOUNT_HOLDINGS_UPDATED"}


def test_a_trade_marks_its_source(rig: Rig) -> None:
    rig.control("trade", ticker="AAPL", quantity="1")
    caught = rig.posted()
    assert caught
    for delivery in caught:
        notice = providers.webhook_reader(rig.name).parse_event(rig.verify(delivery))
        assert (notice.kind, notice.marks) == (TRADES[rig.name], True)
        assert (notice.item_id, notice.source_id) == (rig.access.item_id, rig.source_id)


def test_breaking_and_mending_changes_its_status(rig: Rig) -> None:
    found = []
    for command in ("break", "repair"):
        rig.control(command)
        (delivery,) = rig.posted()
        status = providers.webhook_reader(rig.name).parse_event(rig.verify(delivery)).status
        assert status is not None
        found.append(status.status)
    assert found == ["reconnect_required", "ok"]


@pytest.mark.parametrize("variant", ["forged", "tampered", "unsigned"])
def test_what_is_not_genuine_is_refused(rig: Rig, variant: str) -> None:
    (delivery,) = rig.caught(variant=variant)
    with pytest.raises(InvalidSignature):
        rig.verify(delivery)


def test_what_is_old_is_stale(rig: Rig) -> None:
    (delivery,) = rig.caught(variant="stale")
    assert rig.verify(delivery).stale


def test_a_replay_is_the_same_event_and_another_one_is_not(rig: Rig) -> None:
    (first,), (again,), (other,) = rig.caught(), rig.caught(variant="replay"), rig.caught()
    assert rig.verify(first).event_id == rig.verify(again).event_id != rig.verify(other).event_id


@pytest.mark.parametrize("shape", ["native", "legacy", "oauth_v1"])
def test_snaptrades_shapes_are_all_read(snaptrade: Rig, shape: str) -> None:
    (delivery,) = snaptrade.caught(shape=shape)
    notice = providers.webhook_reader("snaptrade").parse_event(snaptrade.verify(delivery))
    assert notice.marks
    assert (notice.item_id, notice.source_id) == (snaptrade.access.item_id, snaptrade.source_id)


def test_plaids_key_is_asked_for_once_and_not_for_what_is_plainly_wrong(plaid: Rig) -> None:
    for delivery in [*plaid.caught(variant="unsigned"), *plaid.caught(variant="tampered")]:
        with pytest.raises(InvalidSignature):
            plaid.verify(delivery)
    assert plaid.simulators.calls("plaid", "/webhook_verification_key/get") == []
    for _ in range(3):
        plaid.verify(*plaid.caught())
    assert len(plaid.simulators.calls("plaid", "/webhook_verification_key/get")) == 1


def test_a_flood_of_forgeries_costs_few_calls_and_the_genuine_still_passes(plaid: Rig) -> None:
    plaid.verify(*plaid.caught())
    for delivery in plaid.caught(variant="forged", times=25, distinct=True):
        with pytest.raises((InvalidSignature, ProviderError)):
            plaid.verify(delivery)
    assert len(plaid.simulators.calls("plaid", "/webhook_verification_key/get")) <= 11
    plaid.verify(*plaid.caught())


def test_plaids_new_key_is_learned_and_its_expired_one_refused(plaid: Rig) -> None:
    (old,) = plaid.caught()
    httpx.post(f"{plaid.simulators.plaid_url}/_sim/rotate_key", json={"expire": True}).raise_for_status()
    (new,) = plaid.caught()
    assert plaid.verify(new).payload
    with pytest.raises(InvalidSignature):
        plaid.verify(old)


@pytest.mark.parametrize(
    ("kind", "order"), [("status", {"status": 503}), ("close", {}), ("malformed", {}), ("error", {"status": 429})]
)
def test_an_outage_of_plaids_key_service_is_no_verdict(plaid: Rig, kind: str, order: dict[str, object]) -> None:
    (delivery,) = plaid.caught()
    plaid.fault("/webhook_verification_key/get", kind, times=1, **order)
    with pytest.raises(ProviderError):
        plaid.verify(delivery)
    assert plaid.verify(delivery).payload
