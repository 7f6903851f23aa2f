"""Read the settings of the local cloud from environment variables: simulators, or the providers' sandboxes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local.errors import LocalCloudError

DEFAULT_PORT = 3000
PORTS_TAKEN = 7
SIGNING_SECRET = "whsec_c2lnbmluZy1rZXktb2YtdGhlLWxvY2FsLWNsb3Vk"
"""Signs the local cloud's messages to the host app."""
SIGNING_SECRET_STRING = json.dumps({"signing_secret": SIGNING_SECRET})


@dataclass(frozen=True)
class Plaid:
    """Access to Plaid: the simulator, unless `base_url` names another server."""

    base_url: str | None = None
    client_id: str = "sim-plaid-client"
    secret: str = "sim-plaid-secret"

    def secret_string(self) -> str:
        """Return the JSON that the functions read from Secrets Manager."""
        return json.dumps({"client_id": self.client_id, "secret": self.secret})


@dataclass(frozen=True)
class SnapTrade:
    """Access to SnapTrade: the simulator, unless `base_url` names another server."""

    base_url: str | None = None
    client_id: str = "SIM-SNAPTRADE"
    consumer_key: str = "sim-snaptrade-consumer-key"
    webhook_secret: str | None = None

    def secret_string(self) -> str:
        """Return the JSON that the functions read from Secrets Manager."""
        webhook_secret = {"webhook_secret": self.webhook_secret} if self.webhook_secret else {}
        return json.dumps({"client_id": self.client_id, "consumer_key": self.consumer_key, **webhook_secret})


@dataclass(frozen=True)
class Settings:
    """Settings from the environment; `parameters` are template parameters by name."""

    port: int = DEFAULT_PORT
    state: Path = Path(".local")
    plaid: Plaid = field(default_factory=Plaid)
    snaptrade: SnapTrade = field(default_factory=SnapTrade)
    parameters: Mapping[str, str] = field(default_factory=dict)
    record: Path | None = None
    origins: tuple[str, ...] = ()
    """Origins of web apps besides the page that may call the API."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Parse environment variables; an empty one counts as absent.

        Raises LocalCloudError if a value is malformed or a required companion is missing.
        """
        variables = {name: value for name, value in environment.items() if value}
        record = variables.get("RECORD_AWS_CALLS")
        _require_both(variables, "OIDC_ISSUER", "OIDC_AUDIENCE")
        return cls(
            port=_port(variables.get("PORT", str(DEFAULT_PORT))),
            state=Path(variables.get("TIDINGS_STATE_DIR", ".local")),
            plaid=_plaid(variables),
            snaptrade=_snaptrade(variables),
            parameters={
                parameter: variables[name]
                for name, parameter in {
                    "OIDC_AUDIENCE": "OidcAudience",
                    "OIDC_ISSUER": "OidcIssuer",
                    "OIDC_USER_ID_CLAIM": "OidcUserIdClaim",
                    "NOTIFY_URL": "NotifyUrl",
                    "WEBHOOK_BASE_URL": "WebhookBaseUrl",
                    "PAID_REFRESH": "PaidRefresh",
                    "REPLAY_WINDOW_SECONDS": "ReplayWindowSeconds",
                    "SNAPTRADE_KEY_TYPE": "SnapTradeKeyType",
                }.items()
                if name in variables
            },
            record=Path(record) if record else None,
            origins=tuple(
                origin.strip() for origin in variables.get("ALLOWED_ORIGINS", "").split(",") if origin.strip()
            ),
        )


def _port(text: str) -> int:
    if not text.isdecimal() or not 1024 <= int(text) <= 65535 - PORTS_TAKEN:
        raise LocalCloudError(f"PORT is {text!r}: choose a number between 1024 and {65535 - PORTS_TAKEN}")
    return int(text)


def _plaid(variables: Mapping[str, str]) -> Plaid:
    _require_credentials(variables, "PLAID_BASE_URL", ("PLAID_CLIENT_ID", "PLAID_SECRET"))
    return Plaid(
        base_url=variables.get("PLAID_BASE_URL"),
        client_id=variables.get("PLAID_CLIENT_ID", Plaid.client_id),
        secret=variables.get("PLAID_SECRET", Plaid.secret),
    )


def _snaptrade(variables: Mapping[str, str]) -> SnapTrade:
    _require_credentials(variables, "SNAPTRADE_BASE_URL", ("SNAPTRADE_CLIENT_ID", "SNAPTRADE_CONSUMER_KEY"))
    return SnapTrade(
        base_url=variables.get("SNAPTRADE_BASE_URL"),
        client_id=variables.get("SNAPTRADE_CLIENT_ID", SnapTrade.client_id),
        consumer_key=variables.get("SNAPTRADE_CONSUMER_KEY", SnapTrade.consumer_key),
        webhook_secret=variables.get("SNAPTRADE_WEBHOOK_SECRET"),
    )


def _require_both(variables: Mapping[str, str], first: str, second: str) -> None:
    if (first in variables) != (second in variables):
        raise LocalCloudError(f"set both {first} and {second}, or neither to use the local issuer")


def _require_credentials(variables: Mapping[str, str], base_url: str, names: tuple[str, ...]) -> None:
    missing = [name for name in names if name not in variables]
    if base_url in variables and missing:
        raise LocalCloudError(
            f"{base_url} is set: set {' and '.join(missing)} too (the simulator's credentials do not work there)"
        )
