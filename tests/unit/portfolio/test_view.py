"""The body of GET …/holdings, from stored snapshots and update state."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.fakes.portfolios import account, holding, snapshot
from tidings import clock
from tidings.holdings import Snapshot
from tidings.model import ProviderName, Source
from tidings.portfolio import view
from tidings.store.user_state import UserState

OLD = replace(
    snapshot("plaid", "old", holdings=[replace(holding(), source_id="old")]), fetch_began_at=1_700_000_000_000
)
NEW = replace(OLD, source_id="new", fetch_began_at=1_800_000_000_000)
BROKER = replace(OLD, provider="snaptrade", source_id="broker", fetch_began_at=1_600_000_000_000)
HEALTHY = Source("plaid", "old", "old", link_id="link")
BROKEN = Source("plaid", "new", "new", link_id="link", status="reconnect_required", last_error="login-required")


@pytest.fixture(autouse=True)
def _main_currency(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIN_CURRENCY", "USD")
    monkeypatch.setenv("EXCHANGE_RATES", "off")


def state_of(*rows: Source) -> UserState:
    return UserState(rows, retry_at={})


def test_snapshot_of_another_link_is_not_shown() -> None:
    state = state_of(HEALTHY, BROKEN._replace(link_id="again"), HEALTHY._replace(provider="snaptrade"))
    assert view.current_snapshots([NEW, OLD, BROKER], state) == [OLD]
    assert view.current_snapshots(iter([NEW, OLD]), None) == [NEW, OLD]


@pytest.mark.parametrize("order", [1, -1])
def test_body_dates_from_oldest_snapshot(order: int) -> None:
    body = view.portfolio_body([OLD, NEW][::order], {}, pending=True, currency="CAD")
    metadata = body["holdings"]["portfolio_metadata"]
    assert body["success"] is True
    assert (metadata["last_updated"], metadata["has_pending_updates"]) == (clock.iso(OLD.fetch_began_at), True)
    data = body["holdings"]["portfolio_data"]
    assert (data["total_portfolio_value"], data["converted_total"]["currency"]) == (Decimal(200), "CAD")


def test_body_without_snapshots_has_no_date() -> None:
    metadata = view.portfolio_body([], {}, pending=False, currency="USD")["holdings"]["portfolio_metadata"]
    assert metadata == {
        "has_pending_updates": False,
        "last_updated": None,
        "changed": False,
        "changes": {"added": 0, "removed": 0, "quantity_changed": 0, "rows": []},
        "warnings": [],
        "providers": {},
    }


@pytest.mark.parametrize("changed", ["plaid", "snaptrade"])
def test_body_is_changed_if_any_provider_is(changed: ProviderName) -> None:
    names: tuple[ProviderName, ...] = ("plaid", "snaptrade")
    outcomes = {name: view.stored_provider_outcome(name, [], None) for name in names}
    outcomes[changed]["changed"] = True
    bought = replace(OLD, holdings=(*OLD.holdings, holding("VTI", account_id="unreadable")))
    unreadable = replace(bought, accounts=(replace(account("unreadable"), readable=False),))
    body = view.portfolio_body([unreadable], outcomes, pending=False, currency="USD", changed=[(OLD, bought)])
    metadata = body["holdings"]["portfolio_metadata"]
    assert metadata["changed"] is True
    assert metadata["providers"] == outcomes
    assert metadata["changes"]["added"] == len(metadata["warnings"]) == 1


def test_any_source_of_the_providers_can_be_pending() -> None:
    pending = HEALTHY._replace(source_id="updated", generation=1)
    for rows in ((HEALTHY, pending), (pending, HEALTHY)):
        assert view.has_pending_updates(state_of(*rows), ["plaid"])
        assert view.has_pending_updates(state_of(*rows), ["snaptrade", "plaid"])
        assert not view.has_pending_updates(state_of(*rows), ["snaptrade"])
    assert not view.has_pending_updates(state_of(HEALTHY), ["plaid"])
    assert not view.has_pending_updates(None, ["plaid"])


@pytest.mark.parametrize("order", [1, -1])
def test_provider_dates_from_its_own_oldest_snapshot(order: int) -> None:
    shown: list[Snapshot] = [OLD, NEW, BROKER][::order]
    rows = [HEALTHY, HEALTHY._replace(source_id="new"), HEALTHY._replace(source_id="unfetched")]
    outcome = view.stored_provider_outcome("plaid", shown, state_of(*rows))
    old, new = clock.iso(OLD.fetch_began_at), clock.iso(NEW.fetch_began_at)
    assert (outcome["status"], outcome["as_of"], outcome["changed"]) == ("stored", old, None)
    assert {name: one["as_of"] for name, one in outcome["sources"].items()} == {
        "old": old,
        "new": new,
        "unfetched": None,
    }


def test_provider_is_stored_with_snapshot_or_source() -> None:
    assert view.stored_provider_outcome("plaid", [OLD], None)["status"] == "stored"
    assert view.stored_provider_outcome("plaid", [OLD], None)["sources"] == {}
    assert view.stored_provider_outcome("plaid", [], state_of(HEALTHY))["status"] == "stored"
    assert view.stored_provider_outcome("plaid", [BROKER], state_of())["status"] == "not_connected"
    assert view.stored_provider_outcome("plaid", [], None)["status"] == "not_connected"


def test_provider_needs_user_if_any_source_does() -> None:
    for rows in ((HEALTHY, BROKEN), (BROKEN, HEALTHY)):
        outcome = view.stored_provider_outcome("plaid", [OLD, NEW], state_of(*rows))
        assert outcome["status"] == "reconnect_required"
        sources = outcome["sources"]
        assert (sources["old"]["status"], sources["old"]["error"]) == ("stored", None)
        assert (sources["new"]["status"], sources["new"]["error"]) == ("reconnect_required", "login-required")
    other = view.stored_provider_outcome("snaptrade", [BROKER], state_of(BROKEN))
    assert (other["status"], other["sources"]) == ("stored", {})
