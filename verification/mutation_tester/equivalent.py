"""Small changes that no test could notice, each with the reason."""

from .equivalence import Equivalent
from .equivalent_connections import CONNECTIONS
from .equivalent_edges import EDGES
from .equivalent_providers import PROVIDERS
from .equivalent_reconcile import RECONCILE
from .equivalent_refresh import REFRESH
from .equivalent_store import STORE
from .equivalent_webhooks import WEBHOOKS
from .selection import Where
from .syntax import MODULE_LEVEL

_PLAID = "tidings.providers.plaid.webhook"
_KEYS = "tidings.providers.plaid.verification_keys"
_SNAPTRADE = "tidings.providers.snaptrade.webhook"
_CLAIMS = "tidings.store.cooldowns"
_SNAPSHOTS = "tidings.store.snapshots"

_SWEEPS = "tidings.providers.sweeps"
_OCC = "tidings.providers.occ_symbol"
_READINGS = "tidings.providers.readings"
_DECIMALS = "tidings.decimals"
_GROUPS = "tidings.portfolio.account_groups"

_MERGE = "tidings.portfolio.merge"
_SECURITIES = "tidings.portfolio.securities"
_EVIDENCE = "tidings.portfolio.holdings_evidence"
_CONVERSION = "tidings.exchange_rates.conversion"
_PLAID_ROWS = "tidings.providers.plaid.normalize"
_SNAPTRADE_ROWS = "tidings.providers.snaptrade.normalize"
_RESULTS = "tidings.refresh.results"
_TIMELINE = "tidings.portfolio.timeline"
_TICKERS = "tidings.portfolio.tickers"
_IDENTITY = "tidings.portfolio.account_identity"
_HISTORY_TEXT = "tidings.portfolio.history_text"
_RATES = "tidings.exchange_rates.rates"

_NEAR_ZERO = "a sum so near to 0 is tenfold apart from the other anyway"
_ONE_SHARE = "a merged row of one share is that share's row"
_PARTS_REPLACED = "the parts, which have this date, are replaced"
_IN_ORDER = "the accounts are in order already, so sorting changes nothing"
_OWN_ISIN = "a shortcut: a row with an ISIN of its own needs no other row's identifiers"
_TELLS_NOTHING = "a shortcut: a row without identifiers tells other rows none"
_NOTHING_KNOWN = "a shortcut: where no identifier is known, none is found"
_ALIAS_MARK = "aliases of a CUSIP and of a ticker differ in length too"
_MANY_DIGITS = "no total has so many digits"
_BUILT_ANEW = "a rate's evidence is built anew, with the same content"
_NO_TYPE = "a missing type is in the table as little as an empty one"
_HAS_WAIT = "only errors with a wait are compared"
_PLAIN_TICKER = "a shortcut: there is no suffix and no share class to parse"
_DERIVED_ANEW = "a rate is derived anew, with the same result"
_MORE_ENTRIES = "nothing looks up the further entries"
_LIKE_MISSING = "every caller treats an empty text like a missing one"
_CHOSEN_FOR_CASH = "the row was chosen because its cash is known"

