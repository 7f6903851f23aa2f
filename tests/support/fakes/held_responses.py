"""Hold a provider's responses until the test releases them. The simulators run in the test's process."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.support.drivers.waiting import PATIENCE_S
from tests.support.fakes.providers import Providers


@contextmanager
def hold_responses(providers: Providers, provider: str, path: str) -> Iterator[Callable[[], None]]:
    """Hold every response below the path; yield the function that releases them. They are also released at the end.

    The release removes all the provider's faults.
    """
    plaid = provider == "plaid"
    order = providers.plaid if plaid else providers.snaptrade
    release = (providers.plaid_simulator if plaid else providers.snaptrade_simulator).controls.faults.clear
    order("faults", path=path, kind="delay", delay_s=PATIENCE_S)
    try:
        yield release
    finally:
        release()
