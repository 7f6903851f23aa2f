"""Read settings from the environment that template.yaml sets. A missing variable fails with its name."""

import os
from typing import Literal, NamedTuple


class MissingSetting(RuntimeError):
    """A variable that the template sets is missing: an error of the deployment, not of the caller."""


class LiveEndpoints(NamedTuple):
    """The API that carries live updates: its host, which an authorization names, and where browsers connect."""

    http_host: str
    websocket_url: str


class Oidc(NamedTuple):
    """The accepted issuer and audiences of bearer tokens, and the claim that contains the user id."""

    issuer: str
    audiences: tuple[str, ...]
    user_id_claim: str


def _required(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise MissingSetting(name)
    return value


def _required_list(name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in _required(name).split(",") if part.strip())


def table(name: str) -> str:
    """Return a table's physical name. `name`: its logical name in upper snake case, such as UPDATE_STATE."""
    return _required(f"{name}_TABLE")


def credential_key_id() -> str:
    return _required("CREDENTIAL_KEY_ID")


def secret_id(name: str) -> str:
    """Return a secret's id. `name`: a provider, `live_ticket` or `live_channel`."""
    return _required(f"{name.upper()}_SECRET_ID")


def tasks_queue_url() -> str:
    return _required("TASKS_QUEUE_URL")


def deferred_webhooks_queue_url() -> str:
    return _required("DEFERRED_WEBHOOKS_QUEUE_URL")


def reconcile_queue_url() -> str:
    return _required("RECONCILE_QUEUE_URL")


def notify_queue_url() -> str:
    """Return the queue of the host's notifications; empty if the deployment sends none."""
    return os.environ.get("NOTIFY_QUEUE_URL", "")


def notify_dead_letter_queue_url() -> str:
    return _required("NOTIFY_DEAD_LETTER_QUEUE_URL")


def notify_url() -> str:
    return _required("NOTIFY_URL")


def allowed_origins() -> tuple[str, ...]:
    return _required_list("ALLOWED_ORIGINS")


def oidc() -> Oidc | None:
    """Return the OIDC settings, or None if the deployment accepts no bearer tokens."""
    issuer = os.environ.get("OIDC_ISSUER")
    return Oidc(issuer, _required_list("OIDC_AUDIENCE"), _required("OIDC_USER_ID_CLAIM")) if issuer else None


def plaid_base_url() -> str:
    default = f"https://{_required('PLAID_ENVIRONMENT')}.plaid.com"
    return os.environ.get("PLAID_BASE_URL", default).rstrip("/")


def plaid_client_name() -> str:
    return _required("PLAID_CLIENT_NAME")


def plaid_country_codes() -> tuple[str, ...]:
    return _required_list("PLAID_COUNTRY_CODES")


def plaid_webhook_url() -> str:
    return _required("PLAID_WEBHOOK_URL")


def snaptrade_base_url() -> str:
    return os.environ.get("SNAPTRADE_BASE_URL", "https://api.snaptrade.com").rstrip("/")


def snaptrade_webhook_auth() -> Literal["required", "disabled"]:
    """Return whether webhooks must be signed. Only the exact word disables it, so that a typo does not."""
    return "disabled" if _required("SNAPTRADE_WEBHOOK_AUTH") == "disabled" else "required"


def snaptrade_key_type() -> Literal["commercial", "personal"]:
    """Return the key's type. Any other word means commercial: SnapTrade then rejects a personal key."""
    return "personal" if _required("SNAPTRADE_KEY_TYPE") == "personal" else "commercial"


def refresh_cooldown_ms() -> int:
    return int(_required("REFRESH_COOLDOWN_SECONDS")) * 1000


def paid_refresh() -> bool:
    """Return whether paid refreshes are allowed. Only the exact word allows them: a typo must not cost money."""
    return _required("PAID_REFRESH") == "on"


def replay_window_ms() -> int:
    return int(_required("REPLAY_WINDOW_SECONDS")) * 1000


def stale_after_ms() -> int:
    return int(_required("STALE_AFTER_HOURS")) * 3_600_000


def main_currency() -> str:
    return _required("MAIN_CURRENCY")


def exchange_rates() -> bool:
    """Return whether totals are converted. Only the exact word turns it off."""
    return _required("EXCHANGE_RATES") != "off"


def ecb_base_url() -> str:
    return os.environ.get("ECB_BASE_URL", "https://www.ecb.europa.eu").rstrip("/")


def history_days() -> int:
    """Return for how many days observations are kept and shown."""
    return int(_required("HISTORY_DAYS"))


def live_updates() -> bool:
    """Return whether this deployment has live updates. Only the exact word turns them on."""
    return os.environ.get("LIVE_UPDATES") == "on"


def live_endpoints() -> LiveEndpoints | None:
    """Return where a browser connects, or None if the deployment has no live updates."""
    http_host = os.environ.get("TIDINGS_LIVE_HTTP_ENDPOINT")
    if not http_host:
        return None
    realtime_host = _required("TIDINGS_LIVE_REALTIME_ENDPOINT")
    return LiveEndpoints(http_host, os.environ.get("LIVE_WEBSOCKET_URL", f"wss://{realtime_host}/event/realtime"))


def live_publish_url() -> str | None:
    """Return the address that nudges are posted to, or None if the deployment has no live updates."""
    http_host = os.environ.get("TIDINGS_LIVE_HTTP_ENDPOINT")
    return os.environ.get("LIVE_PUBLISH_URL", f"https://{http_host}/event") if http_host else None
