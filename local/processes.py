"""Start and stop the local cloud's processes, each in its own process group; none outlives its parent."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from local.errors import LocalCloudError

_POLL_S = 0.05


class StoppedError(Exception):
    """A stop was requested while the local cloud was starting."""


@dataclass
class Process:
    """A started process that leads its own process group."""

    name: str
    log: Path | None
    popen: subprocess.Popen[bytes]

    @property
    def exit_reason(self) -> str | None:
        """Describe how the process ended; None while it runs."""
        status = self.popen.poll()
        if status is None:
            return None
        how = f"signal {signal.Signals(-status).name}" if status < 0 else f"exit code {status}"
        return f"{self.name} ended ({how})" + (f", see {self.log}" if self.log else "")

    def stop(self, timeout_s: float) -> None:
        """Send SIGTERM, wait up to `timeout_s`, then kill what remains of the process group."""
        if self.popen.poll() is None:
            self.popen.terminate()
            try:
                self.popen.wait(timeout_s)
            except subprocess.TimeoutExpired:
                self.kill()
        kill_group(self.popen.pid)

    def kill(self) -> None:
        """Kill the whole process group immediately."""
        kill_group(self.popen.pid)
        self.popen.wait()


def kill_group(group: int) -> None:
    """Send SIGKILL to a process group, if any process of it remains."""
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return
    except PermissionError:  # macOS raises this for a group that contains only zombies
        return


class Supervisor:
    """Starts processes, and stops them in reverse order when its `with` block ends.

    `local.process_reaper` ends them if this process is killed. The event `stopping` aborts waiting.
    """

    def __init__(self, stopping: threading.Event | None = None) -> None:
        self.stopping = stopping or threading.Event()
        self._processes: list[Process] = []
        self._reaper: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._reaper = subprocess.Popen(
            [sys.executable, "-S", "-E", str(Path(__file__).with_name("process_reaper.py"))],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in reversed(list(self._processes)):
            self.stop(process)
        if self._reaper is not None and self._reaper.stdin is not None:
            self._reaper.stdin.close()
            self._reaper.wait()

    def start(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path | None,
        env: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> Process:
        """Start a command in a folder; its output goes to `log`, or to the terminal without one."""
        output: IO[bytes] | None = None
        if log is not None:
            log.parent.mkdir(parents=True, exist_ok=True)
            output = log.open("wb")
        popen = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=None if env is None else dict(env),
            cwd=folder,
            start_new_session=True,
        )
        self._notify_reaper(f"+{popen.pid}")
        if output is not None:
            output.close()
        process = Process(name, log, popen)
        self._processes.append(process)
        return process

    def stop(self, process: Process, timeout_s: float = 10) -> None:
        """Stop a process; kill it if it has not ended within `timeout_s`."""
        self._processes.remove(process)
        process.stop(timeout_s)
        self._notify_reaper(f"-{process.popen.pid}")

    def wait_until(self, ready: Callable[[], bool], process: Process, timeout_s: float = 60) -> None:
        """Wait until `ready` returns true.

        Raises LocalCloudError if the process ends or the time runs out, and StoppedError if a stop is requested.
        """
        deadline = time.monotonic() + timeout_s
        while not ready():
            if exit_reason := process.exit_reason:
                raise LocalCloudError(exit_reason)
            if time.monotonic() > deadline:
                raise LocalCloudError(
                    f"{process.name} did not become ready within {timeout_s:.0f} s, see {process.log}"
                )
            if self.stopping.wait(_POLL_S):
                raise StoppedError

    def watch(self) -> str | None:
        """Wait for a stop request or the end of a process; return how that process ended, or None."""
        while not self.stopping.wait(_POLL_S * 4):
            for process in self._processes:
                if exit_reason := process.exit_reason:
                    return exit_reason
        return None

    def _notify_reaper(self, line: str) -> None:
        if self._reaper is None or self._reaper.stdin is None:
            raise LocalCloudError("start processes only inside `with Supervisor()`")
        self._reaper.stdin.write(f"{line}\n".encode())
        self._reaper.stdin.flush()
