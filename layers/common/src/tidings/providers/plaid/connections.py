"""Link, repair and remove Plaid items: Hosted Link, embedded Link, update mode (https://plaid.com/docs/link/hosted-link/)."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tidings import settings
from tidings.errors import ItemGone, ProviderError, UnusableResponse
from tidings.http.timestamps import parse_instant
from tidings.model import Access
from tidings.providers.plaid import client

LANGUAGE = "en"
NAME_TIMEOUT_S = 3.0
_CLIENT_NAME_LENGTH = 30

is_configured = client.is_configured


@dataclass(frozen=True, slots=True)
class LinkToken:
    """A Link session. `url` opens Plaid's Hosted Link page for anyone who has it; `expires_at` is in ms."""

    token: str = field(repr=False)
    url: str = field(repr=False)
    expires_at: int


@dataclass(frozen=True, slots=True)
class LinkedItem:
    """An item that a finished Link session added, with the public token to exchange."""

    public_token: str = field(repr=False)
    institution: str | None


@dataclass(frozen=True, slots=True)
class LinkResult:
    """The result of a Link session. `succeeded`: the user did not leave early; update mode adds no items even then."""

    finished: bool
    succeeded: bool
    items: tuple[LinkedItem, ...]


@dataclass(frozen=True, slots=True)
class ExchangedToken:
    """The item and access token that Plaid returns for a public token."""

    item_id: str
    access_token: str = field(repr=False)


def create_link_token(
    app: Mapping[str, str],
    user_id: str,
    webhook_url: str,
    redirect_uri: str | None,
    deadline: float,
    access_token: str | None = None,
    *,
    select_accounts: bool = False,
) -> LinkToken:
    """Create a Hosted Link session. With an access token it is in update mode and takes no products or webhook.

    `select_accounts`: update mode lets the user choose the accounts again.
    """
    fields: dict[str, Any] = {
        "client_name": settings.plaid_client_name()[:_CLIENT_NAME_LENGTH],
        "language": LANGUAGE,
        "country_codes": list(settings.plaid_country_codes()),
        "user": {"client_user_id": user_id},
        "hosted_link": {"completion_redirect_uri": redirect_uri} if redirect_uri else {},
    }
    if access_token is None:
        fields |= {"products": ["investments"], "webhook": webhook_url}
    else:
        fields["access_token"] = access_token
        if select_accounts:
            fields["update"] = {"account_selection_enabled": True}
    response = client.post(app, "/link/token/create", fields, deadline)
    expires_at = parse_instant(response.get("expiration"))
    if expires_at is None:
        raise UnusableResponse("Plaid's link token has no valid expiry")
    return LinkToken(_text(response, "link_token"), _text(response, "hosted_link_url"), expires_at)


def get_link_result(app: Mapping[str, str], link_token: str, deadline: float) -> LinkResult:
    """Get the result of a Link session. Raises BadRequest if Plaid does not know the token."""
    response = client.post(app, "/link/token/get", {"link_token": link_token}, deadline)
    sessions = list(_objects(response.get("link_sessions")))
    finished = [session for session in sessions if session.get("finished_at")]
    succeeded = any(not (session.get("exit") or session.get("on_exit")) for session in finished)
    return LinkResult(bool(finished), succeeded, tuple(item for session in sessions for item in _linked(session)))


def _linked(session: Mapping[str, Any]) -> Iterator[LinkedItem]:
    results = session.get("results")
    added = list(_objects(results.get("item_add_results") if isinstance(results, dict) else None))
    if not added and isinstance(session.get("on_success"), dict):
        # Deprecated, but some clients still receive it. The metadata names the institution.
        metadata = session["on_success"].get("metadata")
        added = [{**(metadata if isinstance(metadata, dict) else {}), **session["on_success"]}]
    for result in added:
        if isinstance(result.get("public_token"), str):
            yield LinkedItem(result["public_token"], _name(result.get("institution")))


def exchange_public_token(app: Mapping[str, str], public_token: str, deadline: float) -> ExchangedToken:
    """Exchange a public token, which works only once. Raises BadRequest if Plaid does not know the token."""
    response = client.post(app, "/item/public_token/exchange", {"public_token": public_token}, deadline)
    return ExchangedToken(_text(response, "item_id"), _text(response, "access_token"))


def fetch_institution_name(app: Mapping[str, str], access_token: str) -> str | None:
    """Fetch the name of the item's institution. Returns None if it does not come within three seconds."""
    deadline = time.monotonic() + NAME_TIMEOUT_S
    try:
        item = client.post(app, "/item/get", {"access_token": access_token}, deadline).get("item")
    except ProviderError:
        return None
    name = item.get("institution_name") if isinstance(item, dict) else None
    return name if isinstance(name, str) else None


def remove_connection(access: Access, source_id: str, deadline: float) -> None:  # noqa: ARG001 - the item is the source
    """Remove the item at Plaid, which ends its billing. Succeeds if the item does not exist."""
    try:
        client.post(access.app, "/item/remove", {"access_token": access.credential}, deadline, needs_body=False)
    except ItemGone:
        return


def move_webhook(access: Access, url: str, deadline: float) -> None:
    """Change the address to which Plaid sends the item's webhooks."""
    fields = {"access_token": access.credential, "webhook": url}
    client.post(access.app, "/item/webhook/update", fields, deadline, needs_body=False)


def _objects(value: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list):
        yield from (entry for entry in value if isinstance(entry, dict))


def _name(institution: object) -> str | None:
    name = institution.get("name") if isinstance(institution, dict) else None
    return name if isinstance(name, str) else None


def _text(response: Mapping[str, Any], name: str) -> str:
    value = response.get(name)
    if isinstance(value, str) and value:
        return value
    raise UnusableResponse(f"Plaid's response lacks {name}")
