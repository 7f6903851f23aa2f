"""Which connections a SnapTrade user has, and how they are."""

import pytest

from tests.unit.providers.snaptrade_answers import SnapTrade
from tidings.errors import (
    ItemGone,
    ProviderNotReady,
    UnusableResponse,
)
from tidings.model import DiscoveredSource, StatusChange
from tidings.providers.snaptrade import holdings


class TestDiscovery:
    def test_discovery_lists_connections_with_status(self, snaptrade: SnapTrade) -> None:
        brokerage = {"name": "questrade", "display_name": "Questrade"}
        snaptrade.answers["/authorizations"] = [
            {"id": "conn-1", "brokerage": brokerage, "disabled": False},
            {"id": "conn-2", "brokerage": {"name": "Alpaca"}, "disabled": True},
            {"id": "conn-3", "brokerage": None, "disabled": None},
        ]
        broken = StatusChange("reconnect_required", "connection_disabled")
        assert holdings.discover(snaptrade.access, ["conn-1"], 0.0) == [
            DiscoveredSource("conn-1", "Questrade", StatusChange("ok")),
            DiscoveredSource("conn-2", "Alpaca", broken),
            DiscoveredSource("conn-3", None, StatusChange("ok")),
        ]
        assert snaptrade.calls == ["/authorizations"]

    def test_known_connection_is_gone_only_by_own_404(self, snaptrade: SnapTrade) -> None:
        snaptrade.answers |= {
            "/authorizations": [],
            "/authorizations/lagging": {"id": "lagging", "disabled": False},
            "/authorizations/gone": ItemGone(),
        }
        assert holdings.discover(snaptrade.access, ["lagging", "gone"], 0.0) == [
            DiscoveredSource("lagging", None, StatusChange("ok"))
        ]

    def test_discovery_fails_if_status_is_unavailable(self, snaptrade: SnapTrade) -> None:
        snaptrade.answers |= {"/authorizations": [], "/authorizations/known": ProviderNotReady()}
        with pytest.raises(ProviderNotReady):
            holdings.discover(snaptrade.access, ["known"], 0.0)

    @pytest.mark.parametrize("answer", [None, {}, {"detail": "x"}, [{"id": None}], ["conn-1"]])
    def test_discovery_rejects_unusable_list(self, snaptrade: SnapTrade, answer: object) -> None:
        snaptrade.answers["/authorizations"] = answer
        with pytest.raises(UnusableResponse):
            holdings.discover(snaptrade.access, ["known"], 0.0)
