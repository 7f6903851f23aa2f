"""Test `make run` as a process: its error messages, and that it leaves no process behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from local.cloud import ROOT
from local.ports import free_block, loopback_socket
from local.settings import PORTS_TAKEN
from tests.support.drivers.loopback import loopback, loopback_client
from tests.support.drivers.waiting import PATIENCE_S, wait_until

Starter = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def port() -> int:
    return free_block(PORTS_TAKEN)


@pytest.fixture
def start(tmp_path: Path, port: int) -> Iterator[Starter]:
    """Start `make run` with its own ports and state folder, and stop it after the test."""
    started: list[subprocess.Popen[str]] = []
    # A shell's background job ignores SIGINT, and so would what it starts.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    def run(**environment: str) -> "subprocess.Popen[str]":
        variables = {**os.environ, "PORT": str(port), "TIDINGS_STATE_DIR": str(tmp_path / "state"), **environment}
        command = [sys.executable, "-m", "local.run"]
        process = subprocess.Popen(
            command, cwd=ROOT, env=variables, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        started.append(process)
        return process

    try:
        yield run
    finally:
        for process in started:
            process.kill()
            process.communicate()
        signal.signal(signal.SIGINT, before)


def _is_healthy(port: int) -> bool:
    health = f"http://127.0.0.1:{port}/_local/health"
    try:
        return loopback.get(health).status_code == 200
    except httpx.HTTPError:
        return False


def _descendants(pid: int) -> set[int]:
    listing = subprocess.run(["ps", "-axo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout  # noqa: S607
    parents = {int(child): int(parent) for child, parent in (line.split() for line in listing.splitlines())}
    found, unread = set(), {pid}
    while unread:
        unread = {child for child, parent in parents.items() if parent in unread}
        found |= unread
    return found


def _alive(pids: set[int]) -> set[int]:
    listing = subprocess.run(["ps", "-axo", "pid=,stat="], capture_output=True, text=True, check=True).stdout  # noqa: S607
    running = {int(pid) for pid, state in (line.split() for line in listing.splitlines()) if not state.startswith("Z")}
    return pids & running


def _start_and_use(start: Starter, port: int) -> tuple["subprocess.Popen[str]", set[int]]:
    """Start `make run`, invoke a function, and return the process with all its descendants."""
    process = start()
    wait_until(lambda: process.poll() is not None or _is_healthy(port), "the local cloud did not get up")
    assert process.poll() is None, process.communicate()
    assert loopback.get(f"http://127.0.0.1:{port}/pending-updates").status_code == 401
    processes = _descendants(process.pid)
    assert len(processes) >= 6  # reaper, MiniStack, two simulators, gateway, one environment
    return process, processes


def test_run_listens_on_loopback_only_and_ends_every_process_on_sigterm(start: Starter, port: int) -> None:
    process, processes = _start_and_use(start, port)
    _assert_loopback_only(range(port, port + PORTS_TAKEN - 1))

    process.send_signal(signal.SIGTERM)
    output, errors = process.communicate(timeout=PATIENCE_S)

    assert (process.returncode, errors) == (0, "")
    assert f"http://127.0.0.1:{port}" in output
    assert _alive(processes) == set()


def _assert_loopback_only(ports: range) -> None:
    outside = socket.gethostbyname(socket.gethostname())
    for port in ports:
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S):
            pass
        if not outside.startswith("127."):
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((outside, port), timeout=PATIENCE_S)


def test_run_ends_every_process_on_sigint_during_a_request(start: Starter, port: int) -> None:
    process, processes = _start_and_use(start, port)
    front, plaid = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port + 3}"
    fault = {"path": "/link/token/create", "kind": "delay", "delay_s": 300}
    loopback.post(f"{plaid}/_sim/faults", json=fault).raise_for_status()

    with loopback_client(base_url=front, headers={"origin": front}) as browser:
        browser.post("/_local/login", json={"user_id": "u", "email": "u@example.com"}).raise_for_status()
        with ThreadPoolExecutor(1) as pool:
            response = pool.submit(browser.post, "/plaid/create-connection-url", json={})
            calls = f"{plaid}/_sim/calls"
            wait_until(lambda: bool(loopback.get(calls).json()["calls"]), "Plaid was not called")
            process.send_signal(signal.SIGINT)
            output, errors = process.communicate(timeout=PATIENCE_S)

    assert response.result().status_code == 500
    assert (process.returncode, errors) == (0, "")
    assert f"http://127.0.0.1:{port}" in output
    assert _alive(processes) == set()


def test_killed_run_leaves_no_process(start: Starter, port: int) -> None:
    process, processes = _start_and_use(start, port)

    process.kill()

    wait_until(lambda: not _alive(processes), "some of its processes are still there")


@pytest.mark.parametrize("after_s", [0.4, 0.8, 1.3])
def test_run_stopped_while_starting_leaves_no_process(start: Starter, port: int, after_s: float) -> None:
    process = start()
    time.sleep(after_s)
    processes = _descendants(process.pid)

    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE_S)

    assert _alive(processes) == set()
    for offset in range(PORTS_TAKEN):
        loopback_socket(port + offset).close()


def test_run_ends_when_a_component_crashes(start: Starter, port: int) -> None:
    process, processes = _start_and_use(start, port)
    listing = subprocess.run(["ps", "-axo", "pid=,args="], capture_output=True, text=True, check=True).stdout  # noqa: S607
    (simulator,) = [
        int(line.split()[0])
        for line in listing.splitlines()
        if "local.simulators.plaid" in line and int(line.split()[0]) in processes
    ]

    os.kill(simulator, signal.SIGKILL)
    _, errors = process.communicate(timeout=PATIENCE_S)

    assert process.returncode == 1
    assert errors.startswith("make run: plaid simulator ended (signal SIGKILL), see ")
    assert _alive(processes) == set()


def _error_line(process: "subprocess.Popen[str]") -> str:
    _, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1
    assert errors.count("\n") == 1, errors
    return errors


@pytest.mark.parametrize("offset", [0, 3, 5])
def test_run_reports_a_used_port_in_one_line(start: Starter, port: int, offset: int) -> None:
    with loopback_socket(port + offset) as occupied:
        occupied.listen()
        message = _error_line(start())

    assert f"port {port + offset} (" in message
    assert "PORT=4000 make run" in message


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"PORT": "many"}, "PORT is 'many': choose a number"),
        ({"MINISTACK_VENV": "nowhere"}, "nowhere is missing: run `make environments`"),
    ],
)
def test_run_reports_bad_settings_in_one_line(start: Starter, environment: dict[str, str], message: str) -> None:
    assert message in _error_line(start(**environment))
