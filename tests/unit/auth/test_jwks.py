"""When the issuer's keys are fetched, and what happens during its outages."""

import time
from typing import Any

import pytest

from tests.support.drivers.output import capture_output
from tests.support.fakes.clock import StoppedClock
from tests.support.fakes.product_modules import replace_in_product
from tests.unit.auth.conftest import ACCEPTED, ISSUER, PublishedIssuer
from tests.unit.auth.test_bearer_tokens import expect_refusal, forged
from tidings.auth import bearer_tokens
from tidings.errors import IssuerUnavailable
from tidings.http import client as http_client
from tidings.http.client import HttpResponse

DISCOVERY = f"{ISSUER}/.well-known/openid-configuration"
KEYS = "https://keys.example/set"


def is_accepted(issuer: PublishedIssuer, kid: str = "first") -> bool:
    return bearer_tokens.verify_bearer_token(issuer.sign(kid, "ES256"), ACCEPTED).user_id == "alice"


def expect_unavailable(issuer: PublishedIssuer, kid: str = "first") -> int | None:
    """Return the seconds to wait."""
    with pytest.raises(IssuerUnavailable) as refused:
        is_accepted(issuer, kid)
    return refused.value.retry_after_s


def test_keys_are_fetched_once_in_ten_minutes(issuer: PublishedIssuer, stopped_clock: StoppedClock) -> None:
    for _ in range(20):
        assert is_accepted(issuer)
        stopped_clock.advance(29)
    assert issuer.requests == [DISCOVERY, KEYS]
    stopped_clock.advance(60)
    assert is_accepted(issuer)
    assert issuer.requests == [DISCOVERY, KEYS] * 2


def test_keys_are_fresh_for_ten_minutes_and_usable_for_an_hour(
    issuer: PublishedIssuer, stopped_clock: StoppedClock
) -> None:
    assert is_accepted(issuer)
    issuer.down = True
    stopped_clock.now += 600_000
    assert is_accepted(issuer)
    assert issuer.requests == [DISCOVERY, KEYS]
    stopped_clock.now += 3_000_000
    assert is_accepted(issuer)
    assert issuer.requests == [DISCOVERY, KEYS, DISCOVERY]
    stopped_clock.now += 1
    expect_unavailable(issuer)


def test_address_of_the_keys_is_fresh_for_ten_minutes_too(issuer: PublishedIssuer, stopped_clock: StoppedClock) -> None:
    assert is_accepted(issuer)
    stopped_clock.now += 600_000
    issuer.add("P-256", "second")
    assert is_accepted(issuer, "second")
    assert issuer.requests == [DISCOVERY, KEYS, KEYS]


def test_outage_is_counted_with_its_reason(issuer: PublishedIssuer, capsys: pytest.CaptureFixture[str]) -> None:
    issuer.down = True
    with capture_output(capsys) as output:
        expect_unavailable(issuer)
        [line] = output.lines_with_message("issuer unavailable")
        assert (line["level"], line["reason"]) == ("WARNING", "The provider can't be reached")
        assert output.metric_sum("IssuerUnavailable") == 1


def test_new_key_is_fetched_when_token_names_it(issuer: PublishedIssuer, stopped_clock: StoppedClock) -> None:
    assert is_accepted(issuer)
    stopped_clock.advance(31)
    issuer.add("P-256", "second")
    assert is_accepted(issuer, "second")
    assert is_accepted(issuer)
    assert issuer.requests == [DISCOVERY, KEYS, KEYS]


@pytest.mark.threat(id="webhook-flood")
def test_forged_key_ids_cause_no_traffic(issuer: PublishedIssuer, stopped_clock: StoppedClock) -> None:
    assert is_accepted(issuer)
    for second in range(60):
        for number in range(5):
            token = issuer.sign("first", "ES256", {"kid": f"forged-{second}-{number}"})
            assert expect_refusal(token) == "key_unknown"
        stopped_clock.advance(1)
    assert issuer.requests.count(KEYS) <= 3
    assert is_accepted(issuer)


def test_withdrawn_key_is_refused_after_ten_minutes(issuer: PublishedIssuer, stopped_clock: StoppedClock) -> None:
    assert is_accepted(issuer)
    issuer.add("P-256", "second")
    issuer.withdraw("first")
    assert is_accepted(issuer)
    stopped_clock.advance(601)
    assert expect_refusal(issuer.sign("first", "ES256")) == "key_unknown"
    assert is_accepted(issuer, "second")


def test_cached_keys_serve_an_hour_during_outage(issuer: PublishedIssuer, stopped_clock: StoppedClock) -> None:
    assert is_accepted(issuer)
    issuer.down = True
    for _ in range(5):
        stopped_clock.advance(719)
        assert is_accepted(issuer)
    stopped_clock.advance(10)
    assert expect_unavailable(issuer) == 5
    issuer.down = False
    stopped_clock.advance(5)
    assert is_accepted(issuer)


def test_unknown_key_during_outage_is_unavailable(issuer: PublishedIssuer, stopped_clock: StoppedClock) -> None:
    assert is_accepted(issuer)
    issuer.add("P-256", "second")
    issuer.down = True
    stopped_clock.advance(31)
    assert expect_unavailable(issuer, "second") == 5
    assert is_accepted(issuer)


