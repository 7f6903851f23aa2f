"""SnapTrade reports a connection as gone, but its row was linked anew in the meantime."""

from typing import Any

import pytest

from tests.support.aws.account import table_name
from tests.support.aws.tables import Row, Tables
from tests.support.drivers.app import App, LinkedSource
from tests.support.drivers.status_checks import run_status_check
from tidings.providers.snaptrade import holdings, status


def relink(tables: Tables, linked: LinkedSource) -> None:
    tables.dynamodb.update_item(
        TableName=table_name("UpdateStateTable"),
        Key={"user_id": {"S": "alice"}, "entry": {"S": f"source#snaptrade#{linked.source_id}"}},
        UpdateExpression="SET link_id = :new",
        ExpressionAttributeValues={":new": {"S": "made anew"}},
    )


def read_row(tables: Tables, linked: LinkedSource) -> Row:
    return tables.source("snaptrade", linked.source_id) or {}


def test_refresh_keeps_connection_relinked_meanwhile(
    app: App, cookie: str, linked: LinkedSource, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: Any) -> list[Any]:  # noqa: ANN401 - what `discover` takes
        relink(tables, linked)
        return []

    monkeypatch.setattr(holdings, "discover", gone)
    assert app.refresh(cookie, "snaptrade").status == 200
    assert read_row(tables, linked)["link_id"] == "made anew"


def test_status_check_keeps_connection_relinked_meanwhile(
    app: App,
    cookie: str,
    linked: LinkedSource,
    tables: Tables,
    monkeypatch: pytest.MonkeyPatch,
    stopped_clock: Any,  # noqa: ANN401
) -> None:
    def gone(*_: Any) -> list[Any]:  # noqa: ANN401 - what `look` takes
        relink(tables, linked)
        return []

    monkeypatch.setattr(status, "read_status", gone)
    stopped_clock.advance(30 * 24 * 3600)
    assert run_status_check(linked) == []
    assert read_row(tables, linked)["link_id"] == "made anew"
