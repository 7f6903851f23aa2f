"""Which pauses of a flow show what another pause has shown already."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.faults.fault_injection import MadeCall
from tests.support.faults.interleavings import next_stop
from tests.support.faults.thread_order import follow_threads, known_calls, learn
from tests.support.faults.touched import Touched

READS_A = Touched.of_call("Query", {"TableName": "a"})
WRITES_A = Touched.of_call("UpdateItem", {"TableName": "a"})
READS_B = Touched.of_call("BatchGetItem", {"RequestItems": {"b": {}}})
WRITES_B = Touched.of_call("BatchWriteItem", {"RequestItems": {"b": []}})


def flow(*touched: Touched) -> list[MadeCall]:
    """Build the calls of a flow that makes them one after the other, and calls no provider."""
    return [MadeCall("", 0, one, frozenset(range(number))) for number, one in enumerate(touched)]


@pytest.mark.parametrize(
    ("call", "meanwhile", "following"),
    [
        (READS_A, READS_A, 2),
        (READS_A, WRITES_B, 2),
        (WRITES_A, READS_B | WRITES_B, 2),
        (READS_A, WRITES_A, 1),
        (WRITES_A, READS_A, 1),
        (WRITES_A, WRITES_A, 1),
    ],
)
def test_stop_counts_if_call_before_it_touches_what_action_writes(
    call: Touched, meanwhile: Touched, following: int
) -> None:
    assert next_stop(flow(call, WRITES_A | WRITES_B, READS_B), 0, meanwhile) == following


def test_several_stops_in_a_row_show_the_same() -> None:
    assert next_stop(flow(READS_B, READS_B, READS_B, READS_A, READS_B), 0, WRITES_A) == 4


def test_independent_call_at_the_end_leaves_no_stop() -> None:
    assert next_stop(flow(READS_A, READS_B, READS_B), 1, WRITES_A) == 3


def test_stop_counts_after_provider_call() -> None:
    first, second = flow(READS_B, READS_B)
    assert next_stop([first, MadeCall("", 1, second.touched, second.known_calls)], 0, WRITES_A) == 1


@pytest.mark.parametrize("concurrent", [(0, 1), (1, 2), (0, 2)])
def test_stop_counts_beside_concurrent_call(concurrent: tuple[int, int]) -> None:
    earlier, later = concurrent
    calls = flow(READS_B, READS_B, READS_B)
    calls[later] = MadeCall("", 0, READS_B, calls[later].known_calls - {earlier})
    assert next_stop(calls, 0, WRITES_A) == 1


def test_transaction_touches_tables_of_all_actions() -> None:
    actions = [{"Put": {"TableName": "a"}}, {"ConditionCheck": {"TableName": "b"}}]
    touched = Touched.of_call("TransactWriteItems", {"TransactItems": actions})
    assert touched == Touched(read=frozenset("b"), written=frozenset("a"))


def test_queue_counts_as_written_and_cipher_as_nothing() -> None:
    assert Touched.of_call("ReceiveMessage", {"QueueUrl": "q"}).written == {"q"}
    assert Touched.of_call("Decrypt", {}) == Touched()


def test_unknown_operation_is_refused() -> None:
    with pytest.raises(ValueError, match="DeleteTable"):
        Touched.of_call("DeleteTable", {"TableName": "a"})


@pytest.fixture
def followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Follow the threads of this process until the test ends."""
    replaced: list[tuple[Any, str]] = [
        (threading.Thread, "start"),
        (threading.Thread, "join"),
        (ThreadPoolExecutor, "submit"),
        (Future, "result"),
    ]
    for owner, method in replaced:
        monkeypatch.setattr(owner, method, getattr(owner, method))
    monkeypatch.setitem(vars(threading.current_thread()), "known_calls", set())
    follow_threads()


def make_call(number: int) -> frozenset[int]:
    """Make a call, and return those known to have ended before it."""
    known = known_calls()
    learn({number})
    return known


@pytest.mark.usefixtures("followed")
def test_thread_knows_calls_before_its_start_and_its_joiner_knows_its_own() -> None:
    seen: list[frozenset[int]] = []
    make_call(0)
    thread = threading.Thread(target=lambda: seen.append(make_call(1)))
    thread.start()
    assert make_call(2) == {0}
    thread.join()
    assert seen == [{0}]
    assert known_calls() == {0, 1, 2}


@pytest.mark.usefixtures("followed")
def test_work_knows_calls_before_it_and_its_result_passes_on_its_own() -> None:
    make_call(0)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(make_call, 1)
        assert make_call(2) == {0}
        assert first.result() == {0}
        assert make_call(3) == {0, 1, 2}
        assert pool.submit(make_call, 4).result() == {0, 1, 2, 3}


@pytest.mark.usefixtures("followed")
def test_call_that_another_thread_happens_to_have_ended_is_unknown() -> None:
    has_called, may_end = threading.Event(), threading.Event()

    def call_and_wait() -> None:
        make_call(0)
        has_called.set()
        may_end.wait()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(call_and_wait)
        has_called.wait()
        assert known_calls() == frozenset()
        may_end.set()
    assert known_calls() == {0}
