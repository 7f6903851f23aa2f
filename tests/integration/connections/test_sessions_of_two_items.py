"""A Hosted Link session with several items: each is stored or fails on its own."""

from collections.abc import Callable

import pytest

from tests.integration.connections.lost_items import (
    EXCHANGE,
    UNKNOWN_TOKEN,
    Outage,
)
from tests.support.aws.tables import Tables
from tests.support.drivers.app import App
from tests.support.drivers.output import Output
from tests.support.drivers.plaid_link import (
    complete,
    complete_by_task,
    create_public_token,
    create_session,
)
from tidings.providers.plaid import connections as plaid

pytestmark = pytest.mark.invariant(id="I11")


@pytest.fixture
def session_of_two(app: App, cookie: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Return a function that creates a finished session with items of these public tokens."""

    def create(*tokens: str) -> str:
        token, _ = create_session(app, cookie)
        result = plaid.LinkResult(True, True, tuple(plaid.LinkedItem(one, None) for one in tokens))
        monkeypatch.setattr(plaid, "get_link_result", lambda *_: result)
        return token

    return create


@pytest.mark.parametrize("used_first", [True, False])
def test_used_token_of_session_takes_no_other_item_along(
    app: App, cookie: str, tables: Tables, session_of_two: Callable[..., str], used_first: bool
) -> None:
    tokens = [UNKNOWN_TOKEN, create_public_token(app)]
    session = session_of_two(*(tokens if used_first else reversed(tokens)))
    assert complete(app, cookie, session).status == 201
    assert len(tables.rows("ProviderItemsTable")) == 1
    assert complete_by_task(session) == []


def test_task_repeats_item_that_failed_beside_a_linked_one(
    app: App, cookie: str, tables: Tables, session_of_two: Callable[..., str]
) -> None:
    session = session_of_two(create_public_token(app), create_public_token(app))
    app.providers.plaid("faults", path=EXCHANGE, kind="status", status=500, times=1)
    assert complete(app, cookie, session).status == 201
    app.providers.plaid("faults", path=EXCHANGE, kind="status", status=500, times=1)
    assert complete_by_task(session) == ["m0"]
    assert complete_by_task(session) == []
    assert len(tables.rows("ProviderItemsTable")) == 2


def test_outage_uses_up_only_one_token_of_session(
    app: App, cookie: str, tables: Tables, session_of_two: Callable[..., str], kms_down: Outage
) -> None:
    session = session_of_two(create_public_token(app), create_public_token(app))
    with kms_down:
        assert complete(app, cookie, session).status == 503
    assert len(app.providers.calls("plaid", EXCHANGE)) == 1
    assert complete(app, cookie, session).status == 201
    assert len(tables.rows("ProviderItemsTable")) == 1


def test_task_drops_session_whose_item_was_not_stored(
    app: App, cookie: str, session_of_two: Callable[..., str], kms_down: Outage, output: Output
) -> None:
    session = session_of_two(create_public_token(app))
    with kms_down:
        assert complete_by_task(session) == ["m0"]
    assert complete_by_task(session) == []
    assert [line["outcome"] for line in output.lines_with_message("task")] == ["connection-not-stored"]
