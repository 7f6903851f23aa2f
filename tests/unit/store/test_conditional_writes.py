"""Retries of writes that conflict, and what their errors mean."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError
from pynamodb.exceptions import (
    CancellationReason,
    GetError,
    PutError,
    PynamoDBException,
    TransactWriteError,
    VerboseClientError,
)

from tests.support.drivers.output import Output, capture_output
from tests.support.fakes.product_modules import replace_in_product
from tidings.concurrency import limit_time
from tidings.errors import StateUnavailable, StoreUnavailable
from tidings.store import conditional_writes
from tidings.store.conditional_writes import ConditionLost, LeftOver, retry_conflicts, translate_read_errors, write
from tidings.store.tables import HoldingsEntry, UpdateState

CONDITION = "ConditionalCheckFailed"
ROW = {"link_id": {"S": "l1"}}


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The longest pause before each retry. Each is taken in full, on a clock that only pauses move."""
    taken: list[float] = []

    def uniform(shortest: float, longest: float) -> float:
        assert shortest == 0
        return longest

    replace_in_product(monkeypatch, random, uniform=uniform)
    replace_in_product(monkeypatch, time, monotonic=lambda: sum(taken), sleep=taken.append)
    return taken


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str]) -> Iterator[Output]:
    """The metrics of this test."""
    with capture_output(capsys) as output:
        yield output


def client_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, "PutItem")


def failed(code: str) -> PutError:
    """Return the error of a single write."""
    return PutError("", client_error(code))


def cancelled(*codes: str | None) -> TransactWriteError:
    """Return the error of a cancelled transaction, with a reason for each of its items."""
    reasons = [None if code is None else CancellationReason(code, "", ROW) for code in codes]
    response = {"Error": {"Code": "TransactionCanceledException", "Message": ""}}
    return TransactWriteError("", VerboseClientError(response, "TransactWriteItems", cancellation_reasons=reasons))


def attempts(*errors: PynamoDBException) -> Callable[[], str]:
    """Return a write that fails with these errors, one after the other, and then succeeds."""
    left = iter(errors)

    def attempt() -> str:
        for error in left:
            raise error
        return "written"

    return attempt


CONFLICTS = [
    failed("TransactionConflictException"),
    cancelled("TransactionConflict"),
    cancelled(None, "TransactionConflict"),
    cancelled("ThrottlingError", None),
    cancelled(None, "ProvisionedThroughputExceeded"),
    cancelled(CONDITION, "TransactionConflict"),
    LeftOver(),
]


@pytest.mark.parametrize("conflict", CONFLICTS, ids=str)
def test_write_that_meets_conflict_is_retried(pauses: list[float], conflict: PynamoDBException) -> None:
    assert write(attempts(conflict, conflict)) == "written"
    assert pauses == [0.05, 0.1]


@pytest.mark.parametrize("conflict", CONFLICTS, ids=str)
def test_lasting_conflict_makes_store_unavailable(pauses: list[float], conflict: PynamoDBException) -> None:
    with pytest.raises(StoreUnavailable):
        write(attempts(*[conflict] * 30))
    assert pauses[:7] == [0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0]
    assert 7 < sum(pauses) <= 8


def test_pause_may_end_with_the_patience(pauses: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conditional_writes, "_FIRST_PAUSE_S", 1.0)
    with pytest.raises(LeftOver):
        retry_conflicts(attempts(*[LeftOver()] * 30))
    assert pauses == [1.0] * 8


def test_retries_end_with_the_time_limit(pauses: list[float]) -> None:
    with limit_time(0.5), pytest.raises(StoreUnavailable):
        write(attempts(*[LeftOver()] * 30))
    assert pauses == [0.05, 0.1, 0.2]


def test_single_lost_condition_names_its_item(pauses: list[float]) -> None:
    with pytest.raises(ConditionLost) as lost:
        write(attempts(failed("ConditionalCheckFailedException")))
    assert (lost.value.lost, lost.value.items) == ((True,), (None,))
    assert pauses == []


def test_cancelled_transaction_names_lost_conditions_and_rows(pauses: list[float]) -> None:
    with pytest.raises(ConditionLost) as lost:
        write(attempts(cancelled(None, CONDITION, "ValidationError")))
    assert (lost.value.lost, lost.value.items) == ((False, True, False), (None, ROW, ROW))
    assert pauses == []


def test_condition_lost_after_conflict_is_reported(pauses: list[float]) -> None:
    with pytest.raises(ConditionLost):
        write(attempts(cancelled("TransactionConflict", None), cancelled(None, CONDITION)))


@pytest.mark.parametrize(
    "error",
    [
        failed("ValidationException"),
        cancelled("ValidationError", None),
        TransactWriteError("", client_error("ValidationException")),
        PutError("", ReadTimeoutError(endpoint_url="https://aws.invalid")),
        PutError(""),
    ],
    ids=["rejected", "cancelled", "rejected transaction", "no response", "no cause"],
)
def test_other_error_makes_store_unavailable_at_once(
    pauses: list[float], output: Output, error: PynamoDBException
) -> None:
    with pytest.raises(StoreUnavailable) as unavailable:
        write(attempts(error))
    assert unavailable.value.__cause__ is error
    assert pauses == []
    assert output.metric_sum("StoreWriteFailed", stack="tidings-local") == 1


def test_lost_condition_shows_no_row() -> None:
    lost = ConditionLost((True,), (ROW,))
    assert "l1" not in f"{lost} {lost!r}", "it may be logged"


def test_lost_condition_is_no_failure_of_the_store(output: Output) -> None:
    with pytest.raises(ConditionLost):
        write(attempts(failed("ConditionalCheckFailedException")))
    assert output.text == ""


def test_operators_command_counts_no_failure(output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("METRICS_STACK")
    with pytest.raises(StoreUnavailable):
        write(attempts(failed("ValidationException")))
    with pytest.raises(StoreUnavailable), translate_read_errors():
        raise GetError("")
    assert output.text == ""


@pytest.mark.parametrize("error", [GetError(""), BotoCoreError(), client_error("ResourceNotFoundException")], ids=str)
@pytest.mark.parametrize(
    ("reading", "unavailable"),
    [
        (lambda: translate_read_errors(UpdateState), StateUnavailable),
        (lambda: translate_read_errors(HoldingsEntry), StoreUnavailable),
        (translate_read_errors, StoreUnavailable),
    ],
    ids=["update state", "another table", "any table"],
)
def test_failed_read_is_translated_and_counted(
    output: Output, error: Exception, reading: Callable[[], AbstractContextManager[None]], unavailable: type[Exception]
) -> None:
    with pytest.raises(StoreUnavailable) as raised, reading():
        raise error
    assert type(raised.value) is unavailable
    assert raised.value.__cause__ is error
    assert output.metric_sum("StoreReadFailed", stack="tidings-local") == 1


def test_error_of_the_caller_passes() -> None:
    with pytest.raises(KeyError), translate_read_errors():
        raise KeyError("entry")
