"""Local clouds of their own: a function killed in the middle, a provider without keys, a restart."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local.cloud import LocalCloud, Options, local_cloud
from local.ports import free_block
from local.settings import PORTS_TAKEN, Settings
from tests.e2e import leftovers, traces
from tests.e2e.brokers import Brokers, Provider, brokers_of
from tests.e2e.description import Description
from tests.e2e.user import PREFIX, User, browser, signed_in
from tests.support.drivers.waiting import wait_until

COOLDOWN_S = 3
PATIENCE_S = 120


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory, description: Description) -> Iterator[tuple[LocalCloud, Brokers]]:
    """Provide a user of a deployment with a short cooldown and without SnapTrade keys."""
    settings = Settings(
        port=0,
        state=tmp_path_factory.mktemp("hasty"),
        parameters={"RefreshCooldownSeconds": str(COOLDOWN_S)},
    )
    with local_cloud(settings, Options(secrets={"SnapTradeSecret": "{}"})) as cloud, brokers_of(cloud) as brokers:
        yield cloud, brokers
        traces.check_deliveries(brokers, description)
        leftovers.check(cloud, brokers, record=None)


@pytest.fixture
def hasty_user(hasty: tuple[LocalCloud, Brokers], description: Description) -> Iterator[User]:
    with signed_in(*hasty, description.check_crashed) as user:
        yield user


def test_refresh_killed_midway_loses_no_update(hasty_user: User) -> None:
    user, brokers = hasty_user, hasty_user.brokers
    item_id = user.link_and_refresh("plaid")
    user.end_cooldowns()
    assert set(brokers.trade("plaid", item_id, ticker="MSFT")) == {200}
    before = user.holdings()["portfolio_data"]
    brokers.reset()
    brokers.order("plaid", "faults", path="/investments/holdings/get", kind="delay", delay_s=20, times=1)

    began = time.monotonic()
    with ThreadPoolExecutor(1) as pool:
        refreshing = pool.submit(user.refresh, "plaid", 500)
        wait_until(lambda: brokers.calls("plaid"), "the refresh did not ask the provider")
        assert _kill(user.cloud, "refresh.lambda_handler") == 1
        assert refreshing.result() == {"message": "Internal Server Error"}

    assert user.is_pending("plaid")
    assert user.holdings()["portfolio_data"] == before
    _refresh_after_cooldown(user)
    assert time.monotonic() > began + COOLDOWN_S
    assert not user.is_pending("plaid")
    assert "MSFT" in {row["ticker"] for row in user.holdings()["portfolio_data"]["holdings"]}


def _refresh_after_cooldown(user: User) -> None:
    """Retry while the response is 429 with the seconds left. Fails if the cooldown lasts far longer."""
    deadline = time.monotonic() + PATIENCE_S
    while (answer := user.client.post("/plaid/holdings/refresh")).status_code == 429:
        assert 1 <= answer.json()["retry_after"] <= COOLDOWN_S
        assert time.monotonic() < deadline, "the killed refresh still holds its claim"
        time.sleep(0.2)
    assert answer.status_code == 200, answer.text


def test_provider_without_keys_leaves_other_usable(hasty_user: User) -> None:
    user, brokers = hasty_user, hasty_user.brokers
    for path in ("/api/snaptrade/create-connection-url", "/api/snaptrade/holdings/refresh"):
        assert user.call("POST", path, 503, {})["type"] == "urn:tidings:problem:not-configured"
    assert brokers.send_webhook("snaptrade", user_id="somebody") == [503]
    assert "WebhookAuthUnconfigured" in user.cloud.log("WebhookSnapTradeFunction")
    providers: tuple[Provider, ...] = ("plaid", "snaptrade")
    for provider in providers:
        user.call("GET", f"{PREFIX[provider]}/holdings")
        user.call("GET", f"{PREFIX[provider]}/pending-updates")

    item_id = user.link_plaid()
    assert set(brokers.trade("plaid", item_id)) == {200}
    outcomes = user.refresh()["holdings"]["portfolio_metadata"]["providers"]
    assert {name: one["status"] for name, one in outcomes.items()} == {"plaid": "fresh", "snaptrade": "not_configured"}


def test_paid_refresh_is_rejected_unless_enabled(hasty_user: User) -> None:
    user, brokers = hasty_user, hasty_user.brokers
    user.link_plaid()
    brokers.reset()
    assert user.refresh("plaid", 403, paid=True)["type"] == "urn:tidings:problem:paid-refresh-off"
    assert not [call for call in brokers.made() if call.endswith("/refresh")]
    assert user.call("GET", "/plaid/holdings/refresh")["status"] == "idle"


def test_state_survives_local_cloud_restart(tmp_path: Path, description: Description) -> None:
    settings = Settings(port=free_block(PORTS_TAKEN), state=tmp_path)
    with (
        local_cloud(settings) as cloud,
        brokers_of(cloud) as brokers,
        signed_in(cloud, brokers, description.check) as user,
    ):
        sources: dict[Provider, str] = {
            "plaid": user.link_and_refresh("plaid"),
            "snaptrade": user.link_and_refresh("snaptrade"),
        }
        assert set(user.brokers.trade("plaid", sources["plaid"], ticker="MSFT")) == {200}
        before = user.holdings(), _without_seconds(user), user.call("GET", "/connections")

        cookie, user_id = user.client.cookies["session_id"], user.user_id

    with (
        local_cloud(settings) as cloud,
        brokers_of(cloud) as brokers,
        browser(cloud, brokers, description.check, user_id) as user,
    ):
        user.client.cookies.set("session_id", cookie)
        assert (user.holdings(), _without_seconds(user), user.call("GET", "/connections")) == before
        assert set(user.brokers.trade("snaptrade", sources["snaptrade"])) == {200}
        user.end_cooldowns()
        outcomes = user.refresh()["holdings"]["portfolio_metadata"]["providers"]
        assert {one["status"] for one in outcomes.values()} == {"fresh"}


def _without_seconds(user: User) -> list[object]:
    """Return the pending state without fields that change with time."""
    return [{**one, "refresh_available_at": None} for one in user.pending()["providers"].values()]


def _kill(cloud: LocalCloud, handler: str) -> int:
    """Send SIGKILL to the warm processes of a function of this cloud, and return their number."""
    listing = subprocess.run(["ps", "-axwwo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout  # noqa: S607
    processes = [line.split(maxsplit=2) for line in listing.splitlines()]
    specification = str(cloud.logs.parent / "gateway.json")
    (gateway,) = [pid for pid, _, args in processes if args.endswith(specification)]
    environments = [int(pid) for pid, parent, args in processes if parent == gateway and args.endswith(handler)]
    for pid in environments:
        os.kill(pid, signal.SIGKILL)
    return len(environments)
