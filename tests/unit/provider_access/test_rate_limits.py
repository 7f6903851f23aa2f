"""Calls are counted before they are made, by minute; a counter that fails stops nobody."""

import random
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest

from tests.support.drivers.output import Output, capture_output
from tests.support.fakes.clock import StoppedClock
from tests.support.fakes.product_modules import replace_in_product
from tidings import clock, concurrency
from tidings.concurrency import remaining_s
from tidings.errors import RateLimitExceeded, StoreUnavailable, TooManyRequests
from tidings.model import User
from tidings.provider_access.rate_limits import RateLimiter, limit_connection_changes, limit_live_tickets
from tidings.store import rate_counters

MINUTE = 29_833_333


class Counters:
    """The counters of all machines together, by name and minute. `written`: what each write counted."""

    def __init__(self) -> None:
        self.counted: dict[tuple[str, int], int] = {}
        self.written: list[int] = []
        self.works = True

    def count(self, counter: str, minute: int, calls: int, limit: int) -> bool:
        assert remaining_s() == 2, "a request waits no longer for a counter"
        self.written.append(calls)
        if not self.works:
            raise StoreUnavailable from TimeoutError()
        used = self.counted.get((counter, minute), 0) + calls
        if used > limit:
            return False
        self.counted[counter, minute] = used
        return True


@pytest.fixture
def counters(monkeypatch: pytest.MonkeyPatch) -> Counters:
    counters = Counters()
    monkeypatch.setattr(rate_counters, "count_calls", counters.count)
    return counters


@pytest.fixture(autouse=True)
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> StoppedClock:
    """The clock, ten seconds into a minute."""
    stopped = StoppedClock(MINUTE * 60_000 + 10_000)
    monkeypatch.setattr(clock, "now_ms", stopped.now_ms)
    replace_in_product(monkeypatch, random, randint=lambda _, most: most)
    monkeypatch.setattr(concurrency, "time", SimpleNamespace(monotonic=lambda: 100.0))
    return stopped


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str]) -> Iterator[Output]:
    with capture_output(capsys) as output:
        yield output


def test_calls_are_counted_once_by_provider_and_minute(counters: Counters) -> None:
    limiter = RateLimiter("plaid", 100)
    limiter.reserve(3)
    for _ in range(3):
        limiter(1)
    assert (counters.counted, counters.written) == ({("plaid", MINUTE): 3}, [3])
    limiter(2)
    assert (counters.counted, counters.written) == ({("plaid", MINUTE): 5}, [3, 2])


def test_calls_beyond_the_reserved_ones_are_counted_when_they_are_made(counters: Counters) -> None:
    limiter = RateLimiter("plaid", 100)
    limiter.reserve(2)
    limiter(5)
    assert counters.written == [2, 3]


def test_second_reservation_counts_only_what_is_missing(counters: Counters) -> None:
    limiter = RateLimiter("plaid", 100)
    limiter.reserve(2)
    limiter.reserve(5)
    limiter.reserve(4)
    assert counters.written == [2, 3]


def test_calls_with_a_limit_of_their_own_have_their_own_counter(counters: Counters) -> None:
    RateLimiter("plaid", 100, counter="plaid-status")(1)
    assert counters.counted == {("plaid-status", MINUTE): 1}


def test_caller_uses_four_fifths_of_the_limit_unless_it_says_otherwise() -> None:
    assert RateLimiter("plaid", 1001).limit == 800
    assert RateLimiter("plaid", 10, share_percent=40).limit == 4


def test_reservation_is_at_most_one_minutes_calls(counters: Counters) -> None:
    limiter = RateLimiter("plaid", 10)
    limiter.reserve(100)
    assert counters.counted == {("plaid", MINUTE): 8}


def test_call_over_the_limit_waits_for_the_next_minute(
    counters: Counters, output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    limiter = RateLimiter("plaid", 10)
    limiter(8)
    with pytest.raises(RateLimitExceeded) as refused:
        limiter(1)
    assert refused.value.retry_after_s == 50 + 5
    replace_in_product(monkeypatch, random, randint=lambda least, _: least)
    with pytest.raises(RateLimitExceeded) as refused:
        limiter(1)
    assert refused.value.retry_after_s == 50
    assert counters.counted == {("plaid", MINUTE): 8}
    assert output.metric_sum("BudgetSpent", provider="plaid") == 2


def test_reservation_ends_with_its_minute(counters: Counters, stopped_clock: StoppedClock) -> None:
    limiter = RateLimiter("plaid", 100)
    limiter.reserve(5)
    stopped_clock.advance(49.999)
    limiter(1)
    stopped_clock.advance(0.001)
    limiter(1)
    assert counters.counted == {("plaid", MINUTE): 5, ("plaid", MINUTE + 1): 1}


def test_counter_that_fails_is_left_out_from_then_on(counters: Counters, output: Output) -> None:
    counters.works = False
    limiter = RateLimiter("snaptrade", 10)
    limiter.reserve(100)
    for _ in range(20):
        limiter(1)
    assert counters.written == [8]
    assert output.metric_sum("BudgetUnavailable", provider="snaptrade") == 1
    [line] = output.lines_with_message("rate counter unavailable")
    assert line["level"] == "WARNING"


@pytest.mark.parametrize(
    ("limit", "most", "counter"),
    [(limit_connection_changes, 30, "user#ann"), (limit_live_tickets, 12, "user#ann#live")],
)
def test_user_may_do_so_often_in_a_minute(
    counters: Counters, stopped_clock: StoppedClock, limit: Callable[[User], None], most: int, counter: str
) -> None:
    for _ in range(most):
        limit(User("ann"))
    with pytest.raises(TooManyRequests) as refused:
        limit(User("ann"))
    assert refused.value.retry_after_s == 50
    assert counters.counted == {(counter, MINUTE): most}
    limit(User("bob"))
    stopped_clock.advance(50)
    limit(User("ann"))


def test_users_limit_does_not_hold_while_the_counter_fails(counters: Counters, output: Output) -> None:
    counters.works = False
    for _ in range(40):
        limit_connection_changes(User("ann"))
    assert output.metric_sum("LimitUnavailable") == 40
    assert {line["level"] for line in output.lines_with_message("limit unavailable")} == {"WARNING"}


def test_cause_of_a_failing_counter_is_logged(
    output: Output, monkeypatch: pytest.MonkeyPatch, counters: Counters
) -> None:
    class Refusal(Exception):
        cause_response_code = "AccessDenied"

    def refuse(*_: object) -> bool:
        raise StoreUnavailable from Refusal()

    monkeypatch.setattr(rate_counters, "count_calls", refuse)
    RateLimiter("plaid", 10)(1)
    limit_live_tickets(User("ann"))
    assert [line["aws_error"] for line in output.lines if "aws_error" in line] == ["AccessDenied", "AccessDenied"]
