"""When the issuer is asked for its keys, and what is done while it does not answer."""

from typing import Any

import pytest

from tests.support.fakes.clock import StoppedClock
from tests.unit.auth.conftest import ACCEPTED, ISSUER, PublishedIssuer
from tests.unit.auth.test_bearer_tokens import forged, refusal
from tidings.auth import bearer_tokens
from tidings.errors import IssuerUnavailable
from tidings.http.client import HttpResponse

DISCOVERY = f"{ISSUER}/.well-known/openid-configuration"
KEYS = "https://keys.example/set"


def accepted(issuer: PublishedIssuer, kid: str = "first") -> bool:
    return bearer_tokens.verify_bearer_token(issuer.sign(kid, "ES256"), ACCEPTED).user_id == "alice"


def unavailable(issuer: PublishedIssuer, kid: str = "first") -> int | None:
    """The seconds to wait."""
    with pytest.raises(IssuerUnavailable) as refused:
        accepted(issuer, kid)
    return refused.value.retry_after_s


def test_the_keys_are_fetched_once_in_ten_minutes(issuer: PublishedIssuer, stopped_clock: StoppedClock) -> None:
    for _ in range(20):
        assert accepted(issuer)
        stopped_clock.advance(29)
    assert issuer.asked == [DISCOVERY, KEYS]
    stopped_clock.advance(60)
    assert accepted(issuer)
    assert issuer.asked == [DISCOVERY, KEYS] * 2


def test_a_new_key_is_fetched_when_a_token_names_it(issuer: PublishedIssuer, stopped_clock: StoppedClock) -> None:
    assert accepted(issuer)
    stopped_clock.advance(31)
    issuer.add("P-256", "second")
    assert accepted(issuer, "second")
    assert accepted(issuer)
    assert issuer.asked == [DISCOVERY, KEYS, KEYS]


@pytest.mark.threat(id="webhook-flood")
def test_forged_key_ids_drive_no_traffic(issuer: PublishedIssuer, stopped_clock: StoppedClock) -> None:
    assert accepted(issuer)
    for second in range(60):
        for number in range(5):
            token = issuer.sign("first", "ES256", {"kid": f"forged-{second}-{number}"})
            assert refusal(token) == "key_unknown"
        stopped_clock.advance(1)
    assert issuer.asked.count(KEYS) <= 3
    assert accepted(issuer)


def test_a_withdrawn_key_is_refused_after_ten_minutes(issuer: PublishedIssuer, stopped_clock: StoppedClock) -> None:
    assert accepted(issuer)
    issuer.add("P-256", "second")
    issuer.withdraw("first")
    assert accepted(issuer)
    stopped_clock.advance(601)
    assert refusal(issuer.sign("first", "ES256")) == "key_unknown"
    assert accepted(issuer, "second")


def test_old_keys_serve_for_an_hour_without_the_issuer(issuer: PublishedIssuer, stopped_clock: StoppedClock) -> None:
    assert accepted(issuer)
    issuer.down = True
    for _ in range(5):
        stopped_clock.advance(719)
        assert accepted(issuer)
    stopped_clock.advance(10)
    assert unavailable(issuer) == 5
    issuer.down = False
    stopped_clock.advance(5)
    assert accepted(issuer)


def test_an_unknown_key_of_an_issuer_that_is_down_is_no_reason_to_sign_in_again(
    issuer: PublishedIssuer, stopped_clock: StoppedClock
) -> None:
    assert accepted(issuer)
    issuer.add("P-256", "second")
    issuer.down = True
    stopped_clock.advance(31)
    assert unavailable(issuer, "second") == 5
    assert accepted(issuer)


def test_with_nothing_cached_and_the_issuer_down_nobody_knows(
    issuer: PublishedIssuer, stopped_clock: StoppedClock
) -> None:
    issuer.down = True
    assert [unavailable(issuer) for _ in range(50)] == [5] * 50
    assert issuer.asked == [DISCOVERY], "asked again only after a pause"
    stopped_clock.advance(2)
    assert unavailable(issuer) == 3
    stopped_clock.advance(3)
    issuer.down = False
    assert accepted(issuer)


