"""Group a snapshot's rows by account."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from tidings.decimals import sum_if_any_known
from tidings.holdings import Account, Holding, Snapshot
from tidings.model import ProviderName
from tidings.portfolio import residuals
from tidings.portfolio.holdings_evidence import Positions


@dataclass(frozen=True)
class AccountHoldings:
    """An account of a snapshot, with its rows."""

    snapshot: Snapshot
    account: Account
    holdings: tuple[Holding, ...]

    @property
    def source(self) -> tuple[ProviderName, str]:
        """Return the provider and source id of the snapshot."""
        return self.snapshot.provider, self.snapshot.source_id

    @property
    def account_key(self) -> tuple[str, str, str]:
        """Return a key that is unique among a user's accounts and does not change from fetch to fetch."""
        return *self.source, self.account.account_id

    @property
    def as_of(self) -> int:
        """Return when the fetch began that returned these rows."""
        return self.account.rows_from or self.snapshot.fetch_began_at

    @cached_property
    def positions(self) -> Positions:
        """Return the rows for comparison with those of another account."""
        return Positions(self.holdings)

    @cached_property
    def residual(self) -> Decimal | None:
        """Return the stated total minus the rows, or None if they can't be compared."""
        return residuals.residual(self.account, self.holdings)

    @cached_property
    def unvested_value(self) -> Decimal | None:
        """Return the sum of the rows' unvested values, or None if no row states any."""
        return sum_if_any_known(holding.unvested_value for holding in self.holdings)

    @property
    def residual_explanation(self) -> residuals.Explanation | None:
        """Return what the residual equals, if that is known."""
        return residuals.explain_residual(self.residual, self.unvested_value, self.account.margin_loan)

    @cached_property
    def institution(self) -> str | None:
        """Return the institution's name: the snapshot's, else the rows'."""
        named = (holding.institution for holding in self.holdings if holding.institution)
        return self.snapshot.institution or next(named, None)


def group_by_account(snapshot: Snapshot) -> Iterable[AccountHoldings]:
    """Group the rows by account: those that the provider lists, and any that only holdings name."""
    rows: dict[str, list[Holding]] = {account.account_id: [] for account in snapshot.accounts}
    for holding in snapshot.holdings:
        rows.setdefault(holding.account_id, []).append(holding)
    listed = {account.account_id: account for account in snapshot.accounts}
    for account_id, holdings in rows.items():
        account = listed.get(account_id) or Account(account_id, holdings[0].account_name, None, None, None, None)
        yield AccountHoldings(snapshot, account, tuple(holdings))
