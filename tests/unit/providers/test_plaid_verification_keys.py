"""Plaid's keys: cached, expired in time, and looked up at a bounded rate."""

import time
import uuid
from collections import OrderedDict

import pytest

from tests.support.fakes.product_modules import replace_in_product
from tests.support.fakes.signed_webhooks import PlaidKey
from tests.unit.providers.conftest import KeyService
from tidings.errors import InvalidSignature, ProviderError, ProviderLimit, ProviderTimeout
from tidings.providers.plaid import client, verification_keys
from tidings.providers.plaid.errors import PlaidError

NOW = 1_790_000_000_000


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    replace_in_product(monkeypatch, time, monotonic=clock.monotonic)
    return clock


@pytest.fixture
def ring(clock: Clock, key_service: KeyService) -> verification_keys.KeyRing:
    return verification_keys.KeyRing()


def test_key_is_looked_up_once_until_expiry(
    ring: verification_keys.KeyRing, clock: Clock, plaid_key: PlaidKey, key_service: KeyService
) -> None:
    for _ in range(100):
        ring.public_key({}, plaid_key.kid, NOW)
    clock.now += verification_keys.KEY_TTL_S - 1
    ring.public_key({}, plaid_key.kid, NOW)
    assert len(key_service.requests) == 1
    clock.now += 1
    ring.public_key({}, plaid_key.kid, NOW)
    assert len(key_service.requests) == 2


def test_key_cache_limits_match_documentation(ring: verification_keys.KeyRing, plaid_key: PlaidKey) -> None:
    """One hour, five minutes; 64 keys, 256 unknown ones; ten look-ups a minute of three seconds each."""
    assert ring.public_key({}, plaid_key.kid, NOW)
    limits = (
        verification_keys.KEY_TTL_S,
        verification_keys.UNKNOWN_TTL_S,
        verification_keys.MAX_KEYS,
        verification_keys.MAX_UNKNOWN,
    )
    assert (*limits, verification_keys.LOOKUPS_PER_MINUTE, verification_keys.LOOKUP_DEADLINE_S) == (
        3600,
        300,
        64,
        256,
        10,
        3,
    )


def test_key_withdrawn_by_plaid_is_forgotten(
    ring: verification_keys.KeyRing, clock: Clock, plaid_key: PlaidKey, key_service: KeyService
) -> None:
    ring.public_key({}, plaid_key.kid, NOW)
    clock.now += verification_keys.KEY_TTL_S
    del key_service.answers[plaid_key.kid]
    for _ in range(2):  # first from Plaid, then from the cache
        with pytest.raises(InvalidSignature) as refused:
            ring.public_key({}, plaid_key.kid, NOW)
        assert refused.value.reason == "key_unknown"
    assert len(key_service.requests) == 2
    assert not ring._keys


def test_least_recently_used_key_is_evicted() -> None:
    kept = OrderedDict({("env", kid): 0 for kid in ("a", "b")})
    verification_keys._remember(kept, ("env", "a"), 1, 2)
    verification_keys._remember(kept, ("env", "c"), 1, 2)
    assert [kid for _, kid in kept] == ["a", "c"]


@pytest.mark.parametrize("key", [None, [], "key"])
def test_response_without_key_is_provider_error(
    ring: verification_keys.KeyRing,
    key_service: KeyService,
    key: object,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client, "post", lambda *_: {"key": key})
    with pytest.raises(ProviderError):
        ring.public_key({}, str(uuid.uuid4()), NOW)


def test_coordinate_with_trailing_character_is_provider_error(
    ring: verification_keys.KeyRing, plaid_key: PlaidKey, key_service: KeyService
) -> None:
    key_service.answers[plaid_key.kid] = plaid_key.jwk(x=f"{plaid_key.jwk()['x']}\n")
    with pytest.raises(ProviderError):
        ring.public_key({}, plaid_key.kid, NOW)


