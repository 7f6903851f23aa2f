"""Faults of other AWS services: KMS, Secrets Manager, SQS, and all of them unreachable."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.e2e.faults.answers import (
    ANSWER_LOST,
    BROKEN_OFF,
    FAILS,
    FREE,
    HANGS,
    LINK_FAILED,
    NO_ANSWER,
    OK,
    REFUSED,
    RETRIED,
    SLOWED_DOWN,
    UNAVAILABLE,
    times,
)
from tests.e2e.faults.cloud import FaultyCloud
from tests.e2e.faults.dynamodb_faults import WEBHOOKS
from tests.e2e.faults.fault import Fault, new_processes, on_aws, together
from tests.e2e.faults.proxy import call

_TRANSACTION = "TransactWriteItems"
_without_secrets = new_processes(*WEBHOOKS, "RefreshFunction")


@contextmanager
def _away(faulty: FaultyCloud) -> Iterator[None]:
    """Outlast the providers' first three attempts."""
    faulty.cloud.stop_ministack()
    try:
        yield
    finally:
        faulty.cloud.start_ministack()


AWS: tuple[Fault, ...] = (
    Fault(
        "KMS",
        "throttled",
        on_aws(call("kms", **SLOWED_DOWN)),
        (OK, REFUSED, OK),
        "a refresh asks to try again; updates appear as usual",
        "the next refresh",
        short=True,
        links=LINK_FAILED,
    ),
    Fault(
        "KMS",
        "encrypts nothing",
        on_aws(call("kms", "Encrypt", **FAILS)),
        (OK, FREE, OK),
        "the connection fails, is shown as not stored, and the user connects again",
        "the item is ended at the provider",
        links=LINK_FAILED,
    ),
    Fault(
        "KMS",
        "two of three calls respond 500",
        on_aws(call("kms", **FAILS, **times(2, 1))),
        (OK, REFUSED, OK),
        "a refresh takes a moment longer",
        "at once: the SDK retries",
        links=LINK_FAILED,
    ),
    Fault(
        "KMS",
        "hangs",
        on_aws(call("kms", **HANGS)),
        (OK, REFUSED, OK),
        "a refresh asks to try again",
        "the next refresh",
        links=LINK_FAILED,
    ),
    Fault(
        "Secrets Manager",
        "responds 500 to new processes",
        together(_without_secrets, on_aws(call("secretsmanager", **FAILS))),
        (RETRIED, REFUSED, OK),
        "a refresh asks to try again; the update appears later",
        "the provider retries after the 503",
        short=True,
        links=LINK_FAILED,
    ),
    Fault(
        "Secrets Manager",
        "throttles and hangs in turn",
        together(
            _without_secrets,
            on_aws(call("secretsmanager", **SLOWED_DOWN, times=6), call("secretsmanager", **HANGS)),
        ),
        (RETRIED | {NO_ANSWER, 500, 502}, REFUSED | {500, 502, 504}, OK),
        "a refresh asks to try again; the update appears later",
        "the provider retries after a 5xx or a time-out",
        links=LINK_FAILED | BROKEN_OFF,
    ),
    Fault(
        "SQS",
        "every queue down",
        on_aws(call("sqs", **FAILS)),
        (RETRIED, FREE, OK),
        "nothing",
        "no update needs a queue while DynamoDB accepts it; a link's webhook does, and Plaid retries it after the 503",
        felt=("webhook", 200),
    ),
    Fault(
        "SQS and DynamoDB",
        "neither accepts a webhook",
        on_aws(
            *(call("dynamodb", _TRANSACTION, function=name, **FAILS) for name in WEBHOOKS), call("sqs", **SLOWED_DOWN)
        ),
        (RETRIED, FREE, OK),
        "the update appears later",
        "503: the provider retries",
        short=True,
    ),
    Fault(
        "SQS and DynamoDB",
        "the store refuses; the queue accepts each webhook and its response is lost",
        on_aws(
            *(call("dynamodb", _TRANSACTION, function=name, **FAILS) for name in WEBHOOKS),
            call("sqs", "SendMessage", **ANSWER_LOST, **times(1, 1)),
        ),
        (RETRIED, FREE, OK),
        "the update appears later",
        "delivered and queued twice, deduplicated",
    ),
    Fault(
        "AWS",
        "all four services down",
        _away,
        (RETRIED, UNAVAILABLE, UNAVAILABLE),
        "the page keeps its holdings and asks to try again",
        "503: the provider retries",
        felt=("webhook", 503),
        links=LINK_FAILED,
    ),
)
