"""Run conditional writes and transactions, and translate their errors.

DynamoDB cancels writes that conflict on one row. Neither botocore nor pynamodb retries those. `write` does, with full
jitter (docs/protocol.md, Conflicts).
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import CancellationReason, PynamoDBException, TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from tidings.concurrency import remaining_s
from tidings.errors import StateUnavailable, StoreUnavailable
from tidings.observability import emit_count, is_function
from tidings.store.tables import UpdateState, connection

_PATIENCE_S = 8.0
_FIRST_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 1.0
_CONFLICTS = frozenset(
    {"TransactionConflict", "TransactionConflictException", "ThrottlingError", "ProvisionedThroughputExceeded"}
)

T = TypeVar("T")


class LeftOver(PynamoDBException):
    """DynamoDB did only a part of a batch. The rest is to be sent again."""

    msg = "A part of the batch is left over"


class ConditionLost(Exception):
    """A condition failed. `lost`: for which items of the transaction. `items`: their raw rows, if requested."""

    def __init__(self, lost: tuple[bool, ...] = (True,), items: tuple[dict[str, Any] | None, ...] = (None,)) -> None:
        super().__init__()  # without arguments, which a log would show
        self.lost = lost
        self.items = items


def is_still(attribute: Any, value: object | None) -> Condition:  # noqa: ANN401 - a pynamodb attribute as its class has it
    """Require the value that was read, or that there is still none."""
    condition: Condition = attribute.does_not_exist() if value is None else attribute == value
    return condition


def write(attempt: Callable[[], T]) -> T:
    """Run one conditional write, and retry conflicts.

    Raises ConditionLost if a condition fails, StoreUnavailable if DynamoDB does not write in time.
    """
    try:
        return retry_conflicts(attempt)
    except PynamoDBException as error:
        failure = _translate(error)
        if isinstance(failure, StoreUnavailable) and is_function():
            emit_count("StoreWriteFailed", by_stack=True)
        raise failure from error


def retry_conflicts(attempt: Callable[[], T]) -> T:
    """Repeat the attempt with full jitter while it meets conflicts or leaves something over. Raises its last error."""
    give_up_at = time.monotonic() + min(_PATIENCE_S, remaining_s())
    pause = _FIRST_PAUSE_S
    while True:
        try:
            return attempt()
        except PynamoDBException as error:
            if not _is_conflict(error) or time.monotonic() + pause > give_up_at:
                raise
        time.sleep(random.uniform(0, pause))
        pause = min(2 * pause, _LONGEST_PAUSE_S)


def transact(build: Callable[[TransactWrite], None]) -> None:
    """Run the writes that `build` adds as one transaction. Each retry calls `build` again.

    `ConditionLost.lost` has pynamodb's order: condition checks, deletes, puts, updates.
    """

    def attempt() -> None:
        with TransactWrite(connection=connection) as transaction:
            build(transaction)

    write(attempt)


@contextmanager
def translate_read_errors(table: type | None = None) -> Iterator[None]:
    """Raise StoreUnavailable if a read fails, or StateUnavailable if `table` is UpdateState."""
    try:
        yield
    except (PynamoDBException, BotoCoreError, ClientError) as error:
        if is_function():
            emit_count("StoreReadFailed", by_stack=True)
        raise (StateUnavailable if table is UpdateState else StoreUnavailable) from error


def _is_conflict(error: PynamoDBException) -> bool:
    if isinstance(error, LeftOver):
        return True
    codes = [_code(error), *(reason.code for reason in _reasons(error) if reason)]
    return any(code in _CONFLICTS for code in codes)


def _code(error: PynamoDBException) -> str | None:
    """Return DynamoDB's error code. pynamodb's own property fails if the connection broke before a response."""
    return error.cause_response_code if isinstance(error.cause, ClientError) else None


def _reasons(error: PynamoDBException) -> list[CancellationReason | None]:
    """Return why a transaction was cancelled, by its items."""
    return error.cancellation_reasons if isinstance(error, TransactWriteError) else []


def _translate(error: PynamoDBException) -> Exception:
    if _is_conflict(error):
        return StoreUnavailable()
    reasons = _reasons(error)
    lost = tuple(reason is not None and reason.code == "ConditionalCheckFailed" for reason in reasons)
    if any(lost):
        return ConditionLost(lost, tuple(reason.raw_item if reason else None for reason in reasons))
    if _code(error) == "ConditionalCheckFailedException":
        return ConditionLost()
    return StoreUnavailable()
