"""Verify bearer tokens: JWTs of the deployment's issuer (RFC 7519, 8725, 9068; OpenID Connect Core for the e-mail).

Checks that need no key come first. Claims are used only after the signature is verified.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import jwt

from tidings.auth import jwks
from tidings.errors import InvalidToken
from tidings.model import User
from tidings.settings import Oidc

MAX_LENGTH = 8192
SKEW_S = 60
MAX_USER_ID_LENGTH = 255
"""OpenID Connect Core limits a `sub` to 255 characters."""

_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})
"""The accepted values of `typ`. The issuer's tokens for other purposes, such as logout tokens, have another."""

_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (jwt.ExpiredSignatureError, "expired"),
    (jwt.ImmatureSignatureError, "not_yet_valid"),
    (jwt.InvalidSignatureError, "signature"),
    (jwt.InvalidAudienceError, "audience"),
    (jwt.InvalidIssuerError, "issuer"),
    (jwt.MissingRequiredClaimError, "claim_missing"),
)


class _Header(NamedTuple):
    kid: str
    algorithm: str


def verify_bearer_token(token: str, accepted: Oidc) -> User:
    """Return the token's user.

    Raises InvalidToken if the token is not valid, IssuerUnavailable if the issuer's keys can't be fetched.
    """
    header = _parse_header(token)
    key = jwks.key_ring(accepted.issuer).verification_key(header.kid, header.algorithm)
    claims = _verified_claims(token, header.algorithm, key, accepted)
    user_id, email = _user_id(claims.get(accepted.user_id_claim)), claims.get("email")
    if not isinstance(email, str) or not email:
        return User(user_id)
    # Only the boolean counts: OpenID Connect defines it so, and a text "true" has an unknown author.
    return User(user_id, email) if claims.get("email_verified") is True else User(user_id, unverified=True)


def _parse_header(token: str) -> _Header:
    if len(token) > MAX_LENGTH:
        raise InvalidToken("too_long")
    if not _COMPACT.fullmatch(token):
        raise InvalidToken("malformed")
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError):
        raise InvalidToken("malformed") from None
    kid, algorithm, kind = header.get("kid"), header.get("alg"), header.get("typ", "jwt")
    if not isinstance(algorithm, str) or algorithm not in jwks.ALGORITHMS:
        raise InvalidToken("algorithm")
    if not isinstance(kid, str) or not isinstance(kind, str) or kind.lower() not in _TYPES or "crit" in header:
        raise InvalidToken("header")
    return _Header(kid, algorithm)


def _verified_claims(token: str, algorithm: str, key: jwt.PyJWK, accepted: Oidc) -> Mapping[str, Any]:
    try:
        return jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            audience=accepted.audiences,
            issuer=accepted.issuer,
            leeway=SKEW_S,
            options={"require": ["exp", "iss", "aud"], "enforce_minimum_key_length": True},
        )
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
        raise InvalidToken(_reason(error)) from None


def _reason(error: Exception) -> str:
    return next((reason for kind, reason in _REASONS if isinstance(error, kind)), "claims")


def _user_id(claim: object) -> str:
    if not isinstance(claim, str) or not 0 < len(claim) <= MAX_USER_ID_LENGTH or not claim.isprintable():
        raise InvalidToken("user_id")
    return claim
