"""docs/holdings.md shows what really becomes of the examples."""

import json
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.repository.docs.portfolio_tables import fetched_from, merged, tables
from tests.support.aws.account import PLAID, SNAPTRADE
from tests.support.aws.stack import ROOT
from tests.support.fakes.providers import Providers, simulated_providers
from tidings.model import Access
from tidings.providers.plaid import client
from tidings.providers.plaid import holdings as plaid

PAGE = (ROOT / "docs" / "holdings.md").read_text("utf-8")
EXAMPLE = Path(__file__).parents[3].parent / "shared" / "reference" / "plaid-holdings-example.json"


@pytest.fixture(scope="module")
def simulators() -> Iterator[Providers]:
    with simulated_providers() as simulators:
        yield simulators


@pytest.mark.skipif(not EXAMPLE.exists(), reason="Plaid's own example is not part of the repository")
def test_holdings_table_matches_plaid_example(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = json.loads(EXAMPLE.read_text("utf-8"), parse_float=Decimal, parse_int=Decimal)
    monkeypatch.setattr(client, "post", lambda *_: answer)
    item_id = answer["item"]["item_id"]
    fetched = plaid.fetch(Access(PLAID, item_id, "token"), item_id, time.monotonic() + 1)
    assert tables(merged("plaid", item_id, fetched)) in PAGE


def test_holdings_table_matches_snaptrade_simulator(simulators: Providers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNAPTRADE_BASE_URL", simulators.snaptrade_url)
    made = simulators.snaptrade("connect", user_id="user_of_the_docs", broker="QUESTRADE", silent=True)
    fetched = fetched_from("snaptrade", SNAPTRADE, made)
    assert tables(merged("snaptrade", made["connection_id"], fetched)) in PAGE
