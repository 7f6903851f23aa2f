"""Run each handler call in a process of its own, forked from one warm process without threads.

The test connects, sends an invocation with its store fault, and receives the outcome. Each process ends
after five minutes.
"""

import gc
import importlib
import os
import pkgutil
import signal
import sys
import traceback
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pynamodb.exceptions import TransactWriteError, UpdateError
from pynamodb.transactions import TransactWrite

import tidings
from local.processes import Supervisor
from tests.support.aws.stack import ROOT
from tests.support.drivers.api_calls import ApiResponse, call, gateway_event
from tests.support.drivers.app import PREFIXES, load_handler
from tests.support.drivers.time_limits import lift_time_limits
from tests.support.fakes.clock import ClockAhead
from tests.support.fakes.providers import CapturedWebhook
from tests.support.faults.fault_injection import Crashed, MadeCall, Paused, StoreFault, inject_fault
from tidings import clock
from tidings.aws import clients
from tidings.aws.secrets import app_secret, clear_cache
from tidings.store import tables
from tidings.store.user_state import read_user_state

_LIFETIME_S = 300
_ROUTES = (
    "POST /plaid/webhook",
    "POST /api/snaptrade/webhook",
    "GET /pending-updates",
    "GET /holdings",
    "POST /holdings/refresh",
    "GET /connections",
    "SQS tasks",
    "SQS deferred webhooks",
    "SQS reconcile",
    "ROTATE /nobody",
)
"""One route per function, and the operator's command."""
_SERVICES = ("dynamodb", "kms", "secretsmanager", "sqs")


@dataclass(frozen=True)
class Invocation:
    """One event for one handler. `later_s`: how far the product's clock is ahead of the real one."""

    route: str
    event: dict[str, Any]
    later_s: float = 0
    store_fault: StoreFault = field(default_factory=StoreFault)


@dataclass(frozen=True)
class Completed:
    """The response, and the store calls that were made for it."""

    response: ApiResponse
    store_calls: tuple[MadeCall, ...]

    @property
    def operations(self) -> tuple[str, ...]:
        """The names of the store calls' operations."""
        return tuple(call.operation for call in self.store_calls)


@dataclass(frozen=True)
class HandlerFailure:
    """The traceback of an exception that escaped the handler."""

    trace: str


def request_invocation(route: str, cookie: str | None = None, *, body: object = None, **how: Any) -> Invocation:  # noqa: ANN401
    """Return the invocation of a front-end request. `{…}` in the route is filled from `parameters`."""
    parameters = how.pop("parameters", None)
    return Invocation(route, gateway_event(route, cookie=cookie, body=body, parameters=parameters), **how)


def refresh_invocation(cookie: str, provider: str | None = None, body: object = None, **how: Any) -> Invocation:  # noqa: ANN401
    return request_invocation(f"POST {PREFIXES.get(provider or '', '')}/holdings/refresh", cookie, body=body, **how)


def webhook_invocation(provider: str, caught: CapturedWebhook, **how: Any) -> Invocation:  # noqa: ANN401
    """Return the invocation of a webhook that the provider sent."""
    headers, body = caught
    route = f"POST {PREFIXES[provider]}/webhook"
    return Invocation(route, gateway_event(route, headers=headers, raw=body), **how)


Outcome = Completed | Paused | Crashed


