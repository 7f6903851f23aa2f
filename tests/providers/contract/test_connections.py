"""Connecting and disconnecting at the simulators."""

import time

import pytest

from tests.providers.contract.conftest import APPS, Rig
from tests.support.drivers.loopback import loopback
from tests.support.fakes.providers import Providers
from tidings import providers
from tidings.errors import BadRequest, ProviderError, ProviderMisconfigured, TidingsError
from tidings.model import Access
from tidings.providers.plaid import connections as plaid_connections
from tidings.providers.snaptrade import connections as snaptrade_connections

WEBHOOK = "https://hooks.example.com/plaid"
BACK = "https://app.example.com/connected"


def soon() -> float:
    return time.monotonic() + 60


def test_repeated_disconnect_succeeds_at_provider(rig: Rig) -> None:
    for _ in range(2):
        providers.connection_remover(rig.name).remove_connection(rig.access, rig.source_id, soon())
    with pytest.raises(TidingsError):
        rig.fetch()


def test_outage_during_disconnect_keeps_connection(rig: Rig) -> None:
    rig.fault({"plaid": "/item/remove", "snaptrade": "/connection"}[rig.name], "status", status=503, times=1)
    with pytest.raises(ProviderError):
        providers.connection_remover(rig.name).remove_connection(rig.access, rig.source_id, soon())
    assert rig.fetch().holdings


def test_hosted_link_returns_the_linked_item(simulators: Providers) -> None:
    app = APPS["plaid"]
    token = plaid_connections.create_link_token(app, "user-1", WEBHOOK, BACK, soon())
    assert token.url.startswith(simulators.plaid_url)
    assert abs(token.expires_at / 1000 - time.time() - 4 * 3600) < 60
    assert token.token not in repr(token)
    assert not plaid_connections.get_link_result(app, token.token, soon()).finished
    assert loopback.post(token.url).headers["location"].startswith(BACK)
    result = plaid_connections.get_link_result(app, token.token, soon())
    assert result.finished
    (item,) = result.items
    assert item.institution
    exchanged = plaid_connections.exchange_public_token(app, item.public_token, soon())
    assert plaid_connections.fetch_institution_name(app, exchanged.access_token) == item.institution
    assert exchanged.access_token not in repr(exchanged)
    access = Access(app, exchanged.item_id, exchanged.access_token)
    assert providers.holdings_reader("plaid").fetch(access, exchanged.item_id, soon()).holdings
    with pytest.raises(BadRequest):
        plaid_connections.exchange_public_token(app, item.public_token, soon())


def test_update_mode_repairs_the_item(plaid: Rig) -> None:
    plaid.control("break")
    token = plaid_connections.create_link_token(
        plaid.access.app, "user-1", WEBHOOK, None, soon(), access_token=plaid.access.credential
    )
    loopback.post(token.url)
    assert plaid_connections.get_link_result(plaid.access.app, token.token, soon()).finished
    assert plaid.fetch().holdings


def test_unknown_plaid_token_is_a_bad_request(plaid: Rig) -> None:
    with pytest.raises(BadRequest):
        plaid_connections.exchange_public_token(plaid.access.app, "public-sandbox-invented", soon())
    with pytest.raises(BadRequest):
        plaid_connections.get_link_result(plaid.access.app, "link-sandbox-invented", soon())


@pytest.mark.parametrize(("kind", "delay_s"), [("status", 0), ("malformed", 0), ("delay", 30)])
def test_missing_institution_name_is_none(
    simulators: Providers, monkeypatch: pytest.MonkeyPatch, kind: str, delay_s: float
) -> None:
    monkeypatch.setattr(plaid_connections, "NAME_TIMEOUT_S", 0.3)
    public_token = simulators.plaid_public_token(WEBHOOK)
    exchanged = plaid_connections.exchange_public_token(APPS["plaid"], public_token, soon())
    simulators.plaid("faults", path="/item/get", kind=kind, delay_s=delay_s, times=1)
    assert plaid_connections.fetch_institution_name(APPS["plaid"], exchanged.access_token) is None


def test_snaptrade_user_registers_once_and_connects_through_portal(simulators: Providers) -> None:
    app, user_id = APPS["snaptrade"], f"user_{time.monotonic_ns()}"
    access = Access(app, user_id, snaptrade_connections.register(app, user_id, soon()))
    with pytest.raises(snaptrade_connections.UserExists):
        snaptrade_connections.register(app, user_id, soon())
    portal = snaptrade_connections.create_portal(access, soon(), broker="ALPACA", redirect_uri=BACK)
    assert abs(portal.expires_at / 1000 - time.time() - 300) < 60
    assert loopback.post(portal.url).status_code < 400
    (found,) = providers.source_lister("snaptrade").discover(access, [], soon())
    assert found.institution == "Alpaca"
    again = snaptrade_connections.create_portal(access, soon(), reconnect=found.source_id)
    assert again.url != portal.url


def test_portal_without_options_has_a_valid_signature(snaptrade: Rig) -> None:
    assert snaptrade_connections.create_portal(snaptrade.access, soon()).url


def test_deleted_snaptrade_user_can_be_deleted_again(snaptrade: Rig) -> None:
    for _ in range(2):
        snaptrade_connections.delete_user(snaptrade.access.app, snaptrade.access.item_id, soon())
    with pytest.raises(TidingsError):
        snaptrade.fetch()
    with pytest.raises(ProviderMisconfigured):
        snaptrade_connections.delete_user({"client_id": "SIM-SNAPTRADE", "consumer_key": "wrong"}, "user", soon())
