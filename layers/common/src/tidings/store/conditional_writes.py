"""How a conditional write ends: done, lost to its condition, or not done at all.

DynamoDB cancels writes that meet on one row, and neither botocore nor pynamodb tries those again; we do, with full
jitter, for as long as a provider waits for its answer.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException, TransactWriteError
from pynamodb.transactions import TransactWrite

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


class ConditionLost(Exception):
    """A condition did not hold. `lost`: which of the transaction's items; `items`: those rows, raw, where asked for."""

    def __init__(self, lost: tuple[bool, ...] = (True,), items: tuple[dict[str, Any] | None, ...] = (None,)) -> None:
        super().__init__()
        self.lost = lost
        self.items = items


def write(attempt: Callable[[], T]) -> T:
    """Run one conditional write. Raises ConditionLost, or StoreUnavailable if DynamoDB does not write it in time."""
    try:
        return _retry_conflicts(attempt)
    except StoreUnavailable:
        if is_function():
            emit_count("StoreWriteFailed", by_stack=True)
        raise


def _retry_conflicts(attempt: Callable[[], T]) -> T:
    give_up_at = time.monotonic() + _PATIENCE_S
    pause = _FIRST_PAUSE_S
    while True:
        try:
            return attempt()
        except PynamoDBException as error:
            if not _is_conflict(error):
                raise _outcome(error) from error
            if time.monotonic() + pause > give_up_at:
                raise StoreUnavailable from error
        time.sleep(random.uniform(0, pause))
        pause = min(2 * pause, _LONGEST_PAUSE_S)


def transact(build: Callable[[TransactWrite], None]) -> None:
    """Run `build`'s writes as one transaction, anew on every try. pynamodb orders: checks, deletes, puts, updates."""

    def attempt() -> None:
        with TransactWrite(connection=connection) as transaction:
            build(transaction)

    write(attempt)


@contextmanager
def translate_read_errors(table: type | None = None) -> Iterator[None]:
    """Turn whatever goes wrong with a read into StoreUnavailable (StateUnavailable for the update state)."""
    try:
        yield
    except (PynamoDBException, BotoCoreError, ClientError) as error:
        if is_function():
            emit_count("StoreReadFailed", by_stack=True)
        raise (StateUnavailable if table is UpdateState else StoreUnavailable) from error


def _is_conflict(error: PynamoDBException) -> bool:
    if isinstance(error, TransactWriteError) and _code(error) == "TransactionCanceledException":
        return any(reason is not None and reason.code in _CONFLICTS for reason in error.cancellation_reasons)
    return _code(error) in _CONFLICTS


def _code(error: PynamoDBException) -> str | None:
    """DynamoDB's word for it. pynamodb's own property fails where a connection was cut: there was no answer."""
    return error.cause_response_code if isinstance(error.cause, ClientError) else None


def _outcome(error: PynamoDBException) -> Exception:
    if isinstance(error, TransactWriteError) and _code(error) == "TransactionCanceledException":
        reasons = error.cancellation_reasons
        lost = tuple(reason is not None and reason.code == "ConditionalCheckFailed" for reason in reasons)
        if any(lost):
            return ConditionLost(lost, tuple(reason.raw_item if reason else None for reason in reasons))
    if _code(error) == "ConditionalCheckFailedException":
        return ConditionLost()
    return StoreUnavailable()
