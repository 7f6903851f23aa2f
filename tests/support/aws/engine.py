"""The stack's account on a real engine: MiniStack, a process of its own on an ephemeral port."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.account import ACCOUNT
from local.ministack import MiniStack
from local.ports import free_block
from local.processes import Supervisor
from tests.support.aws.account import DEFERRED_WEBHOOKS, RECONCILE, TASKS, provision


@dataclass(frozen=True)
class Engine:
    """`dynamodb`: a client that reads the tables without the product."""

    url: str
    dynamodb: Any
    supervisor: Supervisor

    @property
    def queue_urls(self) -> dict[str, str]:
        """Queue URLs by environment variable, as a function has them."""
        names = {
            "TASKS_QUEUE_URL": TASKS,
            "DEFERRED_WEBHOOKS_QUEUE_URL": DEFERRED_WEBHOOKS,
            "RECONCILE_QUEUE_URL": RECONCILE,
        }
        return {variable: f"{self.url}/{ACCOUNT}/{name}" for variable, name in names.items()}


@contextmanager
def real_engine(folder: Path) -> Iterator[Engine]:
    """Start MiniStack with its state and log in `folder`; everything that the supervisor started ends with it."""
    with Supervisor() as supervisor:
        ministack = MiniStack(supervisor, free_block(1), folder / "state", folder / "ministack.log")
        ministack.start()
        ministack.wait()
        yield Engine(ministack.url, provision(ministack.url), supervisor)
