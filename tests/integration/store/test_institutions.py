"""The stored list of brokers, and which run of the reconciler renews it."""

from tests.support.aws.tables import Tables
from tidings.store import institutions
from tidings.store.institutions import Broker

BROKERS = [Broker("ALPACA", "Alpaca"), Broker("KRAKEN", "Kraken")]


def test_stored_brokers_are_returned(tables: Tables) -> None:
    assert institutions.read_brokers("snaptrade") == []
    institutions.save_brokers("snaptrade", iter(BROKERS), 100)
    assert institutions.read_brokers("snaptrade") == BROKERS
    assert institutions.read_brokers("plaid") == []


def test_brokers_are_empty_while_first_renewal_runs(tables: Tables) -> None:
    assert institutions.acquire_renewal("snaptrade", 50, 80)
    assert institutions.read_brokers("snaptrade") == []


def test_one_of_several_runs_renews_brokers_when_due(tables: Tables) -> None:
    assert [institutions.acquire_renewal("snaptrade", 50, 80) for _ in range(2)] == [True, False]
    assert not institutions.acquire_renewal("snaptrade", 79, 99)
    assert institutions.acquire_renewal("snaptrade", 80, 99)
    institutions.save_brokers("snaptrade", BROKERS, 200)
    assert not institutions.acquire_renewal("snaptrade", 199, 300)
    assert institutions.acquire_renewal("snaptrade", 200, 300)
    assert institutions.read_brokers("snaptrade") == BROKERS


def test_brokers_of_each_provider_are_renewed_by_themselves(tables: Tables) -> None:
    assert institutions.acquire_renewal("snaptrade", 50, 80)
    assert institutions.acquire_renewal("plaid", 50, 80)
