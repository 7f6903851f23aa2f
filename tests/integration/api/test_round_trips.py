"""The number of DynamoDB calls that each flow takes."""

import pytest

from tests.support.aws.aws_calls import OperationRecorder
from tests.support.drivers.app import App, LinkedSource, ProviderName
from tests.support.fakes.clock import StoppedClock
from tidings.exchange_rates import lookup

PROVIDERS: list[ProviderName] = ["plaid", "snaptrade"]


@pytest.fixture(params=PROVIDERS)
def linked(
    app: App, cookie: str, request: pytest.FixtureRequest, store_calls: OperationRecorder, stopped_clock: StoppedClock
) -> LinkedSource:
    """A fetched source whose cooldown has expired; the recorded store calls are cleared.

    A webhook came before, so that the process has Plaid's key.
    """
    linked = app.link(cookie, request.param)
    app.send_webhook(linked)
    assert app.refresh(cookie, linked.provider).status == 200
    stopped_clock.advance(61)
    store_calls.operations.clear()
    return linked


def test_webhook_takes_two_store_calls(app: App, linked: LinkedSource, store_calls: OperationRecorder) -> None:
    assert [answered.json["status"] for answered in app.send_webhook(linked)] == ["marked"]
    assert store_calls.operations == ["GetItem", "TransactWriteItems"]


def test_duplicate_webhook_takes_two_store_calls(
    app: App, linked: LinkedSource, store_calls: OperationRecorder
) -> None:
    app.send_webhook(linked)
    store_calls.operations.clear()
    assert [answered.json["status"] for answered in app.send_webhook(linked, variant="replay")] == ["duplicate"]
    assert store_calls.operations == ["GetItem", "TransactWriteItems"]


def test_orphan_webhook_takes_two_store_calls(app: App, store_calls: OperationRecorder) -> None:
    [caught] = app.providers.capture_webhooks("snaptrade", user_id="nobody's")
    assert app.deliver("snaptrade", caught).json["status"] == "orphan"
    assert store_calls.operations == ["GetItem", "TransactWriteItems"]


@pytest.mark.parametrize("variant", ["forged", "tampered", "unsigned"])
def test_unverified_webhook_takes_no_store_call(
    app: App, linked: LinkedSource, store_calls: OperationRecorder, variant: str
) -> None:
    app.send_webhook(linked, variant=variant)
    names_unknown_key = linked.provider == "plaid" and variant == "forged"
    assert store_calls.operations == ["GetItem"] * names_unknown_key


def test_pending_poll_takes_two_store_calls(
    app: App, cookie: str, linked: LinkedSource, store_calls: OperationRecorder
) -> None:
    app.pending(cookie)
    app.pending(cookie, linked.provider)
    assert store_calls.operations == ["GetItem", "Query"] * 2


def test_holdings_read_takes_four_store_calls_then_three(
    app: App, cookie: str, linked: LinkedSource, store_calls: OperationRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first read of a process also reads the exchange rates, in one call for all days."""
    monkeypatch.setenv("MAIN_CURRENCY", "EUR")
    lookup.forget()
    app.holdings(cookie)
    app.holdings(cookie, linked.provider)
    assert store_calls.operations == ["GetItem", "Query", "Query", "Query", "GetItem", "Query", "Query"]


def test_holdings_in_the_wanted_currency_need_no_rates(app: App, cookie: str, store_calls: OperationRecorder) -> None:
    app.link(cookie, "plaid")
    body = """{"accounts": [{"account_id": "a", "type": "investment"}], "item": {},
        "holdings": [{"account_id": "a", "security_id": "s", "quantity": 2, "institution_price": 3,
                      "institution_value": 6, "iso_currency_code": "USD"}],
        "securities": [{"security_id": "s", "ticker_symbol": "X", "type": "equity"}]}"""
    app.providers.plaid("faults", path="/investments/holdings/get", kind="status", status=200, body=body)
    assert app.refresh(cookie, "plaid").status == 200
    lookup.forget()
    store_calls.operations.clear()
    assert app.holdings(cookie)["holdings"]["portfolio_data"]["converted_total"]["value"] == 6
    assert store_calls.operations == ["GetItem", "Query", "Query"]


def test_refresh_rejected_by_cooldown_writes_nothing(
    app: App, cookie: str, linked: LinkedSource, store_calls: OperationRecorder
) -> None:
    app.refresh(cookie, linked.provider)
    store_calls.operations.clear()
    assert app.refresh(cookie, linked.provider).status == 429
    assert set(store_calls.operations) <= {"GetItem", "Query", "BatchGetItem", "UpdateItem"}
    assert store_calls.operations.count("UpdateItem") == 1, "the claim that was lost"


def test_unauthenticated_read_takes_one_store_call(app: App, store_calls: OperationRecorder) -> None:
    app.request("GET /holdings", "nobody's")
    app.request("GET /pending-updates", "nobody's")
    assert store_calls.operations == ["GetItem", "GetItem"]
