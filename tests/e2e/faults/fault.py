"""What a fault of the matrix is, and the pieces that faults are made of."""

import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Literal

from tests.e2e.brokers import Provider
from tests.e2e.faults.cloud import FaultyCloud
from tests.e2e.faults.proxy import Rule

Injection = Callable[[FaultyCloud], AbstractContextManager[None]]
_NOTICED_S = 0.3
"""The gateway has seen that a process ended, and starts another one."""
NO_ANSWER = 0
"""The provider's connection was cut, or it hung up."""


@dataclass(frozen=True)
class Fault:
    """One row of the matrix, in force while updates arrive, the user clicks and the page polls.

    `allowed`: every status with which webhooks, refreshes and reads may be answered meanwhile.
    `short`: part of `make test`. `late`: SnapTrade's retries come too late to be believed at once.
    `felt`: a status that somebody must have seen, we at the provider, the provider
    of a webhook, or the user of a refresh. Where AWS fails, its spoiled calls are counted too.
    `ahead_s`: how far the fastest clock is ahead. `news_after_s`: after the clicks.
    """

    where: str
    what: str
    inject: Injection
    allowed: tuple[frozenset[int], frozenset[int], frozenset[int]]
    meanwhile: str
    recovery: str
    short: bool = False
    late: bool = False
    felt: tuple[Literal["webhook", "refresh", "provider"], int] | None = None
    ahead_s: int = 0
    clicks: int = 2
    news_after_s: float = 0

    @property
    def name(self) -> str:
        return f"{self.where}: {self.what}"

    @property
    def spoils_calls(self) -> bool:
        return self.where in {"DynamoDB", "KMS", "Secrets Manager", "SQS and DynamoDB"}


def on_aws(*rules: Rule) -> Injection:
    """Spoil calls of the functions to AWS."""
    return lambda faulty: faulty.proxy.rules(*rules)


def at_providers(path: Mapping[Provider, str], **fault: object) -> Injection:
    """Spoil calls to the providers' API whose paths begin so."""

    @contextmanager
    def inject(faulty: FaultyCloud) -> Iterator[None]:
        for provider, beginning in path.items():
            faulty.brokers.order(provider, "faults", path=beginning, **fault)
        try:
            yield
        finally:
            faulty.brokers.reset()

    return inject


@contextmanager
def new_processes(faulty: FaultyCloud) -> Iterator[None]:
    """Of the functions that keep secrets and keys in memory: they have read none yet."""
    for function in ("WebhookPlaidFunction", "WebhookSnapTradeFunction", "RefreshFunction"):
        faulty.machines.signal(function, signal.SIGKILL)
    time.sleep(_NOTICED_S)
    yield


def together(*injections: Injection) -> Injection:
    @contextmanager
    def inject(faulty: FaultyCloud) -> Iterator[None]:
        with ExitStack() as stack:
            for injection in injections:
                stack.enter_context(injection(faulty))
            yield

    return inject