def test_key_lookup_ends_after_three_seconds(
    ring: verification_keys.KeyRing, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    deadlines: list[float] = []

    def post(_app: object, _path: str, _fields: object, deadline: float) -> None:
        deadlines.append(deadline)
        raise ProviderError

    monkeypatch.setattr(client, "post", post)
    with pytest.raises(ProviderError):
        ring.public_key({}, str(uuid.uuid4()), NOW)
    assert deadlines == [clock.now + 3]


def test_expired_key_is_refused_from_cache(
    ring: verification_keys.KeyRing, plaid_key: PlaidKey, key_service: KeyService
) -> None:
    key_service.answers[plaid_key.kid] = plaid_key.jwk(expired_at=NOW // 1000)
    ring.public_key({}, plaid_key.kid, NOW - 1)
    with pytest.raises(InvalidSignature) as refused:
        ring.public_key({}, plaid_key.kid, NOW)
    assert refused.value.reason == "key_expired"
    assert len(key_service.requests) == 1


def test_unknown_kid_is_cached_briefly(ring: verification_keys.KeyRing, clock: Clock, key_service: KeyService) -> None:
    kid = str(uuid.uuid4())
    for _ in range(50):
        with pytest.raises(InvalidSignature):
            ring.public_key({}, kid, NOW)
    assert key_service.requests == [kid]
    clock.now += verification_keys.UNKNOWN_TTL_S
    with pytest.raises(InvalidSignature):
        ring.public_key({}, kid, NOW)
    assert key_service.requests == [kid, kid]


def test_kid_that_becomes_known_is_accepted_after_ttl(
    ring: verification_keys.KeyRing, clock: Clock, key_service: KeyService
) -> None:
    key = PlaidKey()
    with pytest.raises(InvalidSignature):
        ring.public_key({}, key.kid, NOW)
    key_service.answers[key.kid] = key.jwk()
    clock.now += verification_keys.UNKNOWN_TTL_S
    ring.public_key({}, key.kid, NOW)


@pytest.mark.parametrize("error", [ProviderError(), ProviderTimeout(), ProviderLimit(retry_after_s=60)])
def test_key_service_outage_is_not_cached(
    ring: verification_keys.KeyRing, plaid_key: PlaidKey, key_service: KeyService, error: Exception
) -> None:
    key_service.answers[plaid_key.kid] = error
    with pytest.raises(type(error)):
        ring.public_key({}, plaid_key.kid, NOW)
    key_service.answers[plaid_key.kid] = plaid_key.jwk()
    ring.public_key({}, plaid_key.kid, NOW)


def test_other_error_is_not_cached_as_unknown_kid(
    ring: verification_keys.KeyRing, plaid_key: PlaidKey, key_service: KeyService
) -> None:
    key_service.answers[plaid_key.kid] = PlaidError("INVALID_API_KEYS")
    with pytest.raises(PlaidError):
        ring.public_key({}, plaid_key.kid, NOW)
    key_service.answers[plaid_key.kid] = plaid_key.jwk()
    ring.public_key({}, plaid_key.kid, NOW)


def test_lookup_allowance_refills_evenly(
    ring: verification_keys.KeyRing, clock: Clock, key_service: KeyService
) -> None:
    def count_lookups() -> int:
        before = len(key_service.requests)
        for _ in range(50):
            with pytest.raises((InvalidSignature, ProviderError)):
                ring.public_key({}, str(uuid.uuid4()), NOW)
        return len(key_service.requests) - before

    assert count_lookups() == verification_keys.LOOKUPS_PER_MINUTE == 10
    clock.now += 5.9
    assert count_lookups() == 0
    clock.now += 0.11
    assert count_lookups() == 1
    clock.now += 30
    assert count_lookups() == 5
    clock.now += 3600
    assert count_lookups() == 10
    with pytest.raises(ProviderError) as refused:
        ring.public_key({}, str(uuid.uuid4()), NOW)
    assert refused.value.retry_after_s == 60


@pytest.mark.threat(id="webhook-flood")
def test_forged_kid_flood_is_bounded_and_keeps_good_keys(
    ring: verification_keys.KeyRing, clock: Clock, plaid_key: PlaidKey, key_service: KeyService
) -> None:
    ring.public_key({}, plaid_key.kid, NOW)
    for _ in range(1000):
        with pytest.raises((InvalidSignature, ProviderError)):
            ring.public_key({}, str(uuid.uuid4()), NOW)
    assert len(key_service.requests) == verification_keys.LOOKUPS_PER_MINUTE
    clock.now += verification_keys.KEY_TTL_S  # the good key expires in the middle of the flood
    for _ in range(1000):
        with pytest.raises((InvalidSignature, ProviderError)):
            ring.public_key({}, str(uuid.uuid4()), NOW)
    ring.public_key({}, plaid_key.kid, NOW)


def test_unknown_kid_cache_is_bounded(ring: verification_keys.KeyRing, clock: Clock) -> None:
    for _ in range(verification_keys.MAX_UNKNOWN * 2):
        clock.now += 60
        with pytest.raises(InvalidSignature):
            ring.public_key({}, str(uuid.uuid4()), NOW)
    assert len(ring._unknown) == verification_keys.MAX_UNKNOWN


def test_good_key_cache_is_bounded(ring: verification_keys.KeyRing, clock: Clock, key_service: KeyService) -> None:
    for _ in range(verification_keys.MAX_KEYS + 5):
        clock.now += 60
        key = PlaidKey()
        key_service.answers[key.kid] = key.jwk()
        ring.public_key({}, key.kid, NOW)
    assert len(ring._keys) == verification_keys.MAX_KEYS


@pytest.mark.parametrize(
    "changes",
    [
        {"kty": "RSA"},
        {"crv": "P-384"},
        {"alg": "ES384"},
        {"use": "enc"},
        {"kid": str(uuid.uuid4())},
        {"x": "AA"},
        {"x": None},
        {"y": "A" * 43},
        {"expired_at": "soon"},
        {"expired_at": True},
    ],
)
def test_mismatched_key_is_provider_error(
    ring: verification_keys.KeyRing, plaid_key: PlaidKey, key_service: KeyService, changes: dict[str, object]
) -> None:
    key_service.answers[plaid_key.kid] = plaid_key.jwk(**changes)
    with pytest.raises(ProviderError):
        ring.public_key({}, plaid_key.kid, NOW)


def test_environments_do_not_share_keys(
    ring: verification_keys.KeyRing, plaid_key: PlaidKey, key_service: KeyService, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring.public_key({}, plaid_key.kid, NOW)
    monkeypatch.setenv("PLAID_ENVIRONMENT", "production")
    ring.public_key({}, plaid_key.kid, NOW)
    assert len(key_service.requests) == 2
