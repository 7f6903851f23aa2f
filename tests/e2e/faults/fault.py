"""Define a fault of the matrix, and the parts of which faults are composed."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Literal

from tests.e2e.brokers import Provider
from tests.e2e.faults.answers import LINKED
from tests.e2e.faults.cloud import FaultyCloud
from tests.e2e.faults.proxy import Rule

Injection = Callable[[FaultyCloud], AbstractContextManager[None]]


@dataclass(frozen=True)
class Fault:
    """One row of the matrix, active while brokers send updates, the user clicks and the page polls.

    `allowed`: the statuses that webhooks, refreshes and reads may return under the fault; `links`: those that a
    completed connection and a new SnapTrade user may get. `loses_items`: it cuts between a provider's answer and our
    write.
    `short`: part of `make test`. `late`: SnapTrade's retries are delayed, so a status check must confirm them.
    `felt`: a status that proves the fault was met: of a provider's API, of a webhook or of a refresh.
    Where AWS fails, its spoiled calls are counted too; other injections check themselves that they were met.
    `ahead_s`: lead of the fastest clock. `trade_delay_s`, `link_delay_s`: time between the clicks and the
    trades or links.
    """

    where: str
    what: str
    inject: Injection
    allowed: tuple[frozenset[int], frozenset[int], frozenset[int]]
    meanwhile: str
    recovery: str
    links: frozenset[int] = LINKED
    loses_items: bool = False
    short: bool = False
    late: bool = False
    felt: tuple[Literal["webhook", "refresh", "provider"], int] | None = None
    ahead_s: int = 0
    clicks: int = 2
    trade_delay_s: float = 0
    link_delay_s: float = 0

    @property
    def name(self) -> str:
        return f"{self.where}: {self.what}"

    @property
    def spoils_calls(self) -> bool:
        return self.where in {"DynamoDB", "KMS", "Secrets Manager", "SQS and DynamoDB", "AppSync"}


def on_aws(*rules: Rule) -> Injection:
    """Make the functions' calls to AWS fail."""
    return lambda faulty: faulty.proxy.rules(*rules)


def at_providers(path: Mapping[Provider, str], **fault: object) -> Injection:
    """Make calls to the providers' APIs fail if their paths have these prefixes."""

    @contextmanager
    def inject(faulty: FaultyCloud) -> Iterator[None]:
        for provider, beginning in path.items():
            faulty.brokers.order(provider, "faults", path=beginning, **fault)
        try:
            yield
        finally:
            faulty.brokers.reset()

    return inject


def new_processes(*functions: str) -> Injection:
    """Restart functions, so that what they cache is empty."""

    @contextmanager
    def inject(faulty: FaultyCloud) -> Iterator[None]:
        faulty.machines.restart(*functions)
        yield

    return inject


def together(*injections: Injection) -> Injection:
    @contextmanager
    def inject(faulty: FaultyCloud) -> Iterator[None]:
        with ExitStack() as stack:
            for injection in injections:
                stack.enter_context(injection(faulty))
            yield

    return inject
