"""Small changes to the core, the edges and what a poll answers that no test could notice."""

from .equivalence import Equivalent
from .selection import Where
from .syntax import MODULE_LEVEL

_POOL = "tidings.http.connection_pool"
_KEYS = "tidings.auth.jwks"
_TOKENS = "tidings.auth.bearer_tokens"
_LOG = "tidings.observability"
_RESPONSE = "tidings.api.response"
_CLIENTS = "tidings.aws.clients"
_HTTP = "tidings.http.client"
_BODIES = "tidings.api.request_bodies"
_LIMITS = "tidings.provider_access.rate_limits"
_CONCURRENCY = "tidings.concurrency"
_PENDING = "tidings.pending.endpoint"

_TYPE_VARIABLE = "the name of a type variable"
_SHOWN_IN_DEBUGGER = "the name is for a debugger"
_OF_A_TYPE = "types are checked before the code runs"
_MEMORY = "a choice between speed and memory"
_VALID_PARAMETERS = "the code's own parameters are valid, so checking them takes time alone"
_FIRST_MINUTE = "the first call begins a minute"
_PARSED_ANEW = "a key is parsed anew, with the same result"
_COMPARED = "PyJWT refuses a token that lacks what it compares"
_TRANSLATED = "the present PyJWT raises an error of its own in its place"
_NO_REDIRECT = "without retries urllib3 follows no redirect either"
_NO_EPOCH = "no epoch, in seconds or finer, lies between"
_BEFORE_NOW = "each is before any present"

_NEVER_ASSIGNED = "nothing assigns to a body"
_BUILT_LATER = "models are built at the start, or when the first body is parsed"

_BOTH = ("raise constant", "lower constant")

