"""Faults of Lambda's processes: killed, frozen, timed out, with wrong clocks."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.e2e.faults.answers import BROKEN_OFF, FREE, LINK_FAILED, LINKED, OK
from tests.e2e.faults.cloud import FaultyCloud
from tests.e2e.faults.dynamodb_faults import WEBHOOKS
from tests.e2e.faults.fault import Fault, Injection, at_providers, on_aws, together
from tests.e2e.faults.proxy import call

_slow_transactions = on_aws(call("dynamodb", "TransactWriteItems", latency=500))
_slow_exchanges = at_providers(
    {"plaid": "/item/public_token/exchange", "snaptrade": "/snapTrade/registerUser"}, kind="delay", delay_s=1
)
_slow_providers = at_providers({"plaid": "/investments", "snaptrade": "/accounts"}, kind="delay", delay_s=1)


def _killed(*functions: str, every_s: float, times: int) -> Injection:
    @contextmanager
    def inject(faulty: FaultyCloud) -> Iterator[None]:
        with ExitStack() as stack:
            for function in functions:
                stack.enter_context(faulty.machines.killed(function, every_s=every_s, times=times))
            yield

    return inject


def _frozen(*functions: str, after_s: float, for_s: float) -> Injection:
    @contextmanager
    def inject(faulty: FaultyCloud) -> Iterator[None]:
        with ExitStack() as stack:
            for function in functions:
                stack.enter_context(faulty.machines.frozen(function, after_s=after_s, for_s=for_s))
            yield

    return inject


def _clocks(*ahead_s: float) -> Injection:
    return lambda faulty: faulty.machines.clocks(*ahead_s)


FUNCTIONS: tuple[Fault, ...] = (
    Fault(
        "Lambda",
        "webhooks killed during their transactions, repeatedly",
        together(_slow_transactions, _killed(*WEBHOOKS, every_s=0.9, times=3)),
        (OK | BROKEN_OFF, FREE, OK),
        "the update appears a little later",
        "the provider retries if it got no response: counted, or a duplicate",
        short=True,
    ),
    Fault(
        "Lambda",
        "refreshes killed while the provider responds",
        together(_slow_providers, _killed("RefreshFunction", every_s=1.4, times=2)),
        (OK, FREE | BROKEN_OFF, OK),
        "the refresh fails; the banner stays, and for a minute a click shows how long to wait",
        "the cooldown expires; the next refresh",
        short=True,
    ),
    Fault(
        "Lambda",
        "webhooks suspended for longer than the provider waits",
        together(_slow_transactions, _frozen(*WEBHOOKS, after_s=0.8, for_s=11.5)),
        (OK | BROKEN_OFF, FREE, OK),
        "the update appears a little later",
        "the provider retries; the suspended process resumes, and finds its event recorded or records it",
    ),
    Fault(
        "Lambda",
        "refreshes suspended midway",
        together(_slow_providers, _frozen("RefreshFunction", after_s=0.8, for_s=4)),
        (OK, FREE, OK),
        "a refresh takes longer",
        "nothing to recover",
    ),
    Fault(
        "Lambda",
        "links killed while the provider responds, and again",
        together(_slow_exchanges, _killed("ConnectionsFunction", "TasksFunction", every_s=1.3, times=2)),
        (OK, FREE, OK),
        "the connection fails, and may be shown as not stored",
        "the webhook's task completes it, or the user connects again",
        links=LINKED | BROKEN_OFF,
        loses_items=True,
        short=True,
    ),
    Fault(
        "Lambda",
        "refreshes suspended beyond their time limit of 29 s",
        together(_slow_providers, _frozen("RefreshFunction", after_s=0.8, for_s=31)),
        (OK, BROKEN_OFF | {429}, OK),
        "the refresh fails; the banner stays, and for a minute a click shows how long to wait",
        "the cooldown expires; the next refresh",
    ),
    Fault(
        "Clocks",
        "one machine 4 min ahead, the next 45 s behind",
        _clocks(240, -45),
        (OK, FREE, OK),
        "at most one additional refresh",
        "generations decide, not clocks",
        short=True,
        ahead_s=240,
        links=LINK_FAILED,
    ),
    Fault(
        "Clocks",
        "one machine 10 min ahead, the next 10 min behind",
        _clocks(600, -600),
        (OK | {403}, FREE, OK),
        "the update appears later; at most one additional refresh",
        "a webhook outside the replay window is refused, and its provider retries",
        ahead_s=600,
        links=LINK_FAILED,
    ),
    Fault(
        "Clocks",
        "3 min behind everywhere",
        _clocks(-180),
        (OK | {403}, FREE, OK),
        "the update appears later",
        "a webhook from the future is refused, and its provider retries",
        felt=("webhook", 403),
    ),
)
