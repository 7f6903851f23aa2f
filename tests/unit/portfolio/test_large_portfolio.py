"""Ten thousand positions of two providers are merged. How long it takes `make bench` measures."""

from dataclasses import replace
from decimal import Decimal

from tests.support.fakes.portfolios import holding, snapshot
from tidings.holdings import Holding, Snapshot
from tidings.model import ProviderName
from tidings.portfolio import view
from tidings.store import snapshot_codec

POSITIONS = 5_000


def position(provider: ProviderName, number: int) -> Holding:
    """Plaid knows CUSIPs, SnapTrade tickers alone: every row has to be matched."""
    plain = holding(f"T{number:05}", quantity=f"{number}.25", value=f"{number * 3}.33", account_id=f"{provider}-1")
    known = f"{number:09}" if provider == "plaid" else None
    named = replace(plain, provider=provider, name=f"Security number {number} Inc.", cusip=known, exchange="XNAS")
    return replace(
        named, price=Decimal("3.33"), price_as_of="2030-01-02", cost_basis=Decimal(number), source_id=provider
    )


def create_portfolio(provider: ProviderName) -> tuple[Snapshot, list[bytes]]:
    rows = [position(provider, number) for number in range(POSITIONS)]
    return snapshot(provider, provider, holdings=rows), snapshot_codec.encode(rows, [])


def test_position_of_both_providers_is_one_row() -> None:
    stored = [create_portfolio("plaid"), create_portfolio("snaptrade")]
    read = [replace(one, holdings=snapshot_codec.decode(slices)[0]) for one, slices in stored]
    rows = view.portfolio_body(read, {}, pending=False, currency="USD")["holdings"]["portfolio_data"]["holdings"]
    assert len(rows) == POSITIONS
    assert {len(row["sources"]) for row in rows} == {2}
