"""The stack's account on a real engine: MiniStack, a process of its own on an ephemeral port."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from local.account import ACCOUNT
from local.ministack import MiniStack
from local.ports import free_block
from local.processes import Supervisor
from tests.support.aws.account import DEFERRED_WEBHOOKS, RECONCILE, TASKS, provision
from tests.support.aws.stack import ROOT
from tests.support.drivers.loopback import loopback_client


@dataclass(frozen=True)
class Engine:
    """`dynamodb`: a client that reads the tables without the product."""

    url: str
    dynamodb: Any
    supervisor: Supervisor
    http: httpx.Client

    @property
    def queue_urls(self) -> dict[str, str]:
        """Queue URLs by environment variable, as a function has them."""
        names = {
            "TASKS_QUEUE_URL": TASKS,
            "DEFERRED_WEBHOOKS_QUEUE_URL": DEFERRED_WEBHOOKS,
            "RECONCILE_QUEUE_URL": RECONCILE,
        }
        return {variable: f"{self.url}/{ACCOUNT}/{name}" for variable, name in names.items()}

    def empty(self) -> None:
        """Delete the rows of all tables."""
        self._post("empty")

    def keep(self) -> None:
        """Keep the rows of all tables as they are now, in place of those kept before."""
        self._post("keep")

    def restore(self) -> None:
        """Return all tables to the rows that were kept last."""
        self._post("restore")

    def _post(self, action: str) -> None:
        self.http.post(f"{self.url}/tables/{action}").raise_for_status()


@contextmanager
def real_engine(folder: Path) -> Iterator[Engine]:
    """Start MiniStack with its state and log in `folder`; everything that the supervisor started ends with it."""
    with Supervisor() as supervisor, loopback_client() as http:
        app = ("tests.support.aws.restorable_engine:app", "--app-dir", str(ROOT))
        ministack = MiniStack(supervisor, free_block(1), folder / "state", folder / "ministack.log", app)
        ministack.start()
        ministack.wait()
        yield Engine(ministack.url, provision(ministack.url), supervisor, http)
