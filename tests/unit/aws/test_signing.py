"""A request is signed by the process's own credentials, or not sent."""

from types import SimpleNamespace

import pytest

from tidings.aws import signing
from tidings.errors import StoreUnavailable


def test_process_without_credentials_signs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing, "session", lambda: SimpleNamespace(get_credentials=lambda: None))
    with pytest.raises(StoreUnavailable) as error:
        signing.sign_request("appsync", "POST", "https://live.example.com/event", {}, b"{}")
    assert type(error.value.__cause__).__name__ == "NoCredentialsError"
