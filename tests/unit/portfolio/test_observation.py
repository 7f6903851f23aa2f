"""What the history keeps of a fetch: each real account's values, without naming any."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from tests.support.fakes.portfolios import account, holding, snapshot
from tidings.holdings import Holding, Snapshot
from tidings.portfolio.observation import observe
from tidings.store.observations import DayObservation, ObservedAccount, account_pseudonym

ITEM = ("plaid", "item")


def pseudonym(account_id: str, source_id: str = "item") -> str:
    return account_pseudonym("ann", ("plaid", source_id), account_id)


def held_at(source_id: str, *holdings: Holding, mask: str | None = None) -> Snapshot:
    listed = [account("a", mask=mask)]
    return snapshot("plaid", source_id, accounts=listed, holdings=holdings, institution="Fidelity")


def row(value: str | None, currency: str = "USD") -> Holding:
    return holding(f"T{value}", value=value, currency=currency, account_id="a")


def test_values_are_summed_by_currency_in_order() -> None:
    taken = held_at("item", row("2"), row("3", "CAD"), row("0.5"), row(None))
    found = observe("ann", taken, 7, [])
    assert found == DayObservation(
        day=date(2026, 2, 19),
        source=ITEM,  # type: ignore[arg-type]
        began_at=taken.fetch_began_at,
        linked_at=7,
        accounts=(
            ObservedAccount(
                pseudonym("a"), {"CAD": Decimal(3), "USD": Decimal("2.5")}, taken.fetch_began_at, is_readable=True
            ),
        ),
    )
    assert list(found.accounts[0].values) == ["CAD", "USD"]


def test_account_that_cannot_be_read_keeps_date_of_its_rows() -> None:
    unreadable = replace(account("a"), readable=False, rows_from=5)
    [found] = observe("ann", replace(held_at("item", row("2")), accounts=(unreadable,)), None, []).accounts
    assert (found.is_readable, found.as_of) == (False, 5)


def test_paper_accounts_are_not_observed() -> None:
    listed = (replace(account("paper", mask="1234"), is_paper=True), account("a", mask="1234"))
    real = replace(held_at("item"), accounts=listed)
    assert [one.key for one in observe("ann", real, None, []).accounts] == [pseudonym("a")]
    paper = replace(real, source_id="other", accounts=listed[:1])
    assert [one.same_as for one in observe("ann", real, None, [paper]).accounts] == [()]


def test_same_account_of_other_sources_is_named_by_pseudonyms_in_order() -> None:
    mine, *others = (held_at(name, mask="1234") for name in ("item", "one", "two", "three"))
    other_account = held_at("other", mask="9999")
    for order in (others, others[::-1]):
        [found] = observe("ann", mine, None, [*order, other_account]).accounts
        assert found.same_as == tuple(sorted(pseudonym("a", name) for name in ("one", "two", "three")))


def test_row_that_stands_for_another_account_is_not_observed() -> None:
    window = account("window", total="10000")
    placeholder = replace(row("10000"), ticker=None, name="Window", quantity=Decimal(10000), price=Decimal(1))
    plan = replace(held_at("item", placeholder, row("500")), accounts=(account("a", kind="401k"), window))
    taken = replace(plan, holdings=(*plan.holdings, holding(value="10000", account_id="window")))
    values = {one.key: one.values for one in observe("ann", taken, None, []).accounts}
    assert values == {pseudonym("a"): {"USD": Decimal(500)}, pseudonym("window"): {"USD": Decimal(10000)}}
