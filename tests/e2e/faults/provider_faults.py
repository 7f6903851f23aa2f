"""Faults of the providers' APIs, of Plaid's key service and of webhook delivery."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.e2e.brokers import Provider, named
from tests.e2e.faults.answers import FAILS, FREE, LINKED, NO_ANSWER, OK, RETRIED, SLOWED_DOWN
from tests.e2e.faults.cloud import FaultyCloud
from tests.e2e.faults.dynamodb_faults import WEBHOOKS
from tests.e2e.faults.fault import Fault, at_providers, new_processes, on_aws, together
from tests.e2e.faults.proxy import call
from tests.e2e.faults.sources import newest_sources
from tests.support.drivers.waiting import wait_until

_HOLDINGS: Mapping[Provider, str] = {"plaid": "/investments", "snaptrade": "/accounts"}
_ONCE: Mapping[Provider, str] = {"plaid": "/item/public_token/exchange", "snaptrade": "/snapTrade/registerUser"}
"""What a provider answers once, with a credential."""

_KEYS: Mapping[Provider, str] = {"plaid": "/webhook_verification_key/get"}
_OUTAGE = FREE | {502}
_ATTEMPTS_BUT_ONE: Mapping[Provider, int] = {"plaid": 6, "snaptrade": 3}
_refuse_webhooks = on_aws(
    *(call("dynamodb", "TransactWriteItems", function=name, **FAILS) for name in WEBHOOKS), call("sqs", **SLOWED_DOWN)
)


@contextmanager
def _new_key(faulty: FaultyCloud) -> Iterator[None]:
    """Make Plaid sign with a key that no function has fetched yet."""
    faulty.brokers.order("plaid", "rotate_key")
    yield


@contextmanager
def _copies(faulty: FaultyCloud) -> Iterator[None]:
    """Deliver four copies of each event at once, and a fifth much later."""
    newest = newest_sources(faulty.brokers)
    for provider, source_id in newest.items():
        faulty.brokers.send_webhook(provider, **named(provider, source_id), times=4)
    yield
    for provider, source_id in newest.items():
        faulty.brokers.send_webhook(provider, **named(provider, source_id), variant="replay")


@contextmanager
def _out_of_order(faulty: FaultyCloud) -> Iterator[None]:
    """Deliver a two-minute-old `broken` event after a new `fixed` one, and an older update after a newer one."""
    about = named("snaptrade", newest_sources(faulty.brokers)["snaptrade"])
    yield
    faulty.brokers.send_webhook("snaptrade", **about, event_type="CONNECTION_FIXED")
    faulty.brokers.send_webhook("snaptrade", **about, event_type="CONNECTION_BROKEN", age_s=120)
    faulty.brokers.send_webhook("snaptrade", **about, age_s=200)


@contextmanager
def _until_the_last_attempt(faulty: FaultyCloud) -> Iterator[None]:
    """Compress 170.5 minutes of Plaid's retries and 90 minutes of SnapTrade's."""
    with _refuse_webhooks(faulty):
        yield
        for provider, attempts in _ATTEMPTS_BUT_ONE.items():
            wait_until(lambda: _tried(faulty, provider) >= attempts, "no retry")  # noqa: B023


def _tried(faulty: FaultyCloud, provider: Provider) -> int:
    deliveries = faulty.brokers.listed(provider, "deliveries", "deliveries")
    return max((one["attempt"] for one in deliveries if one["status"] is not None), default=0)


PROVIDERS: tuple[Fault, ...] = (
    Fault(
        "Plaid's key service",
        "responds 500",
        together(new_processes("WebhookPlaidFunction"), _new_key, at_providers(_KEYS, kind="status", status=500)),
        (RETRIED, FREE, OK),
        "Plaid's update appears later",
        "503: Plaid retries",
        short=True,
        felt=("webhook", 503),
        link_delay_s=5,  # two processes have three webhooks already
    ),
    Fault(
        "Plaid's key service",
        "hangs",
        together(new_processes("WebhookPlaidFunction"), _new_key, at_providers(_KEYS, kind="delay", delay_s=15)),
        (RETRIED | {NO_ANSWER}, FREE, OK),
        "Plaid's update appears later",
        "503 within Plaid's ten seconds, or none while two processes have four webhooks: Plaid retries",
        felt=("webhook", 503),
    ),
    Fault(
        "Providers' API",
        "responds 500",
        at_providers(_HOLDINGS, kind="status", status=500),
        (OK, _OUTAGE, OK),
        "the refresh says that the broker's service is down; the banner stays",
        "the next refresh, at once",
        short=True,
        felt=("provider", 500),
    ),
    Fault(
        "Providers' API",
        "responds 429 itself",
        at_providers(_HOLDINGS, kind="status", status=429, headers={"retry-after": "20"}),
        (OK, FREE, OK),
        "the seconds to wait; the banner stays",
        "the next refresh, after them",
        felt=("provider", 429),
    ),
    Fault(
        "Providers' API",
        "slow: responds after three seconds with the state before the update",
        at_providers(_HOLDINGS, kind="delay", delay_s=3),
        (OK, FREE, OK),
        "a refresh takes three seconds; an update that arrived meanwhile stays",
        "the next refresh",
        short=True,
        trade_delay_s=1.5,
    ),
    Fault(
        "Providers' API",
        "hangs",
        at_providers(_HOLDINGS, kind="delay", delay_s=40),
        (OK, FREE | {504}, OK),
        "the refresh gives up after 22 s and says so; the banner stays",
        "the next refresh",
    ),
    Fault(
        "Providers' API",
        "responses truncated",
        at_providers(_HOLDINGS, kind="truncated"),
        (OK, _OUTAGE, OK),
        "the refresh says that the broker's service is down; the banner stays",
        "the next refresh",
    ),
    Fault(
        "Providers' API",
        "the response to an exchange or a registration lost",
        at_providers(_ONCE, kind="close", performed=True, times=1),
        (OK, FREE, OK),
        "the connection is not made, and shown as not stored",
        "the user connects again",
        links=LINKED | {502},
        loses_items=True,
        short=True,
    ),
    Fault(
        "Deliveries",
        "each event four times at once, and again later",
        _copies,
        (OK, FREE, OK),
        "nothing",
        "copies are deduplicated",
        short=True,
    ),
    Fault(
        "Deliveries",
        "out of order",
        _out_of_order,
        (OK, FREE, OK),
        "nothing",
        "a status older than the stored one is refused; updates count in any order",
        short=True,
    ),
    Fault(
        "Deliveries",
        "accepted only at the providers' last attempt",
        _until_the_last_attempt,
        (RETRIED, FREE, OK),
        "the update appears hours later",
        "the providers' own schedules (Plaid 682.5 min, SnapTrade 3.5 h), compressed",
        felt=("webhook", 503),
    ),
    Fault(
        "Deliveries",
        "SnapTrade's retries arrive half an hour later, with the original time",
        _refuse_webhooks,
        (RETRIED | {403}, FREE, OK),
        "the update appears later",
        "403 and `check_due`: the reconciler checks SnapTrade at once and records the update",
        short=True,
        late=True,
        clicks=0,
        felt=("webhook", 403),
    ),
)
