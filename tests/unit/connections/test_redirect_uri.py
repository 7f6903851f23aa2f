"""An address is returned as it is if it is under an allowed origin, and refused otherwise."""

import pytest

from tidings.connections.redirect_uri import validate_redirect_uri
from tidings.errors import BadRequest

ORIGINS = ["https://app.example.com", "http://localhost:3000", "http://[::1]:3000"]


@pytest.fixture(autouse=True)
def _origins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_ORIGINS", ",".join(ORIGINS))


@pytest.mark.parametrize(
    "address", [None, *ORIGINS, f"{ORIGINS[0]}/a?b=c#d", f"{ORIGINS[1]}/a", "HTTPS://App.Example.com/"]
)
def test_address_under_allowed_origin_is_returned(address: str | None) -> None:
    assert validate_redirect_uri(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "http://app.example.com/",
        "https://evil.example/",
        "https://app.example.com:8443/",
        "https://app.example.com:0/",
        "https://app.example.com:/",
        "http://[::1]/",
        "http://localhost/",
        "http://localhost:3001/",
        "https://app.example.com:port/",
        "https://[app.example.com/",
        "https://@app.example.com/",
        "https://ann@app.example.com/",
        "https://app.example.com/\\",
        "https://app.example.com/a b",
        "https://app.example.com/\t",
        "https://app.example.com/\u00e4",
        "/connected",
        "",
    ],
)
def test_other_address_is_refused(address: str) -> None:
    with pytest.raises(BadRequest, match="allowed origin"):
        validate_redirect_uri(address)
