"""Bearer tokens beside the session cookie: the same users, the same data, no Origin check."""

import base64
import hashlib
import hmac
import json
import subprocess
import sys
import time

import pytest

from tests.support.aws.aws_calls import OperationRecorder
from tests.support.aws.tables import Tables
from tests.support.drivers.api_calls import ORIGIN, ApiResponse
from tests.support.drivers.app import App
from tests.support.drivers.output import Output
from tests.support.drivers.routes import ROUTES, WRITES, sent
from tests.support.fakes.issuer import Issuer
from tidings.auth import bearer_tokens, jwks

BACK = {"redirect_uri": f"{ORIGIN}/connected"}


def is_refused(answered: ApiResponse) -> bool:
    challenge = answered.headers.get("www-authenticate")
    refused = (401, "urn:tidings:problem:invalid-token", 'Bearer realm="tidings", error="invalid_token"')
    return (answered.status, answered.json["type"], challenge) == refused


def encode_segment(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def create_bad_tokens(issuer: Issuer) -> dict[str, str]:
    """Create one invalid token of each kind."""
    genuine, now = issuer.token(), int(time.time())
    header, claims, signature = genuine.split(".")
    kid = json.loads(base64.urlsafe_b64decode(header + "=="))["kid"]
    published = issuer.http.get(f"{issuer.address}/keys").content
    by_hmac = f"{encode_segment({'alg': 'HS256', 'kid': kid})}.{claims}"
    hmac_signature = base64.urlsafe_b64encode(hmac.digest(published, by_hmac.encode(), hashlib.sha256)).rstrip(b"=")
    return {
        "expired": issuer.token(claims={"exp": now - 120}),
        "not valid yet": issuer.token(claims={"nbf": now + 600}),
        "for somebody else": issuer.token(claims={"aud": "another"}),
        "of another issuer": issuer.token(claims={"iss": "https://issuer.example"}),
        "unsigned": f"{encode_segment({'alg': 'none', 'kid': kid})}.{claims}.",
        "unsigned, with its signature": f"{encode_segment({'alg': 'none', 'kid': kid})}.{claims}.{signature}",
        "signed by the public key": f"{by_hmac}.{hmac_signature.decode()}",
        "of an unknown key": issuer.token(header={"kid": "another"}),
        "another's claims": f"{header}.{issuer.token('mallory').split('.')[1]}.{signature}",
        "too long": issuer.token(claims={"more": "x" * bearer_tokens.MAX_LENGTH}),
        "for nobody": issuer.token(claims={"sub": ""}),
        "empty": "",
        "two": f"{genuine},Bearer {genuine}",
        "garbage": "a.b.c",
        "a cookie": "cookie-of-alice",
    }


def test_bad_token_is_401_despite_valid_cookie(app: App, issuer: Issuer, tables: Tables) -> None:
    cookie = app.sign_in()
    before = tables.contents()
    for what, token in create_bad_tokens(issuer).items():
        headers = {"authorization": f"Bearer {token}"}
        assert is_refused(app.request("GET /connections", headers=headers)), what
        assert is_refused(app.request("GET /connections", cookie, headers=headers)), what
        assert is_refused(app.request("DELETE /connections", cookie, headers=headers)), what
    assert tables.contents() == before


def test_valid_token_opens_every_route_without_origin(app: App, issuer: Issuer) -> None:
    for route in ROUTES:
        answered = app.request(route, headers=issuer.bearer(email=app.email()), **sent(route))
        assert answered.status not in {401, 403, 500, 502, 503}, (route, answered.text)


@pytest.mark.threat(id="forged-bearer-token")
def test_bad_token_is_401_on_every_route(app: App, issuer: Issuer, store_calls: OperationRecorder) -> None:
    for route in ROUTES:
        assert is_refused(app.request(route, headers={"authorization": "bearer a.b.c"}, **sent(route))), route
    assert store_calls.operations == []


def test_valid_token_ignores_foreign_origin(app: App, issuer: Issuer) -> None:
    cookie = app.sign_in()
    for route in WRITES:
        headers = issuer.bearer(email=app.email())
        answered = app.request(route, cookie, headers={**headers, "origin": "https://evil.example"}, **sent(route))
        assert answered.status not in {401, 403}, route


def test_cookie_and_token_share_one_user(app: App, issuer: Issuer) -> None:
    """A connection made with the cookie is shown and removed with the token."""
    cookie, headers = app.sign_in(), issuer.bearer(email=app.email())
    linked = app.link_and_refresh(cookie, "snaptrade")
    app.send_webhook(linked)
    assert app.request("GET /holdings", headers=headers).json == app.holdings(cookie)
    assert app.request("GET /pending-updates", headers=headers).json == app.pending(cookie)
    assert app.request("DELETE /connections", headers=headers).status == 204
    assert app.request("GET /connections", cookie).json == {"connections": []}


def test_token_takes_precedence_over_cookie(app: App, issuer: Issuer) -> None:
    cookie = app.sign_in()
    app.link_and_refresh(cookie, "plaid")
    answered = app.request("GET /connections", cookie, headers=issuer.bearer("bob"))
    assert answered.json == {"connections": []}


def test_token_user_cannot_use_identifiers_of_another(app: App, issuer: Issuer, tables: Tables) -> None:
    linked = [app.link_and_refresh(app.sign_in(), "plaid"), app.link_and_refresh(app.sign_in(), "snaptrade")]
    names = ["alice", app.email(), *(one.source_id for one in linked), *(one.item_id for one in linked)]
    before = [row for rows in tables.contents().values() for row in rows if row.get("user_id") == "alice"]
    for name in names:
        headers = issuer.bearer("mallory", claims={"user_id": "alice", "azp": name})
        for parameter, route in (("item_id", "plaid/items"), ("connection_id", "api/snaptrade/connections")):
            key = f"DELETE /{route}/{{{parameter}}}"
            assert app.request(key, headers=headers, parameters={parameter: name}).status == 204
        assert app.request("GET /holdings", headers=headers).json["holdings"]["portfolio_data"]["holdings"] == []
    assert before == [row for rows in tables.contents().values() for row in rows if row.get("user_id") == "alice"]


def test_snaptrade_user_id_derives_from_verified_email(app: App, issuer: Issuer) -> None:
    made = app.request(
        "POST /api/snaptrade/create-connection-url",
        headers=issuer.bearer(email=app.email()),
        body=BACK,
    )
    assert made.status == 200, made.text
    item_id, _ = app.providers.snaptrade_portal(made.json["connection_url"])
    assert item_id == f"user_{hashlib.sha256(app.email().encode()).hexdigest()[:16]}"


@pytest.mark.threat(id="account-takeover")
def test_registration_with_unverified_email_is_403(app: App, issuer: Issuer, tables: Tables) -> None:
    headers = issuer.bearer(email=app.email(), email_verified=False)
    app.providers.reset()
    refused = app.request("POST /api/snaptrade/create-connection-url", headers=headers, body={})
    assert (refused.status, refused.json["type"]) == (403, "urn:tidings:problem:email-not-verified")
    assert app.providers.calls("snaptrade") == []
    assert tables.rows("ProviderItemsTable") == []
    assert app.request("POST /plaid/create-connection-url", headers=headers, body={}).status == 200


def test_registered_user_connects_with_unverified_email(app: App, issuer: Issuer) -> None:
    app.link_and_refresh(app.sign_in(), "snaptrade")
    headers = issuer.bearer(email="new@example.com", email_verified=False)
    assert app.request("POST /api/snaptrade/create-connection-url", headers=headers, body={}).status == 200


def test_snaptrade_user_id_without_email_derives_from_user_id(app: App, issuer: Issuer) -> None:
    user_id = f"bob-{app.run}"
    made = app.request("POST /api/snaptrade/create-connection-url", headers=issuer.bearer(user_id), body=BACK)
    item_id, _ = app.providers.snaptrade_portal(made.json["connection_url"])
    assert item_id == f"user_{hashlib.sha256(user_id.encode()).hexdigest()[:32]}"


def test_rotated_issuer_key_replaces_old_key(app: App, issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    old = issuer.bearer()
    assert app.request("GET /connections", headers=old).status == 200
    issuer.order("rotate", keep=False)
    monkeypatch.setattr(jwks, "UNKNOWN_PAUSE_MS", 0)
    assert app.request("GET /connections", headers=issuer.bearer()).status == 200
    assert is_refused(app.request("GET /connections", headers=old))


def test_forged_tokens_cause_no_issuer_traffic(app: App, issuer: Issuer) -> None:
    for number in range(40):
        headers = issuer.bearer(header={"kid": f"forged-{number}"})
        assert is_refused(app.request("GET /pending-updates", headers=headers))
    assert len(issuer.calls()) == 2


def test_token_while_issuer_is_down_is_503_and_cookie_works(app: App, issuer: Issuer, output: Output) -> None:
    cookie, headers = app.sign_in(), issuer.bearer()
    issuer.start_outage()
    answered = app.request("GET /connections", cookie, headers=headers)
    assert (answered.status, answered.json["type"]) == (503, "urn:tidings:problem:issuer-unavailable")
    assert answered.headers["retry-after"] == str(answered.json["retry_after"]) == "5"
    assert app.request("GET /connections", cookie).status == 200
    assert output.metric_sum("IssuerUnavailable") == 1


def test_token_without_configured_issuer_is_ignored(app: App, issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    headers = issuer.bearer()
    monkeypatch.setenv("OIDC_ISSUER", "")
    answered = app.request("GET /connections", headers=headers)
    assert (answered.status, answered.json["type"]) == (401, "urn:tidings:problem:unauthenticated")
    assert "www-authenticate" not in answered.headers
    assert app.request("GET /connections", app.sign_in(), headers=headers).status == 200


def test_missing_credentials_return_bearer_challenge(app: App, issuer: Issuer) -> None:
    for headers in ({}, {"authorization": "Basic YTpi"}, {"authorization": ""}):
        answered = app.request("GET /connections", headers=headers)
        assert answered.headers["www-authenticate"] == 'Bearer realm="tidings"'
        assert answered.json["type"] == "urn:tidings:problem:unauthenticated"


def test_token_is_neither_logged_nor_returned(app: App, issuer: Issuer, output: Output) -> None:
    shown = ""
    sent_tokens = [*create_bad_tokens(issuer).values(), issuer.token(email=app.email())]
    for token in sent_tokens:
        answered = app.request("GET /connections", headers={"authorization": f"Bearer {token}"})
        shown += answered.text + repr(answered.headers)
    secret = {part for token in sent_tokens for part in token.split(".") if len(part) > 12}
    assert not [part for part in {*secret, app.email()} if part in output.text + shown]
    assert {line["reason"] for line in output.lines_with_message("refused")} >= {
        "expired",
        "signature",
        "key_unknown",
        "algorithm",
    }


def test_pending_poll_with_token_takes_one_store_call(app: App, issuer: Issuer, store_calls: OperationRecorder) -> None:
    headers = issuer.bearer()
    app.request("GET /pending-updates", headers=headers)
    app.request("GET /holdings", headers=headers)
    assert store_calls.operations == ["Query", "Query", "Query"]


def test_cookie_request_loads_no_token_modules() -> None:
    script = (
        "import sys, tests.conftest\n"
        "from tests.support.drivers.api_calls import call, gateway_event\n"
        "from functions.pending.handler import lambda_handler\n"
        "assert call(lambda_handler, gateway_event('GET /pending-updates')).status == 401\n"
        f"assert not {{'jwt', '{bearer_tokens.__name__}', 'cryptography'}} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=300)