class Worker:
    """A process of the pool."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def proceed(self) -> None:
        """Start, or continue after a pause."""
        self._connection.send(None)

    def outcome(self) -> Outcome:
        """Wait until the process ends, pauses or is killed as ordered."""
        assert self._connection.poll(_LIFETIME_S), "the process says nothing"
        heard = self._connection.recv()
        assert isinstance(heard, Completed | Paused | Crashed), getattr(heard, "trace", heard)
        return heard

    def done(self) -> Completed:
        outcome = self.outcome()
        assert isinstance(outcome, Completed), outcome
        return outcome

    def response(self) -> ApiResponse:
        return self.done().response


@dataclass(frozen=True)
class ProcessPool:
    address: str

    @classmethod
    def start(cls, supervisor: Supervisor, folder: Path, environment: dict[str, str]) -> "ProcessPool":
        address = str(folder / "pool")
        command = [sys.executable, "-m", "tests.support.drivers.process_pool", address]
        process = supervisor.start("pool", command, log=folder / "pool.log", env=environment, folder=ROOT)
        supervisor.wait_until(Path(address).exists, process)
        return cls(address)

    def start_process(self, invocation: Invocation) -> Worker:
        """Start the invocation in a process."""
        worker = self._ready([invocation])[0]
        worker.proceed()
        return worker

    def run_concurrently(self, invocations: Iterable[Invocation]) -> list[ApiResponse]:
        """Start all invocations together, each in a process of its own, and return their responses."""
        workers = self._ready(invocations)
        for worker in workers:
            worker.proceed()
        return [worker.response() for worker in workers]

    def run(self, invocation: Invocation) -> Outcome:
        """Run the invocation in a process and return its outcome."""
        return self.start_process(invocation).outcome()

    def _ready(self, invocations: Iterable[Invocation]) -> list[Worker]:
        connections = []
        for invocation in invocations:
            connection = Client(self.address)
            connection.send(invocation)
            connections.append(connection)
        for connection in connections:
            assert connection.recv() == "ready"
        return [Worker(connection) for connection in connections]


def main(address: str) -> None:
    _import_all()
    _build_models(BaseModel)
    lift_time_limits()
    for service in _SERVICES:
        clients.aws_client(service)
    _make_first_calls()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with Listener(address, backlog=256) as listener:
        while True:
            test = listener.accept()
            if os.fork() == 0:
                _work(test)
            test.close()


def _import_all() -> None:
    """Import all modules, including those that the product imports lazily."""
    importlib.import_module("simplejson")
    for route in _ROUTES:
        load_handler(route)
    for module in pkgutil.walk_packages(tidings.__path__, "tidings."):
        importlib.import_module(module.name)


def _build_models(model: type[BaseModel]) -> None:
    """Build the models that the product builds lazily: otherwise every process would spend 30 ms on it."""
    for derived in model.__subclasses__():
        derived.model_rebuild()
        _build_models(derived)


def _make_first_calls() -> None:
    """Make calls that change nothing: botocore prepares an operation at its first call, which takes longer than it.

    No process may share a connection with another, so all are closed.
    """
    row, exists = tables.ProviderItem("missing"), tables.ProviderItem.user_id.exists()
    with suppress(TransactWriteError), TransactWrite(connection=tables.connection) as transaction:
        transaction.condition_check(tables.ProviderItem, "missing", condition=exists)
    with suppress(UpdateError):
        row.update(actions=[tables.ProviderItem.user_id.set("nobody")], condition=exists)
    read_user_state("nobody")
    app_secret("plaid")
    assert call(load_handler("GET /holdings"), gateway_event("GET /holdings", cookie="missing")).status == 401
    clear_cache()
    for service in _SERVICES:
        clients.aws_client(service).close()


def _work(test: Connection) -> None:
    signal.alarm(_LIFETIME_S)
    try:
        invocation: Invocation = test.recv()
        store_calls = inject_fault(invocation.store_fault, test)
        clock.now_ms = ClockAhead(invocation.later_s).now_ms
        test.send("ready")
        test.recv()
        answered = call(load_handler(invocation.route), invocation.event)
        test.send(Completed(answered, tuple(store_calls)))
    except BaseException:  # noqa: BLE001 - the test gets it
        test.send(HandlerFailure(traceback.format_exc()))
    finally:
        os._exit(0)


if __name__ == "__main__":
    from tests.support.drivers import process_pool

    process_pool.main(sys.argv[1])
