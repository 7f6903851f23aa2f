"""List the fuzz targets by name. A target runs one case and returns its outcome; an error that it raises is a fault.

`required_outcomes`: outcomes that a few thousand cases must reach; otherwise the cases prove little.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from verification.fuzzer import bearer_token, plaid, requests, snaptrade
from verification.fuzzer.choices import Choices

_EVENT = {"not an object", "nothing", "update", "status"}


class Target(NamedTuple):
    """A function that runs one case, and the outcomes that its cases must reach."""

    run: Callable[[Choices], str]
    required_outcomes: set[str]


TARGETS: Mapping[str, Target] = {
    "plaid-token": Target(
        plaid.verify_token,
        {"header", "body_hash", "from_the_future", "key_unknown", "signature", "malformed", "update", "stale update"},
    ),
    "plaid-event": Target(plaid.parse_event, {*_EVENT, "task", "status task", "update status task"}),
    "plaid-key": Target(plaid.parse_key, {"not JSON", "no key", "key"}),
    "snaptrade-signature": Target(
        snaptrade.verify_signature,
        {"header", "signature", "malformed", "from_the_future", "event_timestamp", "update", "stale update"},
    ),
    "snaptrade-unsigned": Target(
        snaptrade.verify_unsigned, {"malformed", "from_the_future", "event_timestamp", "update"}
    ),
    "snaptrade-event": Target(snaptrade.parse_event, {*_EVENT, "update status", "removes"}),
    "bearer-token": Target(
        bearer_token.verify_token,
        {"malformed", "algorithm", "header", "key_unknown", "key_unfit", "signature", "expired", "not_yet_valid"}
        | {"audience", "issuer", "claim_missing", "claims", "user_id", "e-mail", "no e-mail"},
    ),
    "bearer-keys": Target(bearer_token.parse_key_set, {"not JSON", "no keys", "key_unfit", "key_unreadable", "key"}),
    "request": Target(requests.parse_request, {"not base64", "rejected", "redirect rejected", "parsed"}),
    "secret": Target(requests.parse_secret, {"unreadable", "parsed"}),
}


@contextmanager
def with_known_keys() -> Iterator[None]:
    """Replace the keys of Plaid and of the issuer by known ones, so that no call is made."""
    with plaid.with_known_key(), bearer_token.with_known_key():
        yield
