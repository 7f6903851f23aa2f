"""Kill and freeze the processes that run the functions, and set their clocks wrong."""

import fcntl
import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.support.drivers.waiting import wait_until

CODE = Path(__file__).parent / "in_functions"
VARIABLE = "FAULTY_CLOUD"


@dataclass(frozen=True)
class Machines:
    """`folder`: where each process writes its id (`in_functions/sitecustomize.py`)."""

    folder: Path

    @contextmanager
    def clocks(self, *ahead_s: float) -> Iterator[None]:
        """Set the clocks of each function's processes, one after the other, in turn."""
        path = self.folder / "clocks"
        written = path.with_suffix(".new")
        written.write_text(json.dumps(ahead_s), "ascii")
        written.replace(path)
        try:
            yield
        finally:
            path.unlink()

    def spoiled(self) -> int:
        """Return the number of batches that were left over."""
        path = self.folder / "spoiled"
        return path.stat().st_size if path.exists() else 0

    @contextmanager
    def batches_left_over(self) -> Iterator[None]:
        """Have DynamoDB do only a part of two of three batches, or nothing of it."""
        path = self.folder / "left_over"
        path.touch()
        try:
            yield
        finally:
            path.unlink()

    @contextmanager
    def killed(self, function: str, *, every_s: float, times: int) -> Iterator[None]:
        """Kill all processes of a function repeatedly, including their replacements."""
        with _in_background(lambda: self.signal(function, signal.SIGKILL), every_s, times):
            yield

    @contextmanager
    def frozen(self, function: str, *, after_s: float, for_s: float) -> Iterator[None]:
        """Freeze all processes of a function for a while."""

        def freeze() -> None:
            stopped = self.signal(function, signal.SIGSTOP)
            threading.Event().wait(for_s)
            for pid in stopped:
                with suppress(ProcessLookupError):  # the gateway killed it at its time limit
                    os.kill(pid, signal.SIGCONT)

        with _in_background(freeze, after_s, 1):
            yield

    def restart(self, *functions: str) -> None:
        """Kill all processes of the functions, and wait until the gateway starts others for the next calls."""
        killed = [pid for function in functions for pid in self.signal(function, signal.SIGKILL)]
        wait_until(lambda: not any(map(_exists, killed)), "the gateway did not notice that a process ended")

    def signal(self, function: str, number: signal.Signals) -> list[int]:
        """Send the signal and return the pids that received it."""
        running = [pid for path in self.folder.glob(f"{function}.*") if (pid := _running(path)) is not None]
        for pid in running:
            os.kill(pid, number)
        return running


def _exists(pid: int) -> bool:
    """Return whether there is such a process: also an ended one, until its parent has taken notice."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _running(path: Path) -> int | None:
    """Return the pid of the process that holds the lock, or None."""
    with path.open("r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(file.read() or 0) or None
    return None


@contextmanager
def _in_background(act: Callable[[], object], every_s: float, times: int) -> Iterator[None]:
    over = threading.Event()

    def run() -> None:
        for _ in range(times):
            if over.wait(every_s):
                return
            act()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