def test_outage_without_cached_keys_is_unavailable(issuer: PublishedIssuer, stopped_clock: StoppedClock) -> None:
    issuer.down = True
    assert [expect_unavailable(issuer) for _ in range(50)] == [5] * 50
    assert issuer.requests == [DISCOVERY], "requested again only after a pause"
    stopped_clock.advance(2)
    assert expect_unavailable(issuer) == 3
    stopped_clock.advance(3)
    issuer.down = False
    assert is_accepted(issuer)


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
def test_malformed_issuer_response_is_unavailable(issuer: PublishedIssuer, url: str, document: Any) -> None:  # noqa: ANN401
    issuer.documents[url] = document
    if isinstance(document, dict) and isinstance(document.get("jwks_uri"), str):
        issuer.documents[document["jwks_uri"]] = {"keys": issuer.published}
    assert expect_unavailable(issuer) == 5


@pytest.mark.parametrize("status", [201, 404, 500])
def test_keys_in_error_response_are_ignored(issuer: PublishedIssuer, status: int) -> None:
    issuer.documents[KEYS] = HttpResponse(status, {}, {"keys": issuer.published})
    assert expect_unavailable(issuer) == 5


def test_issuer_may_end_with_slash(issuer: PublishedIssuer) -> None:
    named = f"{ISSUER}/"
    issuer.documents[DISCOVERY] = {"issuer": named, "jwks_uri": KEYS}
    assert bearer_tokens.verify_bearer_token(issuer.sign("first", "ES256", iss=named), ACCEPTED._replace(issuer=named))
    assert issuer.requests == [DISCOVERY, KEYS]


def test_key_replaced_under_same_id_is_used(issuer: PublishedIssuer, stopped_clock: StoppedClock) -> None:
    old = issuer.sign("first", "ES256")
    assert bearer_tokens.verify_bearer_token(old, ACCEPTED)
    issuer.published.clear()
    issuer.add("P-256", "first")
    stopped_clock.advance(601)
    assert is_accepted(issuer)
    assert expect_refusal(old) == "signature"


def test_only_first_hundred_keys_are_used(issuer: PublishedIssuer) -> None:
    issuer.published[:] = [{**issuer.published[0], "kid": f"other-{number}"} for number in range(99)]
    issuer.add("P-256", "hundredth")
    issuer.add("P-256", "next")
    assert is_accepted(issuer, "hundredth")
    assert expect_refusal(issuer.sign("next", "ES256")) == "key_unknown"


def test_issuer_has_three_seconds_to_answer(issuer: PublishedIssuer, monkeypatch: pytest.MonkeyPatch) -> None:
    deadlines: list[float] = []
    answer = issuer.call

    def note(method: str, url: str, **sent: Any) -> HttpResponse:  # noqa: ANN401 - a request's parts
        deadlines.append(sent["deadline"])
        return answer(method, url, **sent)

    monkeypatch.setattr(http_client, "send_request", note)
    replace_in_product(monkeypatch, time, monotonic=lambda: 100.0)
    assert is_accepted(issuer)
    assert deadlines == [103, 103], "for both requests together"


def test_encryption_key_verifies_nothing(issuer: PublishedIssuer) -> None:
    issuer.add("P-256", "second", use="enc")
    assert expect_refusal(issuer.sign("second", "ES256")) == "key_unknown"


def test_unreadable_key_leaves_others_usable(issuer: PublishedIssuer, stopped_clock: StoppedClock) -> None:
    issuer.published.append({**issuer.published[0], "kid": "second", "x": "AA"})
    token = issuer.sign("first", "ES256", {"kid": "second"})
    assert expect_refusal(token) == "key_unreadable"
    issuer.published.append({"kty": "RSA", "kid": "third", "n": "AQAB", "e": "AQ"})
    stopped_clock.advance(31)
    assert expect_refusal(forged({"alg": "RS256", "kid": "third"}, {})) == "key_unreadable"
    assert is_accepted(issuer)


def test_fitting_key_wins_among_same_id(issuer: PublishedIssuer) -> None:
    issuer.published.insert(0, {"kty": "RSA", "kid": "first", "n": "AQAB", "e": "AQAB"})
    assert is_accepted(issuer)


def test_fitting_key_wins_over_later_ones_of_its_id(issuer: PublishedIssuer) -> None:
    issuer.published.append({"kty": "RSA", "kid": "first", "n": "AQAB", "e": "AQAB"})
    assert is_accepted(issuer)


def test_only_slashes_at_the_end_of_an_issuer_are_left_out(issuer: PublishedIssuer) -> None:
    named = "https://issuer.example/X"
    issuer.documents[f"{named}/.well-known/openid-configuration"] = {"issuer": named, "jwks_uri": KEYS}
    assert bearer_tokens.verify_bearer_token(issuer.sign("first", "ES256", iss=named), ACCEPTED._replace(issuer=named))


def test_symmetric_key_is_never_used(issuer: PublishedIssuer) -> None:
    for kid, more in (("second", {"alg": "ES256"}), ("third", {})):
        issuer.published.append({"kty": "oct", "kid": kid, "k": "AAAA", **more})
    assert expect_refusal(issuer.sign("first", "ES256", {"kid": "second"})) == "key_unfit"
    assert expect_refusal(forged({"alg": "RS256", "kid": "third"}, {})) == "key_unfit"
