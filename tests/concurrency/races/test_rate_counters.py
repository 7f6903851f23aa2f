"""Many processes call one provider concurrently: together they stay within its rate limit."""

from collections import Counter
from typing import Any

from tests.support.aws.account import table_name
from tests.support.aws.engine import Engine
from tests.support.drivers.app import App
from tests.support.drivers.process_pool import ProcessPool, refresh_invocation
from tests.support.drivers.user_driver import UserDriver
from tidings import clock

USERS = 60
LIMIT = 200
MOST_AT_ONCE = 6
MINUTE_MS = 60_000


def find_fresh_minute_s() -> float:
    """Return the seconds to the start of a minute that no other test counts in."""
    begins_at = (clock.now_ms() // MINUTE_MS + 30) * MINUTE_MS
    return (begins_at + 1000 - clock.now_ms()) / 1000


def test_concurrent_refreshes_stay_within_rate_limit(app: App, engine: Engine, process_pool: ProcessPool) -> None:
    investors = [UserDriver(app, engine.dynamodb) for _ in range(USERS)]
    for user_driver in investors:
        linked = user_driver.connect("snaptrade")
        user_driver.link_existing(linked)
    app.providers.reset()
    # Computed only now: connecting so many may take until the next minute.
    later_s = find_fresh_minute_s()
    answers = process_pool.run_concurrently(
        refresh_invocation(user_driver.cookie, "snaptrade", later_s=later_s) for user_driver in investors
    )

    ended = Counter(answered.status for answered in answers)
    assert set(ended) == {200, 429}, (ended, count_most_calls(engine.dynamodb))
    made = len(app.providers.calls("snaptrade"))
    assert count_most_calls(engine.dynamodb) <= LIMIT
    assert made <= LIMIT
    assert count_most_calls(engine.dynamodb) > LIMIT - MOST_AT_ONCE, "what was left was too little for one more"
    for answered in answers:
        if answered.status == 429:
            assert answered.json["type"] == "urn:tidings:problem:provider-busy"
            assert 1 <= int(answered.headers["retry-after"]) <= 65


def count_most_calls(dynamodb: Any) -> int:  # noqa: ANN401 - boto3's client
    """Return the count of the fullest minute."""
    rows = dynamodb.scan(TableName=table_name("ProviderBudgetsTable"))["Items"]
    return max(int(row["calls"]["N"]) for row in rows if row["window"]["S"].startswith("snaptrade#"))
