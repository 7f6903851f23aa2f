"""The newest generation that was delivered to the host."""

from tests.support.aws.tables import Tables
from tidings.store import newest_delivered

NOW = 1_790_000_000_000


def test_newest_delivered_generation_never_falls(tables: Tables) -> None:
    assert newest_delivered.newest_generation("s") == 0
    for delivered, newest in ((3, 3), (2, 3), (3, 3), (4, 4)):
        newest_delivered.record_delivery("s", delivered, NOW)
        assert newest_delivered.newest_generation("s") == newest


def test_older_delivery_does_not_change_the_row(tables: Tables) -> None:
    newest_delivered.record_delivery("s", 3, NOW)
    before = tables.rows("ProviderBudgetsTable")
    newest_delivered.record_delivery("s", 2, NOW + 5000)
    assert tables.rows("ProviderBudgetsTable") == before


def test_repeated_delivery_is_remembered_longer(tables: Tables) -> None:
    for at in (NOW, NOW + 5000):
        newest_delivered.record_delivery("s", 3, at)
        [row] = tables.rows("ProviderBudgetsTable")
        assert row == {"window": "notified#s", "generation": 3, "expires_at": at // 1000 + 30 * 24 * 3600}


def test_each_series_has_its_own_newest_generation(tables: Tables) -> None:
    newest_delivered.record_delivery("s", 3, NOW)
    assert newest_delivered.newest_generation("t") == 0
