"""Small portfolios for unit tests."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from hypothesis import strategies as st

from tidings.holdings import Account, Holding, Snapshot
from tidings.model import ProviderName


def holding(
    ticker: str = "AAPL",
    *,
    quantity: str = "1",
    value: str | None = "100",
    currency: str = "USD",
    account_id: str = "account",
    isin: str | None = None,
) -> Holding:
    return Holding(
        ticker=ticker,
        name=ticker.title(),
        type="equity",
        quantity=Decimal(quantity),
        price=None,
        price_as_of=None,
        value=None if value is None else Decimal(value),
        cost_basis=None,
        currency=currency,
        account_id=account_id,
        account_name=None,
        institution=None,
        provider="plaid",
        source_id="item",
        isin=isin,
    )


def account(
    account_id: str,
    *,
    mask: str | None = None,
    total: str | None = None,
    own_id: str | None = None,
    kind: str | None = "brokerage",
    currency: str | None = "USD",
) -> Account:
    return Account(account_id, None, kind, mask, None if total is None else Decimal(total), currency, own_id)


def snapshot(
    provider: ProviderName,
    source_id: str,
    *,
    holdings: Sequence[Holding] = (),
    accounts: Sequence[Account] = (),
    institution: str | None = None,
) -> Snapshot:
    return Snapshot(
        provider=provider,
        source_id=source_id,
        link_id="link",
        generation=1,
        fetch_began_at=1_771_500_000_000,
        fetch_id="fetch",
        parts=1,
        digest="digest",
        holdings=tuple(holdings),
        accounts=tuple(accounts),
        institution=institution,
    )


_amounts = st.decimals(min_value=-(10**12), max_value=10**12, allow_nan=False, allow_infinity=False, places=12)
_rows = st.builds(
    lambda ticker, currency, isin, quantity, value, cost, account: replace(
        holding(ticker, currency=currency, isin=isin, account_id=account),
        quantity=quantity,
        value=value,
        cost_basis=cost,
    ),
    ticker=st.sampled_from(["AAPL", "VTI", "CUR:USD"]),
    currency=st.sampled_from(["USD", "CAD"]),
    isin=st.sampled_from([None, "US0378331005"]),
    quantity=_amounts,
    value=st.none() | _amounts,
    cost=st.none() | _amounts,
    account=st.sampled_from(["a", "b"]),
)
arbitrary_holdings = st.lists(_rows, max_size=12)
