"""Find the accounts that several sources show, and choose which source counts.

Between two sources the assignment is one-to-one: an account never stands for two accounts of another source.
"""

from collections.abc import Iterable, Sequence
from itertools import combinations

from tidings.portfolio.account_holdings import AccountHoldings
from tidings.portfolio.account_identity import Evidence, compare_accounts
from tidings.portfolio.holdings_evidence import count_matches

AccountKey = tuple[str, str, str]
_Pair = tuple[AccountHoldings, AccountHoldings]
_Evidence = dict[tuple[AccountKey, AccountKey], Evidence]


def group_same_accounts(accounts: Iterable[AccountHoldings]) -> list[list[AccountHoldings]]:
    """Group accounts that are one real account. The account that counts comes first in its group."""
    ordered = sorted(accounts, key=lambda held: held.account_key)
    evidence = {
        (one.account_key, other.account_key): compare_accounts(one, other) for one, other in combinations(ordered, 2)
    }
    by_key = {held.account_key: held for held in ordered}
    pairs = [(by_key[one], by_key[other]) for (one, other), found in evidence.items() if found > Evidence.NONE]
    groups, is_complete = _unite(ordered, pairs, evidence)
    if not is_complete:
        groups, _ = _unite(ordered, _strongest_first(pairs, evidence), evidence)
    return [sorted(group, key=_precedence) for group in groups]


def _unite(
    accounts: Sequence[AccountHoldings], pairs: Iterable[_Pair], evidence: _Evidence
) -> tuple[list[list[AccountHoldings]], bool]:
    """Unite the pairs in order. The second result: whether none had to stay apart, so that the order did not matter."""
    groups = {held.account_key: [held] for held in accounts}
    is_complete = True
    for one, other in pairs:
        group, added = groups[one.account_key], groups[other.account_key]
        if group is added:
            continue
        if _contradict(group, added, evidence):
            is_complete = False
            continue
        group += added
        groups.update((held.account_key, group) for held in added)
    return list({id(group): group for group in groups.values()}.values()), is_complete


def _strongest_first(pairs: Iterable[_Pair], evidence: _Evidence) -> list[_Pair]:
    """Order the pairs: equal ids, then the most holdings in common, then the best other evidence.

    Equally strong pairs stay in the order of their accounts.
    """

    def strength(pair: _Pair) -> tuple[bool, int, int]:
        one, other = pair
        found = evidence[one.account_key, other.account_key]
        return found == Evidence.ACCOUNT_ID, count_matches(one.positions, other.positions), found

    return sorted(pairs, key=strength, reverse=True)


def _contradict(one: Sequence[AccountHoldings], other: Sequence[AccountHoldings], evidence: _Evidence) -> bool:
    """Whether two accounts of the groups contradict each other. Two accounts of one source always do."""
    pairs = [(left.account_key, right.account_key) for left in one for right in other]
    return any(evidence[min(pair), max(pair)] == Evidence.CONTRADICTED for pair in pairs)


def _precedence(held: AccountHoldings) -> tuple[bool, int, AccountKey]:
    """Order by what counts: what can be read, then the newest rows."""
    return not held.account.readable, -held.as_of, held.account_key
