"""Many processes ask one provider at once: together they never ask more often than our share of its limit."""

from collections import Counter
from typing import Any

from tests.support.aws.account import table_name
from tests.support.aws.engine import Engine
from tests.support.drivers.app import App
from tests.support.drivers.process_pool import Crew, refresh
from tests.support.drivers.user_driver import Investor
from tidings import clock

USERS = 60
LIMIT = 200
MOST_AT_ONCE = 6
MINUTE_MS = 60_000


def fresh_minute_s() -> float:
    """The distance to a minute of the product's clock that no other test counts in, and that has just begun."""
    begins_at = (clock.now_ms() // MINUTE_MS + 30) * MINUTE_MS
    return (begins_at + 1000 - clock.now_ms()) / 1000


def test_concurrent_refreshes_stay_within_rate_limit(app: App, engine: Engine, crew: Crew) -> None:
    investors = [Investor(app, engine.dynamodb) for _ in range(USERS)]
    for investor in investors:
        linked = investor.connects("snaptrade")
        investor.owns(linked)
    app.providers.reset()
    # Found only now: connecting so many may take until the next minute.
    later_s = fresh_minute_s()
    answers = crew.all_at_once(refresh(investor.cookie, "snaptrade", later_s=later_s) for investor in investors)

    ended = Counter(answered.status for answered in answers)
    assert set(ended) == {200, 429}, (ended, counted(engine.dynamodb))
    made = len(app.providers.calls("snaptrade"))
    assert counted(engine.dynamodb) <= LIMIT
    assert made <= LIMIT
    assert counted(engine.dynamodb) > LIMIT - MOST_AT_ONCE, "what was left was too little for one more"
    for answered in answers:
        if answered.status == 429:
            assert answered.json["type"] == "urn:tidings:problem:provider-busy"
            assert 1 <= int(answered.headers["retry-after"]) <= 65


def counted(dynamodb: Any) -> int:  # noqa: ANN401 - boto3's client
    """The fullest of all minutes."""
    rows = dynamodb.scan(TableName=table_name("ProviderBudgetsTable"))["Items"]
    return max(int(row["calls"]["N"]) for row in rows if row["window"]["S"].startswith("snaptrade#"))
