"""Webhooks as the simulators post them: over a wire, signed for real."""

import pytest

from tests.providers.contract.conftest import Rig
from tests.support.drivers.loopback import loopback
from tidings import providers
from tidings.errors import InvalidSignature, ProviderError

pytestmark = pytest.mark.invariant(id="I5")

TRADES = {"plaid": "HOLDINGS:DEFAULT_UPDATE", "snaptrade": "ACCOUNT_HOLDINGS_UPDATED"}


def test_trade_webhook_names_its_source(rig: Rig) -> None:
    rig.control("trade", ticker="AAPL", quantity="1")
    caught = rig.posted()
    assert caught
    for delivery in caught:
        notice = providers.webhook_reader(rig.name).parse_event(rig.verify(delivery))
        assert (notice.kind, notice.marks) == (TRADES[rig.name], True)
        assert (notice.item_id, notice.source_id) == (rig.access.item_id, rig.source_id)


def test_break_and_repair_webhooks_change_status(rig: Rig) -> None:
    found = []
    for command in ("break", "repair"):
        rig.control(command)
        (delivery,) = rig.posted()
        status = providers.webhook_reader(rig.name).parse_event(rig.verify(delivery)).status
        assert status is not None
        found.append(status.status)
    assert found == ["reconnect_required", "ok"]


@pytest.mark.parametrize("variant", ["forged", "tampered", "unsigned"])
def test_forged_webhook_variant_is_rejected(rig: Rig, variant: str) -> None:
    (delivery,) = rig.caught(variant=variant)
    with pytest.raises(InvalidSignature):
        rig.verify(delivery)


def test_old_webhook_is_stale(rig: Rig) -> None:
    (delivery,) = rig.caught(variant="stale")
    assert rig.verify(delivery).stale


def test_replayed_webhook_has_the_same_event_id(rig: Rig) -> None:
    (first,), (again,), (other,) = rig.caught(), rig.caught(variant="replay"), rig.caught()
    assert rig.verify(first).event_id == rig.verify(again).event_id != rig.verify(other).event_id


@pytest.mark.parametrize("shape", ["native", "legacy", "oauth_v1"])
def test_every_snaptrade_webhook_shape_is_parsed(snaptrade: Rig, shape: str) -> None:
    (delivery,) = snaptrade.caught(shape=shape)
    notice = providers.webhook_reader("snaptrade").parse_event(snaptrade.verify(delivery))
    assert notice.marks
    assert (notice.item_id, notice.source_id) == (snaptrade.access.item_id, snaptrade.source_id)


def test_plaid_key_is_fetched_once_and_not_for_invalid_headers(plaid: Rig) -> None:
    for delivery in [*plaid.caught(variant="unsigned"), *plaid.caught(variant="tampered")]:
        with pytest.raises(InvalidSignature):
            plaid.verify(delivery)
    assert plaid.simulators.calls("plaid", "/webhook_verification_key/get") == []
    for _ in range(3):
        plaid.verify(*plaid.caught())
    assert len(plaid.simulators.calls("plaid", "/webhook_verification_key/get")) == 1


def test_many_forged_webhooks_cost_few_key_calls(plaid: Rig) -> None:
    plaid.verify(*plaid.caught())
    for delivery in plaid.caught(variant="forged", times=25, distinct=True):
        with pytest.raises((InvalidSignature, ProviderError)):
            plaid.verify(delivery)
    assert len(plaid.simulators.calls("plaid", "/webhook_verification_key/get")) <= 11
    plaid.verify(*plaid.caught())


def test_new_plaid_key_is_fetched_and_expired_key_rejected(plaid: Rig) -> None:
    (old,) = plaid.caught()
    loopback.post(f"{plaid.simulators.plaid_url}/_sim/rotate_key", json={"expire": True}).raise_for_status()
    (new,) = plaid.caught()
    assert plaid.verify(new).payload
    with pytest.raises(InvalidSignature):
        plaid.verify(old)


@pytest.mark.parametrize(
    ("kind", "order"), [("status", {"status": 503}), ("close", {}), ("malformed", {}), ("error", {"status": 429})]
)
def test_plaid_key_service_outage_raises_provider_error(plaid: Rig, kind: str, order: dict[str, object]) -> None:
    (delivery,) = plaid.caught()
    plaid.fault("/webhook_verification_key/get", kind, times=1, **order)
    with pytest.raises(ProviderError):
        plaid.verify(delivery)
    assert plaid.verify(delivery).payload
