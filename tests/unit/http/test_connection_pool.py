"""Which connections are kept, and how long a read may wait."""

from types import SimpleNamespace

import pytest

from tidings.http import connection_pool
from tidings.http.connection_pool import Pools


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    stopped = SimpleNamespace(now=100.0)
    monkeypatch.setattr(connection_pool, "time", SimpleNamespace(monotonic=lambda: stopped.now))
    return stopped


def test_connections_are_kept_until_they_were_idle_for_twenty_seconds(clock: SimpleNamespace) -> None:
    pools = Pools()
    kept = pools.pool_manager().connection_from_url("http://127.0.0.1:9")
    for idle_s in (20, 20, 19.9):
        clock.now += idle_s
        assert pools.pool_manager().connection_from_url("http://127.0.0.1:9") is kept
    clock.now += 20.1
    assert pools.pool_manager().connection_from_url("http://127.0.0.1:9") is not kept


def test_connections_of_all_calls_at_once_are_kept() -> None:
    pool = Pools().pool_manager().connection_from_url("http://127.0.0.1:9").pool
    assert pool is not None
    assert pool.maxsize >= 8


def test_process_has_one_set_of_connections() -> None:
    assert connection_pool.pools() is connection_pool.pools()


@pytest.mark.parametrize(("deadline", "expected"), [(107.0, 7.0), (100.25, 0.25)])
def test_time_counts_down_to_the_deadline(clock: SimpleNamespace, deadline: float, expected: float) -> None:
    token = connection_pool.deadline.set(deadline)
    try:
        assert connection_pool.remaining_s() == expected
        clock.now = deadline
        with pytest.raises(TimeoutError):
            connection_pool.remaining_s()
    finally:
        connection_pool.deadline.reset(token)