EDGES = [
    *(
        Equivalent(module, MODULE_LEVEL, "lengthen text", Where(constant=name), _TYPE_VARIABLE)
        for module, name in ((_CONCURRENCY, "T"), (_CONCURRENCY, "S"), ("tidings.provider_access.credentials", "T"))
    ),
    Equivalent(_KEYS, "_parse_key", "drop element", Where(name="ValueError"), _TRANSLATED),
    Equivalent(_TOKENS, "_parse_header", "drop element", Where(name="ValueError"), _TRANSLATED),
    *(
        Equivalent(_TOKENS, "_verified_claims", "drop element", Where(name=error), _TRANSLATED)
        for error in ("ValueError", "TypeError", "RecursionError")
    ),
    Equivalent(_BODIES, MODULE_LEVEL, "lengthen text", Where(constant="B"), _TYPE_VARIABLE),
    Equivalent(_BODIES, MODULE_LEVEL, "drop argument", Where(keyword="bound"), _OF_A_TYPE),
    Equivalent(_BODIES, "_Body", "drop argument", Where(keyword="frozen"), _NEVER_ASSIGNED),
    Equivalent(_BODIES, "_Body", "negate constant", Where(nth=0), _NEVER_ASSIGNED),
    Equivalent(_BODIES, "_Body", "drop argument", Where(keyword="defer_build"), _BUILT_LATER),
    Equivalent(_BODIES, "_Body", "negate constant", Where(nth=1), _BUILT_LATER),
    Equivalent("tidings.aws.secrets", MODULE_LEVEL, "drop operand", Where(name="Literal"), _OF_A_TYPE),
    Equivalent("tidings.aws.secrets", MODULE_LEVEL, "drop operand", Where(name="ProviderName"), _OF_A_TYPE),
    Equivalent(_CONCURRENCY, MODULE_LEVEL, "lengthen text", Where(constant="time_limit"), _SHOWN_IN_DEBUGGER),
    Equivalent(_LOG, MODULE_LEVEL, "lengthen text", Where(constant="log_context"), _SHOWN_IN_DEBUGGER),
    *(
        Equivalent(_POOL, "Pools.__init__", change, Where(constant=number), _MEMORY)
        for number in (4, 16)
        for change in _BOTH
    ),
    Equivalent(_POOL, "Pools.__init__", "drop argument", Where(keyword="num_pools"), _MEMORY),
    Equivalent(_POOL, "_DeadlineReader.close", "drop statement", Where(nth=1), "the line before closes the socket"),
    Equivalent(_POOL, MODULE_LEVEL, "lengthen text", Where(), _SHOWN_IN_DEBUGGER),
    *(
        Equivalent(
            _CONCURRENCY, "call_with_timeout", "lower constant", Where(constant=0, nth=nth), "a list of one element"
        )
        for nth in (0, 1)
    ),
    Equivalent(_CONCURRENCY, "run_in_background", "raise constant", Where(), "the pool has one call"),
    *(Equivalent(_CONCURRENCY, MODULE_LEVEL, change, Where(constant=8), _MEMORY) for change in _BOTH),
    *(
        Equivalent(_CLIENTS, MODULE_LEVEL, change, Where(constant=number), _MEMORY)
        for number in (50_000, 20, 50)
        for change in _BOTH
    ),
    Equivalent(_CLIENTS, MODULE_LEVEL, "drop argument", Where(keyword="retries"), "the present default of the SDK"),
    Equivalent(_CLIENTS, MODULE_LEVEL, "drop argument", Where(keyword="parameter_validation"), _VALID_PARAMETERS),
    Equivalent(_CLIENTS, MODULE_LEVEL, "negate constant", Where(), _VALID_PARAMETERS),
    *(Equivalent(_LIMITS, "RateLimiter", change, Where(constant=1), _FIRST_MINUTE) for change in _BOTH),
    *(Equivalent(_LIMITS, "RateLimiter", change, Where(constant=0), _FIRST_MINUTE) for change in _BOTH),
    *(Equivalent(_RESPONSE, MODULE_LEVEL, change, Where(constant=3), _MEMORY) for change in _BOTH),
    Equivalent(_LOG, "emit_zero", "drop argument", Where(keyword="by_stack"), _OF_A_TYPE),
    Equivalent(_TOKENS, "_verified_claims", "drop argument", Where(keyword="algorithms"), "the key has its algorithm"),
    Equivalent(_TOKENS, "_verified_claims", "drop element", Where(constant="iss"), _COMPARED),
    Equivalent(_TOKENS, "_verified_claims", "drop element", Where(constant="aud"), _COMPARED),
    Equivalent(_KEYS, "KeyRing.__init__", "negate constant", Where(), "the first fetch decides it"),
    Equivalent(_KEYS, "KeyRing.verification_key", "take always", Where(attribute="_parsed"), _PARSED_ANEW),
    Equivalent(_KEYS, "KeyRing.verification_key", "drop element", Where(nth=0), _PARSED_ANEW),
    Equivalent(_KEYS, "KeyRing.verification_key", "drop element", Where(nth=1), _PARSED_ANEW),
    Equivalent(_KEYS, "KeyRing._fetch", "drop operand", Where(compare="is"), "without an address there are no keys"),
    Equivalent(_KEYS, MODULE_LEVEL, "drop sign", Where(), "either is long before any present"),
    Equivalent(_HTTP, "_exchange", "drop argument", Where(keyword="redirect"), _NO_REDIRECT),
    Equivalent(_HTTP, "_exchange", "negate constant", Where(nth=0), _NO_REDIRECT),
    Equivalent(_HTTP, MODULE_LEVEL, "lower constant", Where(constant=10, nth=1), _NO_EPOCH),
    Equivalent(_HTTP, MODULE_LEVEL, "lower constant", Where(constant=12), _NO_EPOCH),
    Equivalent(_HTTP, "_parse_single_wait_s", "swap comparison", Where(name="_MAX_EPOCH_S"), _NO_EPOCH),
    *(Equivalent(_HTTP, MODULE_LEVEL, change, Where(constant=256), _MEMORY) for change in _BOTH),
    *(Equivalent(_HTTP, MODULE_LEVEL, change, Where(constant=1024, nth=2), _MEMORY) for change in _BOTH),
    *(
        Equivalent(module, function, "drop operand", Where(constant=""), "an instant has a text; `or` is for its type")
        for module, function in (
            ("tidings.portfolio.history_endpoint", "_event"),
            ("tidings.portfolio.history_endpoint", "_change_set"),
            ("tidings.live.ticket_endpoint", "handle_request"),
        )
    ),
    *(
        Equivalent(_PENDING, "provider_pending", change, Where(constant=0, nth=nth), _BEFORE_NOW)
        for nth in (0, 1)
        for change in _BOTH
    ),
]
