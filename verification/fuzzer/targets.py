"""What is fuzzed, by name: a case in, how it ended out. Whatever a target raises is a fault of the product.

`ends`: endings that a few thousand cases must reach, or the cases prove little.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from verification.fuzzer import bearer, plaid, requests, snaptrade
from verification.fuzzer.choices import Choices

_EVENT = {"not an object", "nothing", "marks", "status"}


class Target(NamedTuple):
    run: Callable[[Choices], str]
    ends: set[str]


TARGETS: Mapping[str, Target] = {
    "plaid-token": Target(
        plaid.token,
        {"header", "body_hash", "from_the_future", "key_unknown", "signature", "malformed", "marks", "stale marks"},
    ),
    "plaid-event": Target(plaid.event, {*_EVENT, "task", "status task", "marks status task"}),
    "plaid-key": Target(plaid.key, {"not JSON", "no key", "key"}),
    "snaptrade-signature": Target(
        snaptrade.signature,
        {"header", "signature", "malformed", "from_the_future", "event_timestamp", "marks", "stale marks"},
    ),
    "snaptrade-unsigned": Target(snaptrade.unsigned, {"malformed", "from_the_future", "event_timestamp", "marks"}),
    "snaptrade-event": Target(snaptrade.event, {*_EVENT, "marks status", "removes"}),
    "bearer-token": Target(
        bearer.token,
        {"malformed", "algorithm", "header", "key_unknown", "key_unfit", "signature", "expired", "not_yet_valid"}
        | {"audience", "issuer", "claim_missing", "claims", "user_id", "e-mail", "no e-mail"},
    ),
    "bearer-keys": Target(bearer.key_set, {"not JSON", "no keys", "key_unfit", "key_unreadable", "key"}),
    "request": Target(requests.event, {"not base64", "refused", "led elsewhere", "read"}),
    "secret": Target(requests.secret, {"unreadable", "read"}),
}


@contextmanager
def keys_known() -> Iterator[None]:
    """While the keys of Plaid and of the issuer are ours, without a call."""
    with plaid.key_known(), bearer.key_known():
        yield
