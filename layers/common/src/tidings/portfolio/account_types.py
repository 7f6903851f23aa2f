"""Compare the types of accounts: Plaid has some 75 subtypes, SnapTrade passes on each institution's own text."""

import re
from functools import lru_cache
from typing import Literal

Comparison = Literal["same", "different", "unknown"]

_WORD = re.compile(r"[a-z0-9]+")
_SPLIT_PLAN = re.compile(r"\b(401|403|457) ([abk])\b")
_CLASSES: tuple[tuple[str, str], ...] = (
    ("crypto", r"crypto\w*|non custodial wallet"),
    ("401k", r"401k"),
    ("401a", r"401a"),
    ("403b", r"403b"),
    ("457b", r"457b?"),
    ("thrift savings plan", r"thrift savings plan|tsp"),
    ("profit sharing", r"profit sharing"),
    ("keogh", r"keogh"),
    ("pension", r"pension"),
    ("sarsep", r"sarsep"),
    ("sep ira", r"sep"),
    ("simple ira", r"simple"),
    ("hsa", r"hsa|health savings"),
    ("hra", r"hra|health reimbursement"),
    ("529", r"529|college savings"),
    ("education savings", r"esa|education savings|coverdell"),
    ("cash isa", r"cash isa"),
    ("lifetime isa", r"lisa|lifetime isa"),
    ("junior isa", r"jisa|junior isa"),
    ("isa", r"isa|stocks and shares"),
    ("sipp", r"sipp"),
    ("fhsa", r"fhsa|first home"),
    ("spousal rrsp", r"spousal (?:rrsp|rsp)|(?:rrsp|rsp) spousal|srrsp|srsp"),
    ("rrsp", r"rrsp|rsp"),
    ("resp", r"resp"),
    ("rdsp", r"rdsp"),
    ("tfsa", r"tfsa"),
    ("lira", r"lira"),
    ("lrsp", r"lrsp"),
    ("rrif", r"rrif|rif"),
    ("prif", r"prif"),
    ("rlif", r"rlif"),
    ("lrif", r"lrif"),
    ("lif", r"lif"),
    ("ira", r"ira|individual retirement|rollover"),
    ("roth ira", r"roth"),
    ("annuity", r"annuity"),
    ("insurance", r"insurance"),
    ("cash management", r"cash management"),
    ("non-taxable brokerage", r"non ?taxable"),
    ("taxable", r"brokerage|margin|cash|individual|joint|taxable"),
)
"""By class, the words that name it. The first that is found counts: `individual` also begins an IRA's long name."""
_PATTERNS = [(name, re.compile(rf"\b(?:{words})\b")) for name, words in _CLASSES]
_PLANS = frozenset({"401k", "401a", "403b", "457b", "thrift savings plan", "profit sharing", "keogh", "pension"})
_WITH_ROTH = _PLANS | {"ira"}
_EMPTY_WORDS = frozenset({"", "account", "investment", "investments", "other", "retirement", "unknown"})


def compare_account_types(left: str | None, right: str | None) -> Comparison:
    """Compare two types by class. Text of no class is `same` only if both are equal and say something."""
    one, other = classify_account(left), classify_account(right)
    if one is not None and other is not None:
        return "same" if one == other else "different"
    text = _normalize(left)
    return "same" if text == _normalize(right) and text not in _EMPTY_WORDS else "unknown"


def is_employer_plan(account_type: str | None) -> bool:
    """Whether the type is a plan of an employer, such as a 401(k)."""
    return (classify_account(account_type) or "").removeprefix("roth ") in _PLANS


@lru_cache(maxsize=512)
def classify_account(account_type: str | None) -> str | None:
    """Return the class of an account's type, or None if the text names none."""
    text = _normalize(account_type)
    name = next((name for name, pattern in _PATTERNS if pattern.search(text)), None)
    is_roth = re.search(r"\broth\b", text) is not None
    return f"roth {name}" if is_roth and name in _WITH_ROTH else name


def _normalize(account_type: str | None) -> str:
    return _SPLIT_PLAN.sub(r"\1\2", " ".join(_WORD.findall((account_type or "").lower())))
