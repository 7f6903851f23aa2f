"""Compare the names of institutions: providers spell them differently, and some have changed their name.

docs/holdings.md (Accounts) says how. Names are weak evidence; `account_identity` never relies on them alone.
"""

import re
from functools import lru_cache
from typing import NamedTuple

_DROPPED_SIGNS = re.compile(r"['\u2019*\u00ae\u2122]")
_WORD = re.compile(r"[a-z0-9]+")
_COMPANY_WORDS = frozenset({"ag", "co", "corp", "corporation", "inc", "llc", "ltd", "nv", "plc", "sa", "the", "and"})
_GENERIC_WORDS = frozenset(
    {
        "brokerage", "directed", "finance", "financial", "group", "investing", "investment", "investments",
        "management", "securities", "self", "services", "wealth",
    }
)  # fmt: skip
_COMMON_WORDS = _GENERIC_WORDS | {
    "america", "american", "bank", "capital", "citizens", "com", "community", "credit", "direct", "federal", "first",
    "funds", "national", "of", "one", "online", "public", "retirement", "savings", "trade", "trust", "union", "united",
}  # fmt: skip
"""Words that many institutions have: a name of such words alone is no part of a longer one."""
_COUNTRIES = {
    "australia": "au", "canada": "ca", "europe": "eu", "uk": "gb", "us": "us", "usa": "us",
}  # fmt: skip

_SPELLINGS: dict[str, tuple[str, ...]] = {
    "ally": ("tradeking",),
    "charles schwab": ("scottrade", "tdameritrade", "optionsxpress"),
    "ci direct": ("virtualbrokers",),
    "corebridge": ("valic", "aigretirement"),
    "degiro": ("flatexdegiro", "flatexdegirobank"),
    "empower": (
        "greatwest", "greatwestlife", "massmutualretirement", "personalcapital", "prudentialretirement",
    ),
    "equitable": ("axaequitable", "axaadvisors"),
    "etrade": ("etradefrommorganstanley", "optionshouse"),
    "hargreaves lansdown": ("hl",),
    "interactive brokers": ("ibkr", "ib", "interactivebrokersibkr"),
    "interactive investor": ("ii",),
    "jpmorgan": (
        "chase", "chasebank", "chaseyouinvest", "jpmorganchase", "jpmorganchasebank", "jpmorganonline", "youinvest",
        "youinvestbyjpmorgan",
    ),
    "merrill": ("merrilledge", "merrilllynch", "merrilllynchbenefitsonline"),
    "moomoo": ("futu", "futubull"),
    "public": ("publiccom",),
    "royal bank of canada": ("rbc", "rbcroyalbank", "rbcdirect"),
    "tastytrade": ("tastyworks",),
    "tiaa": ("tiaacref",),
    "truist": ("suntrust", "bbt"),
    "voya": ("ingretirement",),
}  # fmt: skip
"""Present names with their earlier and short ones, as `squashed`."""


class InstitutionName(NamedTuple):
    """A name for comparison. `squashed`: its words without spaces, which are as unequal as their spelling."""

    words: frozenset[str]
    squashed: str
    country: str | None


def is_same_institution(left: str | None, right: str | None) -> bool:
    """Whether two names can mean one institution: equal without spaces, or one's words are part of the other's."""
    one, other = _parse_name(left or ""), _parse_name(right or "")
    if not one.words or (one.country and other.country and one.country != other.country):
        return False
    shared = one.words & other.words
    is_part = shared in (one.words, other.words) and not shared <= _COMMON_WORDS
    return one.squashed == other.squashed or is_part


@lru_cache(maxsize=512)
def _parse_name(name: str) -> InstitutionName:
    words = [word for word in _WORD.findall(_DROPPED_SIGNS.sub("", name.lower())) if word not in _COMPANY_WORDS]
    countries = [_COUNTRIES[word] for word in words if word in _COUNTRIES]
    distinctive = [word for word in words if word not in _GENERIC_WORDS and word not in _COUNTRIES]
    if all(word in _COMMON_WORDS for word in distinctive):
        distinctive = words
    # The whole name first: "Prudential Retirement" is another institution than "Prudential".
    present = _PRESENT_NAMES.get("".join(words)) or _PRESENT_NAMES.get("".join(distinctive))
    kept = present.split() if present else distinctive
    return InstitutionName(frozenset(kept), "".join(kept), countries[0] if countries else None)


_PRESENT_NAMES = {spelling: present for present, spellings in _SPELLINGS.items() for spelling in spellings}
_PRESENT_NAMES |= {present.replace(" ", ""): present for present in _SPELLINGS}
