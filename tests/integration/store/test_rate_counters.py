"""Counters of calls per minute."""

from tests.support.aws.tables import Tables
from tidings.store import rate_counters

MINUTE = 30_000_000


def test_calls_are_counted_up_to_limit(tables: Tables) -> None:
    assert [rate_counters.count_calls("plaid", MINUTE, calls, 10) for calls in (4, 7, 6, 1)] == [
        True,
        False,
        True,
        False,
    ]
    [counter] = tables.rows("ProviderBudgetsTable")
    assert counter == {"window": f"plaid#{MINUTE}", "calls": 10, "expires_at": 60 * MINUTE + 3600}


def test_more_calls_than_limit_are_refused_in_new_minute(tables: Tables) -> None:
    assert not rate_counters.count_calls("plaid", MINUTE, 11, 10)
    assert tables.rows("ProviderBudgetsTable") == []
    assert rate_counters.count_calls("plaid", MINUTE, 10, 10)


def test_each_minute_and_counter_is_counted_by_itself(tables: Tables) -> None:
    assert rate_counters.count_calls("plaid", MINUTE, 10, 10)
    assert rate_counters.count_calls("plaid", MINUTE + 1, 10, 10)
    assert rate_counters.count_calls("snaptrade", MINUTE, 10, 10)
    assert not rate_counters.count_calls("plaid", MINUTE, 1, 10)


def test_counters_of_one_user_are_listed_and_deleted(tables: Tables) -> None:
    for counter in ("user#ann", "user#annabel", "user#bob", "plaid"):
        rate_counters.count_calls(counter, MINUTE, 1, 10)
    keys = rate_counters.rate_counter_keys("ann")
    assert keys == [f"user#ann#{MINUTE}"]
    rate_counters.delete_rate_counters(keys)
    left = [row["window"] for row in tables.rows("ProviderBudgetsTable")]
    assert sorted(left) == [f"plaid#{MINUTE}", f"user#annabel#{MINUTE}", f"user#bob#{MINUTE}"]
