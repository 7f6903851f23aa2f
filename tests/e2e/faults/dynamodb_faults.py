"""Faults of DynamoDB: throttling, errors, hangs, slow and lost responses."""

from tests.e2e.faults.answers import (
    ANSWER_LOST,
    CONFLICT,
    FAILS,
    FREE,
    HANGS,
    OK,
    REFUSED,
    RETRIED,
    THROTTLED,
    TOO_LATE,
    UNAVAILABLE,
    Effect,
    times,
)
from tests.e2e.faults.fault import Fault, on_aws
from tests.e2e.faults.proxy import Rule, call

WEBHOOKS = ("WebhookPlaidFunction", "WebhookSnapTradeFunction")
_TRANSACTION = "TransactWriteItems"


def _of_webhooks(effect: Effect) -> list[Rule]:
    return [call("dynamodb", _TRANSACTION, function=name, **effect) for name in WEBHOOKS]


DYNAMODB: tuple[Fault, ...] = (
    Fault(
        "DynamoDB",
        "two of three calls throttled",
        on_aws(call("dynamodb", **THROTTLED, **times(2, 1))),
        (RETRIED, REFUSED, OK | UNAVAILABLE),
        "responses take a moment longer, some ask to try again",
        "at once: the SDK retries, else the queue, else the provider",
        short=True,
    ),
    Fault(
        "DynamoDB",
        "every call throttled",
        on_aws(call("dynamodb", **THROTTLED)),
        (RETRIED, UNAVAILABLE, UNAVAILABLE),
        "the page keeps its holdings and asks to try again",
        "the first call that succeeds; webhooks from the queue",
    ),
    Fault(
        "DynamoDB",
        "every transaction of a webhook responds 500",
        on_aws(*_of_webhooks(FAILS)),
        (OK, FREE, OK),
        "the update appears a little later",
        "the queue has the webhooks, which are then processed",
        short=True,
    ),
    Fault(
        "DynamoDB",
        "every transaction of a refresh responds 500 (snapshot and clear)",
        on_aws(call("dynamodb", _TRANSACTION, function="RefreshFunction", **FAILS)),
        (OK, REFUSED, OK),
        "the refresh asks to try again; the banner stays",
        "the next refresh",
        short=True,
    ),
    Fault(
        "DynamoDB",
        "slow: 0.4 s a call",
        on_aws(call("dynamodb", latency=400)),
        (OK, FREE, OK),
        "everything takes a second or two",
        "nothing to recover",
    ),
    Fault(
        "DynamoDB",
        "webhooks' transactions hang",
        on_aws(*_of_webhooks(HANGS)),
        (OK, FREE, OK),
        "the update appears a little later",
        "after 6 s the queue has the webhooks, which are then processed",
    ),
    Fault(
        "DynamoDB",
        "every write hangs",
        on_aws(*(call("dynamodb", operation, **HANGS) for operation in (_TRANSACTION, "UpdateItem"))),
        (OK, UNAVAILABLE, OK),
        "a refresh asks to try again after 15 s",
        "webhooks from the queue; the next refresh",
    ),
    Fault(
        "DynamoDB",
        "every write's connection cut",
        on_aws(*(call("dynamodb", operation, reset=True) for operation in (_TRANSACTION, "UpdateItem"))),
        (OK, UNAVAILABLE, OK),
        "a refresh asks to try again; the update appears a little later",
        "webhooks from the queue; the next refresh",
        short=True,
    ),
    Fault(
        "DynamoDB",
        "two of three connections cut before the call arrives",
        on_aws(call("dynamodb", reset=True, **times(2, 1))),
        (RETRIED, REFUSED, OK | UNAVAILABLE),
        "responses take a moment longer, some ask to try again",
        "at once: the SDK retries, else the queue, else the provider",
    ),
    Fault(
        "DynamoDB",
        "transactions committed, their responses lost",
        on_aws(call("dynamodb", _TRANSACTION, **ANSWER_LOST, **times(2, 1))),
        (OK, REFUSED, OK),
        "nothing, or a refresh that asks to try again although it succeeded",
        "the retry finds its own record and is a duplicate",
        short=True,
    ),
    Fault(
        "DynamoDB",
        "cooldowns acquired, the responses lost",
        on_aws(call("dynamodb", "UpdateItem", about="claim#", **ANSWER_LOST, times=2)),
        (OK, OK, OK),
        "nothing",
        "the repeated write finds its own cooldown",
        short=True,
        felt=("refresh", 200),
        clicks=1,
    ),
    Fault(
        "DynamoDB",
        "transactions committed after their caller gave up",
        on_aws(call("dynamodb", _TRANSACTION, **TOO_LATE)),
        (OK, REFUSED, OK),
        "a refresh asks to try again after 15 s",
        "late, repeated and queued writes of one event are deduplicated",
    ),
    Fault(
        "DynamoDB",
        "a storm of conflicts: one of six transactions succeeds",
        on_aws(call("dynamodb", _TRANSACTION, **CONFLICT, **times(5, 1))),
        (OK, REFUSED, OK),
        "a refresh takes a second longer",
        "at once: retries with jitter",
        short=True,
        felt=("refresh", 200),
    ),
    Fault(
        "DynamoDB",
        "conflicts without end",
        on_aws(call("dynamodb", _TRANSACTION, **CONFLICT)),
        (OK, REFUSED, OK),
        "the banner stays; a refresh asks to try again",
        "the queue has the webhooks; the next refresh",
    ),
)