EQUIVALENT = [
    *EDGES,
    *CONNECTIONS,
    *PROVIDERS,
    *WEBHOOKS,
    *RECONCILE,
    *REFRESH,
    *STORE,
    Equivalent(
        "tidings.portfolio.institutions",
        "is_same_institution",
        "swap comparison",
        Where(compare="<="),
        "no institution's name has all of these words",
    ),
    Equivalent(_HISTORY_TEXT, "PointWriter._entry", "take always", Where(), "the text around is written anew"),
    Equivalent(_HISTORY_TEXT, MODULE_LEVEL, "raise constant", Where(constant=24), _MORE_ENTRIES),
    Equivalent(_HISTORY_TEXT, MODULE_LEVEL, "raise constant", Where(constant=60, nth=1), _MORE_ENTRIES),
    Equivalent(_HISTORY_TEXT, MODULE_LEVEL, "raise constant", Where(constant=1000), _MORE_ENTRIES),
    Equivalent(_SWEEPS, "_with_funds", "drop operand", Where(compare="is", nth=0), _CHOSEN_FOR_CASH),
    Equivalent(_SWEEPS, "_with_funds", "drop operand", Where(compare="is", nth=1), _CHOSEN_FOR_CASH),
    Equivalent(
        _OCC, "parse_occ_symbol", "swap sign", Where(call="normalize"), "either writes the number without an exponent"
    ),
    Equivalent(
        _OCC,
        "compact_occ_symbol",
        "drop operand",
        Where(compare="is not", nth=0),
        "a symbol that can be parsed has the form of one",
    ),
    Equivalent(
        _READINGS,
        "_won",
        "drop operand",
        Where(nth=0),
        "without kinds there is one sum, which chooses no reading",
    ),
    Equivalent(_READINGS, "_is_far", "swap comparison", Where(compare="<="), _NEAR_ZERO),
    Equivalent(_READINGS, "_is_far", "raise constant", Where(constant=0), _NEAR_ZERO),
    Equivalent(_READINGS, "_is_far", "lower constant", Where(constant=0), _NEAR_ZERO),
    Equivalent(
        _READINGS, "_sums", "lower constant", Where(constant=0, nth=0), "a row without a kind has one reading alone"
    ),
    Equivalent(
        "tidings.providers.snaptrade.options",
        "read_option",
        "drop operand",
        Where(compare="is", nth=0),
        "without a multiplier the value is unknown too",
    ),
    Equivalent(
        "tidings.providers.plaid.options",
        "_count_by_value",
        "swap sign",
        Where(call="normalize"),
        "either writes the number without an exponent",
    ),
    Equivalent(
        "tidings.providers.plaid.cash",
        "cash_code",
        "lower constant",
        Where(constant=1, nth=0),
        "a code with the prefix is found by the next line",
    ),
    Equivalent(
        "tidings.providers.plaid.vesting",
        "_quantity",
        "drop operand",
        Where(compare="is", nth=0),
        "of quantity and value one is known here",
    ),
    Equivalent(
        "tidings.providers.plaid.vesting",
        "_quantity",
        "drop operand",
        Where(attribute="price", compare="is"),
        "a product without a price differs from the value",
    ),
    Equivalent(
        _MERGE,
        "_group_by_instrument",
        "drop element",
        Where(nth=0),
        "the row's number alone keeps it by itself",
    ),
    Equivalent(_MERGE, "_row", "take never", Where(), _ONE_SHARE),
    Equivalent(_MERGE, "_row", "lower constant", Where(constant=1), _ONE_SHARE),
    Equivalent(_MERGE, "_row", "lower constant", Where(constant=0), _ONE_SHARE),
    Equivalent(_MERGE, "_merged_row", "raise constant", Where(constant=0, nth=1), _PARTS_REPLACED),
    Equivalent(_MERGE, "_merged_row", "lower constant", Where(constant=0, nth=1), _PARTS_REPLACED),
    Equivalent(_MERGE, "_in_stable_order", "take never", Where(), _IN_ORDER),
    Equivalent(_MERGE, "_in_stable_order", "drop statement", Where(), _IN_ORDER),
    Equivalent(_SECURITIES, "SecurityMatcher.__init__", "take never", Where(call="all"), _OWN_ISIN),
    Equivalent(_SECURITIES, "SecurityMatcher.__init__", "drop statement", Where(nth=0), _OWN_ISIN),
    Equivalent(_SECURITIES, "SecurityMatcher.__init__", "take never", Where(nth=2), _TELLS_NOTHING),
    Equivalent(_SECURITIES, "SecurityMatcher.__init__", "drop statement", Where(nth=2), _TELLS_NOTHING),
    Equivalent(_SECURITIES, "SecurityMatcher.identity", "drop operand", Where(nth=1), "all cash has a ticker"),
    Equivalent(_SECURITIES, "SecurityMatcher._listing", "take always", Where(nth=1), "the listing is parsed anew"),
    Equivalent(_SECURITIES, "SecurityMatcher._agreed_identifier", "take never", Where(), _NOTHING_KNOWN),
    Equivalent(_SECURITIES, "SecurityMatcher._agreed_identifier", "drop statement", Where(), _NOTHING_KNOWN),
    Equivalent(_SECURITIES, "SecurityMatcher._aliases", "drop element", Where(nth=0), _ALIAS_MARK),
    Equivalent(_SECURITIES, "SecurityMatcher._aliases", "lengthen text", Where(), _ALIAS_MARK),
    Equivalent(
        _EVIDENCE, "Positions.instruments", "drop operand", Where(nth=1), "rows without a quantity are left out"
    ),
    Equivalent(_CONVERSION, MODULE_LEVEL, "drop argument", Where(keyword="rounding"), "this is the default"),
    Equivalent(_CONVERSION, MODULE_LEVEL, "raise constant", Where(constant=400), _MANY_DIGITS),
    Equivalent(_CONVERSION, MODULE_LEVEL, "lower constant", Where(constant=400), _MANY_DIGITS),
    Equivalent(_CONVERSION, "Conversion.convert", "drop operand", Where(attribute="_used"), _BUILT_ANEW),
    Equivalent(_CONVERSION, "Conversion.convert", "drop element", Where(nth=0), _BUILT_ANEW),
    Equivalent(_CONVERSION, "Conversion.convert", "drop element", Where(nth=1), _BUILT_ANEW),
    Equivalent(_PLAID_ROWS, "_row", "drop operand", Where(constant="", nth=0), _NO_TYPE),
    Equivalent(_SNAPTRADE_ROWS, "_holding", "drop operand", Where(constant="", nth=0), _NO_TYPE),
    Equivalent(_RESULTS, "shared_error", "drop operand", Where(constant=0, nth=0), _HAS_WAIT),
    Equivalent(_RESULTS, "shared_error", "raise constant", Where(constant=0, nth=0), _HAS_WAIT),
    Equivalent(_RESULTS, "shared_error", "lower constant", Where(constant=0, nth=0), _HAS_WAIT),
    Equivalent(_TIMELINE, "_latest_by_day", "drop argument", Where(keyword="key", nth=1), "in a day any order will do"),
    Equivalent(_TIMELINE, "_latest_by_day", "take always", Where(nth=0), "a shortcut: nothing has ended"),
    Equivalent(_TIMELINE, "_amounts", "drop operand", Where(call="plain_values"), "a shortcut for the same sums"),
    Equivalent(_TIMELINE, "_counted", "take never", Where(), "a shortcut: each account is alone in its group"),
    Equivalent(_TIMELINE, "_counted", "drop statement", Where(), "a shortcut: each account is alone in its group"),
    Equivalent(_TIMELINE, "_groups", "drop element", Where(nth=1), "the sources are in order already"),
    Equivalent(
        "tidings.portfolio.account_warnings",
        "describe_residual",
        "drop operand",
        Where(compare="is", nth=1),
        "without a total there is no difference",
    ),
    Equivalent(_TICKERS, "parse_listing", "take never", Where(call="isalnum"), _PLAIN_TICKER),
    Equivalent(_TICKERS, "parse_listing", "drop statement", Where(call="upper", nth=0), _PLAIN_TICKER),
    Equivalent(_IDENTITY, "Evidence", "raise constant", Where(constant=1, nth=0), "the weakest stays the weakest"),
    Equivalent(_IDENTITY, "Evidence", "raise constant", Where(constant=3), "the strongest stays the strongest"),
    Equivalent(_IDENTITY, "_digits", "lengthen text", Where(constant="x"), "the text is in small letters"),
    Equivalent(_RATES, MODULE_LEVEL, "drop argument", Where(keyword="rounding"), "this is the default"),
    Equivalent(_RATES, "RateBook.find_rate", "drop element", Where(nth=0), _DERIVED_ANEW),
    Equivalent(_RATES, "RateBook.find_rate", "drop element", Where(nth=1), _DERIVED_ANEW),
    Equivalent(_RATES, "RateBook.find_rate", "take always", Where(nth=0), _DERIVED_ANEW),
    Equivalent(_RATES, "RateBook.find_rate", "take never", Where(compare="in", nth=1), _DERIVED_ANEW),
    Equivalent(_RATES, "_Pair.derive", "drop statement", Where(attribute="dated"), _DERIVED_ANEW),
    Equivalent(_DECIMALS, MODULE_LEVEL, "raise constant", Where(constant=4), "more digits than needed change nothing"),
    Equivalent(
        _GROUPS,
        "group_same_accounts",
        "take always",
        Where(),
        "if no pair had to stay apart, uniting the pairs in another order makes the same groups",
    ),
    Equivalent(
        _GROUPS,
        "_unite",
        "negate constant",
        Where(constant=True),
        "the pairs are united once more, in another order, with the same result",
    ),
    Equivalent(
        _PLAID,
        "_parse",
        "drop operand",
        Where(constant="."),
        "with fewer dots a part is empty, with more a part contains a dot: neither is base64url",
    ),
    Equivalent(
        _SNAPTRADE,
        "_parse",
        "drop element",
        Where(name="RecursionError"),
        "this interpreter's parser refuses what its encoder cannot nest; other interpreters differ",
    ),
    Equivalent(
        _PLAID,
        "_text",
        "swap comparison",
        Where(constant=0, nth=0),
        "every caller treats an empty text like a missing one",
    ),
    Equivalent(_KEYS, "_coordinate", "lengthen text", Where(constant="="), "the decoder stops at the padding"),
    Equivalent(_PLAID, "_text", "lower constant", Where(constant=0), _LIKE_MISSING),
    Equivalent(_KEYS, MODULE_LEVEL, "lengthen text", Where(constant="T"), "the name of a type variable"),
    Equivalent(
        _CLAIMS,
        "acquire",
        "swap comparison",
        Where(attribute="follow_up"),
        "`follow_up` equals the paid refresh's `retry_at`: at that instant the cooldown has expired anyway",
    ),
    Equivalent(
        _SNAPSHOTS,
        "_is_newer_than_stored",
        "drop operand",
        Where(attribute="entry"),
        "DynamoDB finds a missing attribute different from every value",
    ),
]
