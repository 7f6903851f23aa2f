"""Small changes to the store that no test could notice."""

from .equivalence import Equivalent
from .selection import Where
from .syntax import MODULE_LEVEL

_STORE = "tidings.store"
_CHANGES_OF_NUMBER = ("raise constant", "lower constant")

_RANDOM = "a random id with one byte more or less is as unique"
_PAGE = "a page's size only decides how many requests a scan takes"
_ENOUGH_ATTEMPTS = "after so many lost races another attempt changes nothing"
_FOR_TYPES = "for type checkers only"
_AFTER_1970 = "no check is due in 1970"
_EVERY_FIELD_GIVEN = "the product gives every field of a record"
_ONE_TABLE = "all rows are of one table"
_LONG_AGO = "an instant of 1970 is over a minute ago"

_COMPRESSION = "only decides how small the content is, and how long that takes"

_RANDOM_IDS = [
    ("cooldowns", "acquire"),
    ("ended_users", "record_end"),
    ("links", "new_link_id"),
    ("paid_refreshes", "begin"),
    ("paid_refreshes", "request"),
    ("token_leases", "acquire_lease"),
]
_PAGES = [("admin_queries", 1000), ("items", 100), ("token_leases", 100)]
_SCANS = [
    ("admin_queries", "all_events"),
    ("admin_queries", "all_items"),
    ("admin_queries", "all_sources"),
    ("admin_queries", "list_sessions"),
    ("items", "all_encrypted_credentials"),
    ("token_leases", "unfinished_leases"),
]
_ATTEMPTS = [("item_links", 20), ("removal", 10), ("revocation", 10)]

STORE = [
    *(
        Equivalent(f"{_STORE}.{module}", function, kind, Where(constant=8), _RANDOM)
        for module, function in _RANDOM_IDS
        for kind in _CHANGES_OF_NUMBER
    ),
    *(
        Equivalent(f"{_STORE}.{module}", MODULE_LEVEL, kind, Where(constant=size), _PAGE)
        for module, size in _PAGES
        for kind in _CHANGES_OF_NUMBER
    ),
    *(
        Equivalent(f"{_STORE}.{module}", function, "drop argument", Where(keyword="page_size"), _PAGE)
        for module, function in _SCANS
    ),
    *(
        Equivalent(f"{_STORE}.{module}", MODULE_LEVEL, kind, Where(constant=size), _ENOUGH_ATTEMPTS)
        for module, size in _ATTEMPTS
        for kind in _CHANGES_OF_NUMBER
    ),
    *(
        Equivalent(f"{_STORE}.{module}", MODULE_LEVEL, kind, Where(name="TYPE_CHECKING"), _FOR_TYPES)
        for module in ("item_links", "snapshot_keys")
        for kind in ("take always", "take never")
    ),
    *(
        Equivalent(f"{_STORE}.items", "EncryptedCredential.is_backed_off", kind, Where(constant=0), _AFTER_1970)
        for kind in _CHANGES_OF_NUMBER
    ),
    *(
        Equivalent(f"{_STORE}.items", "ItemRecord", kind, Where(constant=0), _EVERY_FIELD_GIVEN)
        for kind in _CHANGES_OF_NUMBER
    ),
    *(
        Equivalent(f"{_STORE}.snapshot_codec", MODULE_LEVEL, kind, Where(constant=3), _COMPRESSION)
        for kind in _CHANGES_OF_NUMBER
    ),
    Equivalent(
        f"{_STORE}.snapshot_codec",
        "_Columns.decode_rows",
        "take never",
        Where(compare="=="),
        "a shortcut: the columns are in order already",
    ),
    Equivalent(f"{_STORE}.batches", MODULE_LEVEL, "drop argument", Where(keyword="bound"), _FOR_TYPES),
    Equivalent(f"{_STORE}.batches", MODULE_LEVEL, "lengthen text", Where(constant="R"), _FOR_TYPES),
    *(
        Equivalent(f"{_STORE}.batches", function, "lower constant", Where(constant=0), _ONE_TABLE)
        for function in ("put_rows", "delete_rows")
    ),
    *(
        Equivalent(f"{_STORE}.first_fetches", "acquire", kind, Where(constant=0, nth=number), _LONG_AGO)
        for number in (0, 1)
        for kind in _CHANGES_OF_NUMBER
    ),
    Equivalent(
        f"{_STORE}.ended_users",
        "MayLink.add_check",
        "take always",
        Where(compare="is not"),
        "no id equals NULL, which pynamodb sends for None",
    ),
    *(
        Equivalent(f"{_STORE}.history", function, "lengthen text", Where(constant="~"), "every key is before it")
        for function in ("forget_user", "_rows_of")
    ),
    Equivalent(
        f"{_STORE}.history",
        MODULE_LEVEL,
        "lengthen text",
        Where(constant="$"),
        "no key has a character between `#` and `$`",
    ),
    Equivalent(f"{_STORE}.conditional_writes", MODULE_LEVEL, "lengthen text", Where(constant="T"), _FOR_TYPES),
    Equivalent(
        f"{_STORE}.updates",
        "_reduce",
        "swap comparison",
        Where(compare=">"),
        "an equal time is written again as it is",
    ),
    Equivalent(
        f"{_STORE}.removal",
        "remove_leftovers",
        "take always",
        Where(),
        "a shortcut: there is nothing to delete",
    ),
    Equivalent(
        f"{_STORE}.cooldowns",
        "release",
        "swap comparison",
        Where(attribute="retry_at", compare="<"),
        "an equal wait is written again as it is",
    ),
]
