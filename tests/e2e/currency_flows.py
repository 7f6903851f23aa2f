"""The flows of the converted total: rates are collected on a schedule, revised, and applied to the holdings."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx

from local import aws
from tests.e2e.reconcile_flows import ReconcileFlows

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

COLLECT_RATES = "ExchangeRatesFunctionRun"
_ECB = "/_local/ecb/_sim"


class CurrencyFlows(ReconcileFlows):
    """Each method is one flow and gets a new user (`user`). `Description` repeats every total from its text."""

    def totals_are_converted(self) -> None:
        self.user.link_and_refresh("snaptrade")
        for currency in ("EUR", "JPY", "USD"):
            total = self._total(currency)
            assert (total["currency"], total["partial"], total["reason"]) == (currency, False, None)
            assert {entry["from"] for entry in total["rates"]} == {"CAD", "USD"}
        unknown = self.user.call("GET", "/holdings?currency=XYZ", 400)
        assert "EUR" in unknown["detail"]

    def rates_are_revised(self) -> None:
        """Publish a day again with another rate. A process that knows the old rate shows it for some minutes more."""
        self.user.link_and_refresh("snaptrade")
        [before] = [entry for entry in self._total("EUR")["rates"] if entry["from"] == "CAD"]
        self._forget_today()
        self._order("revise", day=before["date"], currency="CAD", rate="2.5")
        try:
            self.user.cloud.run_schedule(COLLECT_RATES)
        finally:
            self._order("reset")
        assert any('"CAD":"2.5"' in row["rates"]["S"] for row in self._rows() if before["date"] in row["entry"]["S"])
        [after] = [entry for entry in self._total("EUR")["rates"] if entry["from"] == "CAD"]
        assert after["legs"][0]["per_euro"] in {2.5, before["legs"][0]["per_euro"]}

    def _rows(self) -> list[dict[str, Any]]:
        pages = self._dynamodb().get_paginator("scan").paginate(TableName=self._table)
        return [dict(row) for page in pages for row in page["Items"]]

    def _forget_today(self) -> None:
        """Delete today's row: a run that finds it makes no call."""
        today = datetime.now(UTC).date().isoformat()
        for row in self._rows():
            if row["entry"]["S"].startswith(today):
                key = {"base": row["base"], "entry": row["entry"]}
                self._dynamodb().delete_item(TableName=self._table, Key=key)

    @property
    def _table(self) -> str:
        return self.user.cloud.physical["ExchangeRatesTable"]

    def _dynamodb(self) -> "DynamoDBClient":
        return aws.dynamodb(self.user.cloud.ministack_url)

    def _total(self, currency: str) -> Any:  # noqa: ANN401 - JSON
        answer = self.user.call("GET", f"/holdings?currency={currency}")
        return answer["holdings"]["portfolio_data"]["converted_total"]

    def _order(self, command: str, **fields: object) -> None:
        answer: httpx.Response = self.brokers.client.post(f"{self.user.cloud.front}{_ECB}/{command}", json=fields)
        answer.raise_for_status()
