"""The first use of a table by two threads of one process at once."""

import threading

import pytest
from pynamodb.connection.base import MetaTable

from tidings.store.tables import ProviderBudget, connection


@pytest.fixture
def unused_table(monkeypatch: pytest.MonkeyPatch) -> str:
    """A table that this process has not used yet."""
    name: str = ProviderBudget.Meta.table_name
    monkeypatch.setattr(ProviderBudget, "_connection", None)
    monkeypatch.setattr(connection, "_tables", {key: one for key, one in connection._tables.items() if key != name})
    return name


def test_two_threads_may_use_a_table_first(unused_table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    adding, errors, second = connection.add_meta_table, [], threading.Event()

    def use() -> None:
        try:
            ProviderBudget.table()
        except ValueError as error:
            errors.append(error)

    def add_while_the_other_begins(meta: MetaTable) -> None:
        if not second.is_set():
            second.set()
            other.start()
            other.join(0.2)  # it ends only if nothing makes it wait
        adding(meta)

    other = threading.Thread(target=use)
    monkeypatch.setattr(connection, "add_meta_table", add_while_the_other_begins)
    use()
    other.join()
    assert errors == []
    assert ProviderBudget.table().connection is connection
