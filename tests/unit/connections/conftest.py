"""Settings that tests of connections share."""

import pytest


@pytest.fixture
def personal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNAPTRADE_KEY_TYPE", "personal")
