"""The environment, read when asked for; a missing name fails at once and by name. Set by template.yaml."""

import os
from typing import Literal, NamedTuple


class MissingSetting(RuntimeError):
    """A name that the template sets is not in the environment: a deployment's fault, never a caller's."""


class Oidc(NamedTuple):
    """Whose bearer tokens are accepted, meant for whom, and which claim of theirs is our user id."""

    issuer: str
    audiences: tuple[str, ...]
    user_id_claim: str


def _required(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise MissingSetting(name)
    return value


def _listed(name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in _required(name).split(",") if part.strip())


def table(name: str) -> str:
    """The physical name of a table, by its name in DESIGN §4 in upper snake case."""
    return _required(f"{name}_TABLE")


def credential_key_id() -> str:
    return _required("CREDENTIAL_KEY_ID")


def secret_id(provider: str) -> str:
    return _required(f"{provider.upper()}_SECRET_ID")


def tasks_queue_url() -> str:
    return _required("TASKS_QUEUE_URL")


def deferred_webhooks_queue_url() -> str:
    return _required("DEFERRED_WEBHOOKS_QUEUE_URL")


def reconcile_queue_url() -> str:
    return _required("RECONCILE_QUEUE_URL")


def allowed_origins() -> tuple[str, ...]:
    return _listed("ALLOWED_ORIGINS")


def oidc() -> Oidc | None:
    """None where the deployment takes no bearer tokens."""
    issuer = os.environ.get("OIDC_ISSUER")
    return Oidc(issuer, _listed("OIDC_AUDIENCE"), _required("OIDC_USER_ID_CLAIM")) if issuer else None


def plaid_base_url() -> str:
    default = f"https://{_required('PLAID_ENVIRONMENT')}.plaid.com"
    return os.environ.get("PLAID_BASE_URL", default).rstrip("/")


def plaid_client_name() -> str:
    return _required("PLAID_CLIENT_NAME")


def plaid_country_codes() -> tuple[str, ...]:
    return _listed("PLAID_COUNTRY_CODES")


def plaid_webhook_url() -> str:
    return _required("PLAID_WEBHOOK_URL")


def snaptrade_base_url() -> str:
    return os.environ.get("SNAPTRADE_BASE_URL", "https://api.snaptrade.com").rstrip("/")


def snaptrade_webhook_auth() -> Literal["required", "disabled"]:
    """Only the exact word disables it: a typo must not open the door."""
    return "disabled" if _required("SNAPTRADE_WEBHOOK_AUTH") == "disabled" else "required"


def snaptrade_key_type() -> Literal["commercial", "personal"]:
    """Any other word counts as commercial: with it a personal key is refused by SnapTrade, and nobody sees anything."""
    return "personal" if _required("SNAPTRADE_KEY_TYPE") == "personal" else "commercial"


def refresh_cooldown_ms() -> int:
    return int(_required("REFRESH_COOLDOWN_SECONDS")) * 1000


def paid_refresh() -> bool:
    """Only the exact word allows it: a typo must not cost money."""
    return _required("PAID_REFRESH") == "on"


def replay_window_ms() -> int:
    return int(_required("REPLAY_WINDOW_SECONDS")) * 1000


def stale_after_ms() -> int:
    return int(_required("STALE_AFTER_HOURS")) * 3_600_000


def main_currency() -> str:
    return _required("MAIN_CURRENCY")
