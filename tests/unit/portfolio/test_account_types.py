"""Types of accounts are compared by class, since every institution writes them differently."""

import pytest

from tidings.portfolio.account_types import classify_account, compare_account_types, is_employer_plan


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("401k", "401k"),
        ("401(k)", "401k"),
        ("Roth 401k", "roth 401k"),
        ("roth 403B", "roth 403b"),
        ("ira", "ira"),
        ("Rollover IRA", "ira"),
        ("Individual Retirement Account", "ira"),
        ("ROTH_IRA", "roth ira"),
        ("roth", "roth ira"),
        ("sep ira", "sep ira"),
        ("Margin", "taxable"),
        ("Joint Tenants", "taxable"),
        ("brokerage", "taxable"),
        ("cash isa", "cash isa"),
        ("cash management", "cash management"),
        ("Spousal RRSP", "spousal rrsp"),
        ("RESP Family", "resp"),
        ("TFSA", "tfsa"),
        ("crypto exchange", "crypto"),
        ("non-taxable brokerage account", "non-taxable brokerage"),
        ("profit sharing plan", "profit sharing"),
        ("stock plan", None),
        ("INVESTMENT", None),
        (None, None),
    ],
)
def test_text_names_class(text: str | None, expected: str | None) -> None:
    assert classify_account(text) == expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("brokerage", "Margin", "same"),
        ("401k", "IRA", "different"),
        ("ira", "Roth IRA", "different"),
        ("trust", "Trust", "same"),
        ("trust", "Margin", "unknown"),
        ("investment", "INVESTMENT", "unknown"),
        ("other", "other", "unknown"),
        (None, "Margin", "unknown"),
        (None, None, "unknown"),
    ],
)
def test_unknown_text_contradicts_nothing(left: str | None, right: str | None, expected: str) -> None:
    assert compare_account_types(left, right) == compare_account_types(right, left) == expected


def test_employer_plans_are_known() -> None:
    assert all(map(is_employer_plan, ("401k", "Roth 401k", "403B", "457b", "pension", "profit sharing plan")))
    assert not any(map(is_employer_plan, ("ira", "brokerage", "retirement", None)))
