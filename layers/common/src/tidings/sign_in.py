"""Who calls a front-end route: the owner of the `session_id` cookie."""

from tidings import clock, settings
from tidings.errors import Forbidden, Unauthenticated
from tidings.model import User
from tidings.observability import about
from tidings.store import sessions
from tidings.web.request import Request

COOKIE = "session_id"
_SAFE_METHODS = frozenset({"GET", "HEAD"})


def user(request: Request) -> User:
    """The signed-in user. Unauthenticated; Forbidden when a cookie's write does not come from an allowed origin.

    Browsers attach cookies to other sites' requests too, so a write needs an Origin that is ours; none is foreign.
    """
    cookie = request.cookies.get(COOKIE)
    if not cookie:
        raise Unauthenticated
    if request.method not in _SAFE_METHODS and request.headers.get("origin") not in settings.allowed_origins():
        raise Forbidden("This origin may not change anything here.")
    found = sessions.user(cookie, clock.now_ms())
    if found is None:
        raise Unauthenticated
    about(user_id=found.user_id)
    return found
