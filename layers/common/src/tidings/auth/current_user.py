"""Identify the caller of a front-end route, by bearer token or `session_id` cookie (docs/sessions.md)."""

from tidings import clock, settings
from tidings.api.request import Request
from tidings.errors import Forbidden, Unauthenticated
from tidings.model import User
from tidings.observability import add_log_context
from tidings.store import sessions

COOKIE = "session_id"
_SAFE_METHODS = frozenset({"GET", "HEAD"})


def current_user(request: Request) -> User:
    """Return the signed-in user. A bearer token takes precedence over a cookie, even if the token is invalid.

    Raises Unauthenticated without a valid token or session, Forbidden if a write with a cookie comes from a foreign
    origin, IssuerUnavailable if the token can't be verified now.
    """
    user = _token_user(request) or _session_user(request)
    add_log_context(user_id=user.user_id)
    return user


def _token_user(request: Request) -> User | None:
    """Return the bearer token's user; None without a token, or if the deployment has no issuer.

    No check of the Origin: a browser never adds a bearer token by itself.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    accepted = settings.oidc() if scheme.lower() == "bearer" else None
    if accepted is None:
        return None
    from tidings.auth import bearer_tokens  # loads a JWT library, which requests with a cookie do not need

    return bearer_tokens.verify_bearer_token(token.strip(), accepted)


def _session_user(request: Request) -> User:
    """Return the cookie's user. Browsers send cookies with other sites' requests too, so a write needs our Origin.

    A missing Origin counts as foreign.
    """
    cookie = request.cookies.get(COOKIE)
    if not cookie:
        raise Unauthenticated
    is_write = request.method not in _SAFE_METHODS
    if is_write and request.headers.get("origin") not in settings.allowed_origins():
        raise Forbidden("This origin is not allowed to make changes.")
    user = sessions.find_user(cookie, clock.now_ms())
    if user is None:
        raise Unauthenticated
    return user
