"""The examples in the providers' OpenAPI files, which are not part of the repository, are normalized without loss."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from tidings.holdings import FetchedHoldings, Holding
from tidings.model import NO_CURRENCY, Access
from tidings.providers.plaid import client as plaid_client
from tidings.providers.plaid import holdings as plaid
from tidings.providers.snaptrade import client as snaptrade_client
from tidings.providers.snaptrade import holdings as snaptrade

REFERENCE = Path(__file__).parents[3].parent / "shared" / "reference"
PLAID, SNAPTRADE = REFERENCE / "plaid-openapi.yml", REFERENCE / "snaptrade-openapi.yaml"
ACCESS = Access({"client_id": "c", "secret": "s", "consumer_key": "k"}, "item", "credential")
SOON = float("inf")


class _Loader(yaml.CSafeLoader):
    """Amounts exact, dates as they are written."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_constructor("tag:yaml.org,2002:float", lambda _, node: Decimal(str(node.value)))


def specification(path: Path) -> Any:  # noqa: ANN401 - YAML
    if not path.exists():
        pytest.skip("the provider's specification is not part of the repository")
    return yaml.load(path.read_text("utf-8"), _Loader)  # noqa: S506 - derived from the safe one


@pytest.fixture(scope="module")
def plaid_answer() -> dict[str, Any]:
    answers = specification(PLAID)["paths"]["/investments/holdings/get"]["post"]["responses"]["200"]["content"]
    [example] = answers["application/json"]["examples"].values()
    found: dict[str, Any] = example["value"]
    return found


def test_plaid_example_is_normalized_without_loss(
    plaid_answer: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plaid_client, "post", lambda *_: plaid_answer)
    fetched = plaid.fetch(ACCESS, plaid_answer["item"]["item_id"], SOON)
    securities = {one["security_id"]: one for one in plaid_answer["securities"]}
    assert len(fetched.holdings) == len(plaid_answer["holdings"])
    by_account = [account["account_id"] for account in plaid_answer["accounts"]]
    sent_rows = sorted(plaid_answer["holdings"], key=lambda sent: by_account.index(sent["account_id"]))
    for row, sent in zip(fetched.holdings, sent_rows, strict=True):
        check_plaid(row, sent, securities[sent["security_id"]])


def check_plaid(row: Holding, sent: Mapping[str, Any], security: Mapping[str, Any]) -> None:
    assert (row.quantity, row.value) == (sent["quantity"], sent["institution_value"])
    assert row.currency == (sent["iso_currency_code"] or sent["unofficial_currency_code"] or NO_CURRENCY)
    assert row.name == security["name"]
    if row.is_cash:
        return
    assert (row.price, row.cost_basis) == (sent["institution_price"], sent["cost_basis"])
    assert row.price_as_of == sent.get("institution_price_as_of")
    assert (row.isin, row.cusip) == (security["isin"], security["cusip"])
    contract = security["option_contract"]
    assert (row.option is None) == (contract is None)
    if row.option is None:
        assert (row.ticker, row.exchange) == (security["ticker_symbol"], security["market_identifier_code"])
    else:
        assert (row.option.kind, row.option.strike) == (contract["contract_type"], contract["strike_price"])
        assert (row.option.expiry, row.option.underlying) == (
            contract["expiration_date"],
            contract["underlying_security_ticker"],
        )


class Schemas:
    """SnapTrade gives an example for each property; whole answers are made of those."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._schemas = document["components"]["schemas"]

    def instruments(self) -> list[dict[str, Any]]:
        """One of each kind."""
        mapping = self._schemas["Instrument"]["discriminator"]["mapping"]
        return [{**self._example({"$ref": schema}), "kind": kind} for kind, schema in mapping.items()]

    def example(self, name: str) -> Any:  # noqa: ANN401 - JSON
        return self._example(self._schemas[name])

    def _example(self, schema: Mapping[str, Any]) -> Any:  # noqa: ANN401
        if "$ref" in schema:
            return self.example(schema["$ref"].rpartition("/")[2])
        if "example" in schema:
            return schema["example"]
        if "allOf" in schema:
            parts = [self._example(part) for part in schema["allOf"]]
            return parts[0] if len(parts) == 1 else {name: value for part in parts for name, value in part.items()}
        if "oneOf" in schema:
            return self._example(schema["oneOf"][0])
        if schema.get("type") == "array":
            return [self._example(schema["items"])]
        if "enum" in schema:
            return schema["enum"][0]
        return {name: self._example(one) for name, one in schema.get("properties", {}).items()} or None


@pytest.fixture(scope="module")
def schemas() -> Schemas:
    return Schemas(specification(SNAPTRADE))


def snaptrade_fetch(
    schemas: Schemas, monkeypatch: pytest.MonkeyPatch, instrument: dict[str, Any]
) -> tuple[FetchedHoldings, dict[str, Any], dict[str, Any]]:
    """Fetch an account with one such position; return the result, the position and the balance."""
    position = {**schemas.example("AccountPosition"), "instrument": instrument}
    balance = schemas.example("Balance")
    account = schemas.example("Account")
    account["account_category"] = "INVESTMENT"
    account["sync_status"]["holdings"] |= {"initial_sync_completed": True, "holdings_unavailable": False}

    def answered(_access: Access, _method: str, path: str, _deadline: float) -> object:
        if path.endswith("/positions/all"):
            return {"results": [position], "data_freshness": {"as_of": "2026-06-02T14:30:00+00:00"}}
        return [balance] if path.endswith("/balances") else [account]

    monkeypatch.setattr(snaptrade_client, "call_user", answered)
    return snaptrade.fetch(ACCESS, "connection", SOON), position, balance


def test_snaptrade_examples_are_normalized_without_loss(schemas: Schemas, monkeypatch: pytest.MonkeyPatch) -> None:
    for instrument in schemas.instruments():
        fetched, position, balance = snaptrade_fetch(schemas, monkeypatch, instrument)
        row, *cash = fetched.holdings
        units, price, kind = Decimal(position["units"]), Decimal(position["price"]), instrument["kind"]
        assert row.quantity is not None
        assert (row.option is not None) == (kind == "option")
        multiplier = (row.option and row.option.multiplier) or Decimal(1)
        assert (row.quantity, row.price) == (units * multiplier, price), kind
        is_settled_in_cash = kind in {"cfd", "future"}
        assert row.value == (None if is_settled_in_cash else row.quantity * price), kind
        assert row.cost_basis == (None if is_settled_in_cash else row.quantity * Decimal(position["cost_basis"])), kind
        assert (row.currency, row.price_as_of, row.name) == (position["currency"], "2026-06-02", name_of(instrument))
        assert (row.ticker or "").replace(" ", "") == instrument["symbol"].replace(" ", ""), kind
        assert (row.type == "other") == (kind == "other")
        assert [(one.value, one.currency) for one in cash] == [(balance["cash"], balance["currency"]["code"])], kind


def name_of(instrument: Mapping[str, Any]) -> str | None:
    name: str | None = instrument.get("description")
    return name
