"""Time limits, and what threads get from the work that starts them."""

import math
import threading
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from functools import partial
from types import SimpleNamespace

import pytest

from tidings import concurrency
from tidings.concurrency import (
    CallTimeout,
    call_with_timeout,
    limit_time,
    remaining_s,
    run_concurrently,
    run_in_background,
)


@pytest.fixture
def stopped_time(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The clock of time limits, which stands still as while Lambda freezes a process."""
    stopped = SimpleNamespace(now=100.0)
    monkeypatch.setattr(concurrency, "time", SimpleNamespace(monotonic=lambda: stopped.now))
    return stopped


def test_work_without_limit_has_infinite_time() -> None:
    assert remaining_s() == math.inf


def test_limit_counts_down_to_zero(stopped_time: SimpleNamespace) -> None:
    with limit_time(10):
        assert remaining_s() == 10
        stopped_time.now += 4
        assert remaining_s() == 6
        stopped_time.now += 7
        assert remaining_s() == 0
    assert remaining_s() == math.inf


@pytest.mark.parametrize(("outer", "inner"), [(10, 3), (3, 10)])
def test_nested_limit_that_ends_first_holds(outer: float, inner: float, stopped_time: SimpleNamespace) -> None:
    with limit_time(outer):
        with limit_time(inner):
            assert remaining_s() == 3
        assert remaining_s() == outer


@pytest.mark.parametrize("start", [run_concurrently, lambda calls: run_in_background(*calls)])
def test_threads_have_the_limit_and_context_of_their_work(start: object, stopped_time: SimpleNamespace) -> None:
    name: ContextVar[str] = ContextVar("name")
    name.set("work")
    assert callable(start)
    with limit_time(7):
        found = start([lambda: (remaining_s(), name.get()), lambda: (remaining_s(), name.get())])
    assert list(found) == [(7, "work"), (7, "work")]


def test_thread_that_outlives_its_work_has_no_time(stopped_time: SimpleNamespace) -> None:
    """The clock does not move, so only the end of the work can tell."""
    started, go_on, seen = threading.Event(), threading.Event(), []

    def outlive() -> None:
        seen.append(remaining_s())
        started.set()
        go_on.wait()
        seen.append(remaining_s())

    with limit_time(7):
        thread = threading.Thread(target=concurrency.in_context(outlive))
        thread.start()
        started.wait()
    go_on.set()
    thread.join()
    assert seen == [7, 0]


def test_call_that_timed_out_has_no_time_left() -> None:
    go_on, seen, done = threading.Event(), [], threading.Event()

    def hang() -> None:
        go_on.wait()
        seen.append(remaining_s())
        done.set()

    with pytest.raises(CallTimeout):
        call_with_timeout(0.01, hang)
    go_on.set()
    done.wait()
    assert seen == [0]


def test_call_that_hangs_does_not_keep_the_process_from_ending() -> None:
    assert call_with_timeout(3600, lambda: threading.current_thread().daemon)


def test_call_ends_with_an_outer_limit() -> None:
    released = threading.Event()
    with limit_time(0.01), pytest.raises(CallTimeout):
        call_with_timeout(3600, released.wait)
    released.set()


def test_single_call_runs_in_the_thread_of_its_caller() -> None:
    """A webhook function starts without a pool of threads."""
    assert run_concurrently([threading.get_ident]) == [threading.get_ident()]
    nothing: list[Callable[[], int]] = []
    assert run_concurrently(nothing) == []


def test_several_calls_run_at_the_same_time_and_return_in_order() -> None:
    both = threading.Barrier(2)

    def first() -> str:
        both.wait(60)
        return "first"

    def second() -> str:
        both.wait(60)
        return "second"

    assert run_concurrently([first, second]) == ["first", "second"]
    assert run_in_background(first, second) == ("first", "second")


@pytest.mark.parametrize("start", [run_concurrently, lambda calls: run_in_background(*calls)])
def test_error_of_a_concurrent_call_is_raised(start: Callable[[Sequence[Callable[[], int]]], object]) -> None:
    with pytest.raises(ValueError, match="seven"):
        start([partial(int, "seven"), partial(int, "7")])
    with pytest.raises(ValueError, match="seven"):
        start([partial(int, "7"), partial(int, "seven")])


def test_call_in_time_returns_its_result_or_raises_its_error() -> None:
    assert call_with_timeout(3600, partial(int, "7")) == 7
    assert call_with_timeout(3600, partial(threading.Event().wait, 0.05)) is False, "its end is waited for"
    with pytest.raises(ValueError, match="invalid literal"):
        call_with_timeout(3600, partial(int, "seven"))
