"""A key that Plaid confirmed to another process is used for a day, without a look-up."""

import time

import pytest

from tests.support.fakes.product_modules import replace_in_product
from tests.support.fakes.signed_webhooks import PlaidKey
from tests.unit.providers.conftest import KeyService
from tidings.errors import InvalidSignature, ProviderError
from tidings.model import ConfirmedKey
from tidings.providers.plaid.verification_keys import LOOKUPS_PER_MINUTE, KeyRing

NOW = 1_790_000_000_000
DAY_MS, HOUR_S = 86_400_000, 3600
BASE_URL = "https://plaid.example"


class Store:
    """Other processes' keys, by kid."""

    def __init__(self) -> None:
        self.keys: dict[str, ConfirmedKey] = {}
        self.reads = 0

    def find_key(self, base_url: str, kid: str) -> ConfirmedKey | None:
        assert base_url == BASE_URL
        self.reads += 1
        return self.keys.get(kid)

    def save_key(self, base_url: str, kid: str, key: ConfirmedKey) -> None:
        assert base_url == BASE_URL
        self.keys[kid] = key


class Process:
    """A process that has just started, and its clock."""

    def __init__(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PLAID_BASE_URL", BASE_URL)
        self.now_s = 1000.0
        replace_in_product(monkeypatch, time, monotonic=lambda: self.now_s)
        self.store = store
        self.ring = KeyRing()

    def confirm(self, key: PlaidKey, at: int = NOW, expired_at: int | None = None) -> None:
        """Let the key be stored as another process confirmed it."""
        jwk = key.jwk()
        self.store.keys[key.kid] = ConfirmedKey(jwk["x"], jwk["y"], expired_at, at)

    def use(self, key: PlaidKey, now: int = NOW) -> None:
        public = self.ring.public_key({}, key.kid, now, self.store)
        assert public.public_numbers() == key.private.public_key().public_numbers()


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def process(store: Store, monkeypatch: pytest.MonkeyPatch) -> Process:
    return Process(store, monkeypatch)


def test_key_that_plaid_confirms_is_stored(
    process: Process, store: Store, plaid_key: PlaidKey, key_service: KeyService
) -> None:
    key_service.answers[plaid_key.kid] = plaid_key.jwk(expired_at=NOW // 1000 + 60)
    process.use(plaid_key)
    jwk = plaid_key.jwk()
    assert store.keys == {plaid_key.kid: ConfirmedKey(jwk["x"], jwk["y"], NOW // 1000 + 60, NOW)}


@pytest.mark.parametrize("age_ms", [0, DAY_MS - 1, 1 - DAY_MS])
def test_stored_key_costs_one_read_and_no_lookup(
    process: Process,
    store: Store,
    plaid_key: PlaidKey,
    key_service: KeyService,
    age_ms: int,
) -> None:
    process.confirm(plaid_key, NOW - age_ms)
    for _ in range(2):
        process.use(plaid_key)
    assert (store.reads, key_service.requests) == (1, [])


@pytest.mark.parametrize("age_ms", [DAY_MS, -DAY_MS])
def test_key_that_was_confirmed_a_day_ago_is_looked_up(
    process: Process,
    store: Store,
    plaid_key: PlaidKey,
    key_service: KeyService,
    age_ms: int,
) -> None:
    """Also one from the future: the other process's clock was wrong."""
    process.confirm(plaid_key, NOW - age_ms)
    process.use(plaid_key)
    assert len(key_service.requests) == 1
    assert store.keys[plaid_key.kid].confirmed_at == NOW


@pytest.mark.parametrize(("left_s", "used_s"), [(2 * HOUR_S, HOUR_S), (60, 60)])
def test_stored_key_is_cached_for_an_hour_or_what_is_left_of_its_day(
    process: Process,
    plaid_key: PlaidKey,
    key_service: KeyService,
    left_s: int,
    used_s: int,
) -> None:
    process.confirm(plaid_key, NOW - DAY_MS + 1000 * left_s)
    process.use(plaid_key)
    process.now_s += used_s - 0.5
    process.use(plaid_key)
    assert key_service.requests == []
    process.now_s += 0.5
    process.use(plaid_key)
    assert len(key_service.requests) == 1


def test_expiry_of_stored_key_holds(process: Process, plaid_key: PlaidKey) -> None:
    process.confirm(plaid_key, expired_at=NOW // 1000 + 1)
    process.use(plaid_key)
    with pytest.raises(InvalidSignature) as refused:
        process.use(plaid_key, NOW + 1000)
    assert refused.value.reason == "key_expired"


def spend_lookups(process: Process) -> None:
    for number in range(LOOKUPS_PER_MINUTE):
        with pytest.raises(InvalidSignature):
            process.ring.public_key({}, f"forged-{number}", NOW, process.store)


@pytest.mark.parametrize("age_ms", [0, DAY_MS])
def test_stored_key_needs_none_of_the_lookups(process: Process, plaid_key: PlaidKey, age_ms: int) -> None:
    process.confirm(plaid_key, NOW - age_ms)
    spend_lookups(process)
    process.use(plaid_key)


def test_lookup_is_allowed_again_after_six_seconds(
    process: Process, plaid_key: PlaidKey, key_service: KeyService
) -> None:
    spend_lookups(process)
    process.now_s += 5.95
    with pytest.raises(ProviderError) as refused:
        process.use(plaid_key)
    assert refused.value.retry_after_s == 60
    process.now_s += 0.05
    process.use(plaid_key)
    assert len(key_service.requests) == LOOKUPS_PER_MINUTE + 1
