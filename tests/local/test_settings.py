"""Test how settings are read and refused."""

import pytest

from local.errors import LocalCloudError
from local.settings import Settings

ISSUER = {"OIDC_ISSUER": "https://issuer.example", "OIDC_AUDIENCE": "tidings"}


def test_settings_read_allowed_origins() -> None:
    settings = Settings.from_environment({"ALLOWED_ORIGINS": "http://localhost:5173, https://app.example.com,"})
    assert settings.origins == ("http://localhost:5173", "https://app.example.com")
    assert Settings.from_environment({}).origins == ()


def test_settings_read_another_issuer() -> None:
    settings = Settings.from_environment({**ISSUER, "OIDC_USER_ID_CLAIM": "user_id"})
    assert settings.parameters == {
        "OidcIssuer": "https://issuer.example",
        "OidcAudience": "tidings",
        "OidcUserIdClaim": "user_id",
    }


@pytest.mark.parametrize("name", ISSUER)
def test_settings_require_issuer_and_audience_together(name: str) -> None:
    with pytest.raises(LocalCloudError, match="both OIDC_ISSUER and OIDC_AUDIENCE"):
        Settings.from_environment({name: ISSUER[name]})


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"PORT": "80"}, "PORT is '80': choose a number"),
        (
            {"PLAID_BASE_URL": "https://sandbox.plaid.com"},
            "PLAID_BASE_URL is set: set PLAID_CLIENT_ID and PLAID_SECRET",
        ),
        ({"SNAPTRADE_BASE_URL": "https://api.example", "SNAPTRADE_CLIENT_ID": "X"}, "set SNAPTRADE_CONSUMER_KEY too"),
    ],
)
def test_bad_setting_is_named_with_what_is_missing(environment: dict[str, str], message: str) -> None:
    with pytest.raises(LocalCloudError, match=message):
        Settings.from_environment(environment)