@pytest.mark.parametrize(
    ("url", "document"),
    [
        (DISCOVERY, HttpResponse(500, {}, None)),
        (DISCOVERY, []),
        (DISCOVERY, {"issuer": ISSUER}),
        (DISCOVERY, {"issuer": ISSUER + "/", "jwks_uri": KEYS}),
        (DISCOVERY, {"issuer": "https://evil.example", "jwks_uri": KEYS}),
        (DISCOVERY, {"issuer": ISSUER, "jwks_uri": 7}),
        (DISCOVERY, {"issuer": ISSUER, "jwks_uri": "http://keys.example/set"}),
        (DISCOVERY, {"issuer": ISSUER, "jwks_uri": "http://127.0.0.1/set"}),
        (DISCOVERY, {"issuer": ISSUER, "jwks_uri": "file:///etc/passwd"}),
        (KEYS, HttpResponse(503, {}, None)),
        (KEYS, ["keys"]),
        (KEYS, {"keys": []}),
        (KEYS, {"keys": {}}),
        (KEYS, {"keys": [{"kty": "EC"}, 7, {"kid": 1}]}),
    ],
)
def test_an_answer_that_is_none_counts_as_no_answer(issuer: PublishedIssuer, url: str, document: Any) -> None:  # noqa: ANN401
    issuer.documents[url] = document
    if isinstance(document, dict) and isinstance(document.get("jwks_uri"), str):
        issuer.documents[document["jwks_uri"]] = {"keys": issuer.published}
    assert unavailable(issuer) == 5


@pytest.mark.parametrize("status", [201, 404, 500])
def test_keys_in_an_answer_that_is_no_success_are_not_taken(issuer: PublishedIssuer, status: int) -> None:
    issuer.documents[KEYS] = HttpResponse(status, {}, {"keys": issuer.published})
    assert unavailable(issuer) == 5


def test_an_issuer_may_end_with_a_slash(issuer: PublishedIssuer) -> None:
    named = f"{ISSUER}/"
    issuer.documents[DISCOVERY] = {"issuer": named, "jwks_uri": KEYS}
    assert bearer_tokens.verify_bearer_token(issuer.sign("first", "ES256", iss=named), ACCEPTED._replace(issuer=named))
    assert issuer.asked == [DISCOVERY, KEYS]


def test_a_key_that_is_replaced_under_its_id_is_another_key(
    issuer: PublishedIssuer, stopped_clock: StoppedClock
) -> None:
    old = issuer.sign("first", "ES256")
    assert bearer_tokens.verify_bearer_token(old, ACCEPTED)
    issuer.published.clear()
    issuer.add("P-256", "first")
    stopped_clock.advance(601)
    assert accepted(issuer)
    assert refusal(old) == "signature"


def test_of_very_many_keys_the_first_hundred_are_taken(issuer: PublishedIssuer) -> None:
    issuer.published[:] = [{**issuer.published[0], "kid": f"other-{number}"} for number in range(100)]
    issuer.add("P-256", "second")
    assert refusal(issuer.sign("second", "ES256")) == "key_unknown"


def test_a_key_for_encryption_signs_nothing(issuer: PublishedIssuer) -> None:
    issuer.add("P-256", "second", use="enc")
    assert refusal(issuer.sign("second", "ES256")) == "key_unknown"


def test_a_key_that_can_t_be_read_spoils_no_other(issuer: PublishedIssuer) -> None:
    issuer.published.append({**issuer.published[0], "kid": "second", "x": "AA"})
    token = issuer.sign("first", "ES256", {"kid": "second"})
    assert refusal(token) == "key_unreadable"
    assert accepted(issuer)


def test_of_two_keys_with_one_id_the_fitting_one_counts(issuer: PublishedIssuer) -> None:
    issuer.published.insert(0, {"kty": "RSA", "kid": "first", "n": "AQAB", "e": "AQAB"})
    assert accepted(issuer)


def test_a_symmetric_key_is_never_taken(issuer: PublishedIssuer) -> None:
    for kid, more in (("second", {"alg": "ES256"}), ("third", {})):
        issuer.published.append({"kty": "oct", "kid": kid, "k": "AAAA", **more})
    assert refusal(issuer.sign("first", "ES256", {"kid": "second"})) == "key_unfit"
    assert refusal(forged({"alg": "RS256", "kid": "third"}, {})) == "key_unfit"
