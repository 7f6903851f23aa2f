"""Run Lambda execution environments: one process each, one invocation at a time, reused until it fails."""

import asyncio
import json
import logging
import subprocess
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from local.gateway.lambda_variables import lambda_variables
from local.gateway.specification import Function, Gateway
from local.ports import loopback_socket

REQUEST_LIMIT = 6 * 1024 * 1024
RESPONSE_LIMIT = REQUEST_LIMIT + 100  # 6291556 bytes, the limit in Lambda's error message
_INIT_LIMIT_S = 30.0
_log = logging.getLogger("local.gateway")


class InvocationError(Exception):
    """The invocation failed: the function raised, crashed, timed out or returned too much."""


@dataclass
class Invocation:
    """One event that an environment processes."""

    event: bytes
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    started: asyncio.Future[bytes] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    result: asyncio.Future[bytes] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    deadline_ms: int = 0

    def fail(self, reason: str) -> None:
        """Fail the invocation, unless it has ended already."""
        if not self.result.done():
            self.result.set_exception(InvocationError(reason))

    def succeed(self, payload: bytes) -> None:
        """Complete the invocation with the function's response, unless it has ended already."""
        if not self.result.done():
            self.result.set_result(payload)


class Environment:
    """One function process and its state in the Runtime API."""

    def __init__(self, function: Function, process: asyncio.subprocess.Process) -> None:
        self.function = function
        self.current: Invocation | None = None
        self._is_terminating = False
        self._process = process
        self._inbox: asyncio.Queue[Invocation | None] = asyncio.Queue()
        self._watcher = asyncio.create_task(self._watch_process())

    @property
    def is_usable(self) -> bool:
        """Return whether the process can take another invocation."""
        return self._process.returncode is None and not self._is_terminating

    def fail_and_terminate(self, reason: str) -> None:
        """Fail the current invocation; the process is then stopped."""
        self._is_terminating = True
        if self.current is not None:
            self.current.fail(reason)

    async def next_invocation(self) -> Invocation | None:
        """Wait for the next event; return None if the process has ended."""
        invocation = await self._inbox.get()
        if invocation is not None:
            invocation.deadline_ms = int((time.time() + self.function.timeout_s) * 1000)
            invocation.started.set_result(invocation.event)
        return invocation

    async def invoke(self, event: bytes) -> bytes:
        """Run one event and return the response. Raises InvocationError if the invocation fails."""
        invocation = self.current = Invocation(event)
        self._inbox.put_nowait(invocation)
        try:
            await self._wait_until_started(invocation)
            return await asyncio.wait_for(asyncio.shield(invocation.result), self.function.timeout_s)
        except TimeoutError:
            self._is_terminating = True
            raise InvocationError(f"Task timed out after {self.function.timeout_s:.2f} seconds") from None
        finally:
            self.current = None
            if self._is_terminating:
                await self.stop()

    async def stop(self) -> None:
        """Kill the process and wait until it has ended."""
        if self._process.returncode is None:
            self._process.kill()
        await self._watcher

    async def _wait_until_started(self, invocation: Invocation) -> None:
        """Wait until the process has requested the event or has failed.

        Raises TimeoutError if neither happens within the limit for initialization.
        """
        started = invocation.started
        await asyncio.wait({started, invocation.result}, timeout=_INIT_LIMIT_S, return_when=asyncio.FIRST_COMPLETED)
        if not started.done() and not invocation.result.done():
            raise TimeoutError

    async def _watch_process(self) -> None:
        status = await self._process.wait()
        if self.current is not None:
            self.current.fail(f"Runtime.ExitError: the process ended with {status}")
        self._inbox.put_nowait(None)


class Slot:
    """The place of one environment: the socket of its Runtime API, and the current environment, if any."""

    def __init__(self, function: Function, gateway: Gateway, log: BinaryIO) -> None:
        self.socket = loopback_socket(0)
        self.port: int = self.socket.getsockname()[1]
        self.environment: Environment | None = None
        self._stopped = False
        self._function = function
        self._command = [gateway.python, "-m", "awslambdaric", function.handler]
        self._variables = lambda_variables(function, self.port, gateway)
        self._log = log

    @property
    def is_warm(self) -> bool:
        """Return whether an environment is ready for the next invocation."""
        return self.environment is not None and self.environment.is_usable

    async def invoke(self, event: bytes) -> bytes:
        """Run one event in the warm environment or in a new one. Raises InvocationError if the invocation fails."""
        if self.environment is None or not self.environment.is_usable:
            self.environment = Environment(self._function, await self._start())
        if self._stopped:
            await self.environment.stop()
            raise InvocationError("the gateway is stopping")
        return await self.environment.invoke(event)

    async def stop(self) -> None:
        """Stop the environment and start no other."""
        self._stopped = True
        if self.environment is not None:
            await self.environment.stop()

    async def _start(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *self._command,
            cwd=self._function.folder,
            env=self._variables,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
        )


class FunctionService:
    """The Lambda service for one function: a limited number of environments; further invocations wait."""

    def __init__(self, function: Function, gateway: Gateway) -> None:
        self.function = function
        self._log_path = Path(gateway.logs) / f"{function.logical_id}.log"
        self._log_path.unlink(missing_ok=True)
        self._log = self._log_path.open("ab", buffering=0)
        self.slots = [Slot(function, gateway, self._log) for _ in range(gateway.concurrency)]
        self._idle_slots = list(self.slots)
        self._idle_count = asyncio.Semaphore(gateway.concurrency)
        self._running: set[asyncio.Task[bytes]] = set()
        self._stopping = False

    async def invoke(self, event: bytes, give_up_after_s: float | None = None) -> bytes:
        """Run one event and return the response.

        Raises InvocationError if the invocation fails, and TimeoutError if the caller gives up first; it then runs on.
        Waiting for a free environment does not count, because AWS would start another one.
        """
        await self._idle_count.acquire()
        if self._stopping:
            raise InvocationError("the gateway is stopping")
        task = asyncio.create_task(self._run(self._idle_slots.pop(), event))
        self._running.add(task)
        task.add_done_callback(self._forget)
        return await asyncio.wait_for(asyncio.shield(task), give_up_after_s)

    async def stop(self) -> None:
        """Stop every environment and fail its invocation."""
        self._stopping = True
        for slot in self.slots:
            await slot.stop()
        if self._running:
            await asyncio.wait(self._running)
        self._log.close()

    async def _run(self, slot: Slot, event: bytes) -> bytes:
        try:
            return await slot.invoke(event)
        except InvocationError as error:
            if not self._stopping:
                self._log_error(str(error))
            raise
        finally:
            if slot.is_warm:
                self._idle_slots.append(slot)
            else:
                self._idle_slots.insert(0, slot)
            self._idle_count.release()

    def _forget(self, task: asyncio.Task[bytes]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # Retrieve the error: asyncio warns about unretrieved ones if the caller has given up

    def _log_error(self, reason: str) -> None:
        self._log.write((json.dumps({"level": "ERROR", "message": reason}) + "\n").encode())
        _log.error("%s: %s (see %s)", self.function.logical_id, reason.split(":")[0], self._log_path)
