"""Sign-in sessions, and the sessions of Plaid Link."""

from hashlib import sha256

from tests.support.aws.tables import Tables
from tidings.model import User
from tidings.store import link_sessions, sessions
from tidings.store.link_sessions import BoundSession

NOW = 1_790_000_000_000
ANN = User("ann", "ann@example.com")


def test_session_holds_until_it_expires(tables: Tables) -> None:
    sessions.create_session("cookie", ANN, NOW // 1000 + 1)
    assert sessions.find_user("cookie", NOW) == ANN
    assert sessions.find_user("cookie", NOW + 999) == ANN
    assert sessions.find_user("cookie", NOW + 1000) is None
    assert sessions.find_user("other", NOW) is None


def test_session_is_stored_under_hash_of_cookie(tables: Tables) -> None:
    sessions.create_session("cookie\udcff", ANN, 9)
    [row] = tables.rows("SessionsTable")
    assert row == {
        "session": sha256("cookie\udcff".encode(errors="surrogatepass")).hexdigest(),
        "user_id": "ann",
        "email": "ann@example.com",
        "expires_at": 9,
    }


def test_revoked_session_has_no_user(tables: Tables) -> None:
    for cookie in ("one", "two"):
        sessions.create_session(cookie, ANN, NOW)
    sessions.revoke_session("one")
    assert (sessions.find_user("one", NOW), sessions.find_user("two", NOW)) == (None, ANN)


def test_sessions_of_one_user_are_listed_and_deleted(tables: Tables) -> None:
    for cookie, user in (("a", ANN), ("b", User("ann", "a.b@example.com")), ("c", User("ann")), ("d", User("bob"))):
        sessions.create_session(cookie, user, NOW)
    keys = sessions.sessions_of_user("ann")
    assert sorted(keys) == sorted(sessions.session_key(cookie) for cookie in "abc")
    assert sessions.emails_of_user("ann") == {"ann@example.com", "a.b@example.com"}
    sessions.delete_sessions(keys)
    assert [row["user_id"] for row in tables.rows("SessionsTable")] == ["bob"]


def test_link_session_holds_as_long_as_its_public_token(tables: Tables) -> None:
    bound = BoundSession("ann", "item", "ended", "marker")
    link_sessions.bind_session("link", bound, NOW)
    assert link_sessions.find_session("link", NOW + 1_799_999) == bound
    assert link_sessions.find_session("link", NOW + 1_800_000) is None
    assert link_sessions.find_session("other", NOW) is None


def test_link_session_of_new_connection_names_no_item(tables: Tables) -> None:
    link_sessions.bind_session("link", BoundSession("ann"), NOW)
    assert link_sessions.find_session("link", NOW) == BoundSession("ann", None, None, None)


def test_link_sessions_of_one_user_are_listed_and_deleted(tables: Tables) -> None:
    for token, user in (("a", "ann"), ("b", "ann"), ("c", "bob")):
        link_sessions.bind_session(token, BoundSession(user), NOW)
    keys = link_sessions.sessions_of_user("ann")
    assert sorted(keys) == sorted(f"link#{sha256(token.encode()).hexdigest()}" for token in "ab")
    link_sessions.delete_sessions(keys)
    assert [row["user_id"] for row in tables.rows("LinkSessionsTable")] == ["bob"]
