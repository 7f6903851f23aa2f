"""Faults of the exchange rates: their table, and the European Central Bank's file."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from local import aws
from local.gateway.specification import ECB_PATH
from tests.e2e.currency_flows import COLLECT_RATES
from tests.e2e.faults.answers import FAILS, FREE, HANGS, OK
from tests.e2e.faults.cloud import FaultyCloud
from tests.e2e.faults.fault import Fault, Injection, new_processes, on_aws, together
from tests.e2e.faults.proxy import call

_FILE = f"{ECB_PATH}/stats/eurofxref"
_without_rates = new_processes("HoldingsFunction", "RefreshFunction")


def _at_the_bank(**fault: object) -> Injection:
    """Make the bank's file fail while the scheduled function runs. Its rows must stay as they are."""

    @contextmanager
    def inject(faulty: FaultyCloud) -> Iterator[None]:
        control = f"{faulty.cloud.ecb_simulator}/_sim"
        _forget_newest(faulty)
        before = _rows(faulty)
        faulty.brokers.client.post(f"{control}/faults", json={"path": _FILE, **fault}).raise_for_status()
        try:
            faulty.cloud.run_schedule(COLLECT_RATES)
            assert faulty.brokers.client.get(f"{control}/calls").json()["calls"], "nobody fetched the file"
            assert _rows(faulty) == before
            yield
        finally:
            for name in ("faults", "calls"):
                faulty.brokers.client.delete(f"{control}/{name}").raise_for_status()
            faulty.cloud.run_schedule(COLLECT_RATES)

    return inject


def _rows(faulty: FaultyCloud) -> list[dict[str, Any]]:
    """Return all days, the oldest first."""
    found = _client(faulty).scan(TableName=_table(faulty))["Items"]
    return sorted(found, key=lambda row: row["entry"]["S"])


def _forget_newest(faulty: FaultyCloud) -> None:
    """Delete the newest day: a run that finds today's makes no call, and one that succeeds stores it again."""
    newest = _rows(faulty)[-1]
    _client(faulty).delete_item(TableName=_table(faulty), Key={name: newest[name] for name in ("base", "entry")})


def _client(faulty: FaultyCloud) -> Any:  # noqa: ANN401 - boto3's client
    return aws.dynamodb(faulty.cloud.ministack_url)


def _table(faulty: FaultyCloud) -> str:
    return faulty.cloud.physical["ExchangeRatesTable"]


EXCHANGE_RATES: tuple[Fault, ...] = (
    Fault(
        "DynamoDB",
        "every read of the exchange rates responds 500",
        together(_without_rates, on_aws(call("dynamodb", "Query", about="ExchangeRates", **FAILS))),
        (OK, FREE, OK),
        "holdings as always, without a converted total",
        "the next request",
        short=True,
    ),
    Fault(
        "DynamoDB",
        "every read of the exchange rates hangs",
        together(_without_rates, on_aws(call("dynamodb", "Query", about="ExchangeRates", **HANGS))),
        (OK, FREE, OK),
        "holdings after two seconds more, without a converted total",
        "the next request",
    ),
    Fault(
        "European Central Bank",
        "its file truncated",
        _at_the_bank(kind="truncated"),
        (OK, FREE, OK),
        "the total has the rates of the last day that is stored",
        "the next hourly run",
        short=True,
    ),
    Fault(
        "European Central Bank",
        "hangs",
        _at_the_bank(kind="delay", delay_s=20),
        (OK, FREE, OK),
        "the total has the rates of the last day that is stored",
        "the next hourly run",
    ),
)
