"""Test the simulators as processes: their state survives, and they stop on a signal."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.providers.simulators.receiver import Receiver
from tests.providers.simulators.sdks import snaptrade_client
from tests.providers.simulators.verifiers import plaid_rejection
from tests.support.drivers.loopback import loopback_client

ROOT = Path(__file__).parents[3]
STOP_S = 120


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def process(name: str, state: Path, *options: str, end: signal.Signals = signal.SIGTERM) -> Iterator[httpx.Client]:
    port = free_port()
    command = [sys.executable, "-m", f"local.simulators.{name}", "--port", str(port), "--state", str(state), *options]
    child = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONWARNINGS": "error"}, stderr=subprocess.PIPE)
    try:
        with loopback_client(base_url=f"http://127.0.0.1:{port}") as client:
            _await_health(client, child)
            yield client
            child.send_signal(end)
            _, complaints = child.communicate(timeout=STOP_S)
            assert complaints == b""
    finally:
        child.kill()
        child.wait()


def _await_health(client: httpx.Client, child: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120
    while child.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(httpx.ConnectError):
            if client.get("/_sim/health").status_code == 200:
                return
        time.sleep(0.02)
    pytest.fail("the simulator did not come up")


def key_fetcher(sim: httpx.Client) -> Callable[[str], dict[str, Any]]:
    def fetch(kid: str) -> dict[str, Any]:
        body = {"client_id": "sim-plaid-client", "secret": "sim-plaid-secret", "key_id": kid}
        key: dict[str, Any] = sim.post("/webhook_verification_key/get", json=body).raise_for_status().json()["key"]
        return key

    return fetch


def test_plaid_simulator_keeps_its_key_after_a_restart(tmp_path: Path, receiver: Receiver) -> None:
    state = tmp_path / "plaid.json"
    with process("plaid", state) as sim:
        item = sim.post("/_sim/connect", json={"webhook": receiver.url}).json()
        sim.post("/_sim/webhook", json={"item_id": item["item_id"]})
    with process("plaid", state, end=signal.SIGINT) as sim:
        assert [held["item_id"] for held in sim.get("/_sim/items").json()["items"]] == [item["item_id"]]
        sim.post("/_sim/webhook", json={"item_id": item["item_id"]})
        assert [plaid_rejection(received, key_fetcher(sim)) for received in receiver.received] == [None, None]
    assert state.stat().st_mode & 0o077 == 0


def test_snaptrade_simulator_keeps_its_users_after_a_restart(tmp_path: Path, receiver: Receiver) -> None:
    state = tmp_path / "snaptrade.json"
    options = ("--webhook-url", receiver.url, "--client-id", "OTHER", "--consumer-key", "other-key")
    with process("snaptrade", state, *options) as sim:
        connected = sim.post("/_sim/connect", json={"user_id": "user-1", "silent": True}).json()
    with process("snaptrade", state, *options) as sim:
        sdk = snaptrade_client(str(sim.base_url), "OTHER", "other-key")
        listed = sdk.connections.list_brokerage_authorizations(user_id="user-1", user_secret=connected["user_secret"])
        assert [connection["id"] for connection in listed.body] == [connected["connection_id"]]


def test_simulator_stops_at_once_with_a_retry_pending(tmp_path: Path) -> None:
    with process("plaid", tmp_path / "plaid.json") as sim:
        sim.post("/_sim/retries", json={"mode": "real"})
        sim.post("/_sim/webhook", json={"item_id": "x", "url": "http://127.0.0.1:9/closed"})  # a retry is due in 30 s


def test_simulators_load_nothing_else_of_the_project() -> None:
    apps = ", ".join(f"local.simulators.{name}.app" for name in ("plaid", "snaptrade", "issuer"))
    command = [sys.executable, "-c", f"import sys, {apps}; print(*sys.modules)"]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.split()
    ours = [name for name in loaded if name.split(".")[0] in ("tidings", "tests", "local")]
    assert [name for name in ours if name != "local" and not name.startswith("local.simulators")] == []
