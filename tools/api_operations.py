"""Describe the request and the responses of every route with the product's own types."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tidings.api import portfolio_types, request_bodies, response_types

PROBLEM = response_types.Problem
_WRITE_PROBLEMS = (400, 403, 413)
_PROVIDER_PROBLEMS = (409, 429, 502, 504)
_CURRENCY = {"currency": "ISO code of the converted total, by default the deployment's main currency"}


@dataclass(frozen=True)
class Operation:
    """One route: its responses by status, None for no body; `signature` is the header with a webhook's signature.

    `query`: the optional query parameters, with what each means.
    """

    summary: str
    responses: Mapping[int, Any]
    body: Any = None
    problems: tuple[int, ...] = ()
    is_sign_in_required: bool = True
    signature: str | None = None
    headers: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)


def _webhook(provider: str, signature: str) -> Operation:
    return Operation(
        f"Receive a webhook from {provider}",
        {200: response_types.WebhookAnswer},
        problems=(400, 403, 413),
        is_sign_in_required=False,
        signature=signature,
    )


def _pending(scope: str, response_type: type) -> Operation:
    return Operation(
        f"Return whether {scope} has new data for the user; calls no provider",
        {200: response_type, 304: None},
        headers={200: ("ETag",), 304: ("ETag",)},
    )


def _holdings(scope: str) -> Operation:
    return Operation(
        f"Return the stored holdings of {scope}; calls no provider",
        {200: portfolio_types.HoldingsAnswer},
        problems=(400, 406),
        query=_CURRENCY,
    )


def _refresh(scope: str) -> Operation:
    return Operation(
        f"Fetch new data from {scope}, once per cooldown; with `paid`, request a paid refresh first (202)",
        {200: portfolio_types.HoldingsAnswer, 202: response_types.PullAccepted},
        body=request_bodies.RefreshBody,
        problems=(*_WRITE_PROBLEMS, *_PROVIDER_PROBLEMS, 404, 406),
        query=_CURRENCY,
    )


def _pull(scope: str, response_type: type) -> Operation:
    return Operation(f"Return the status of paid refreshes of {scope}; calls no provider", {200: response_type})


def _connect(summary: str, status: int, response_type: type, body: type) -> Operation:
    return Operation(summary, {status: response_type}, body=body, problems=(*_WRITE_PROBLEMS, *_PROVIDER_PROBLEMS, 404))


def _delete(scope: str) -> Operation:
    return Operation(f"Delete {scope}, here and at the provider", {204: None}, problems=(403, *_PROVIDER_PROBLEMS))


OPERATIONS: dict[str, Operation] = {
    "POST /plaid/webhook": _webhook("Plaid", "Plaid-Verification"),
    "POST /api/snaptrade/webhook": _webhook("SnapTrade", "Signature"),
    "GET /pending-updates": _pending("any provider", response_types.CombinedPending),
    "GET /plaid/pending-updates": _pending("Plaid", response_types.ProviderPending),
    "GET /api/snaptrade/pending-updates": _pending("SnapTrade", response_types.ProviderPending),
    "POST /live-ticket": Operation(
        "Return a ticket for the user's live updates, where the deployment has them",
        {200: response_types.LiveTicket},
        problems=(403, 404, 429),
    ),
    "GET /holdings": _holdings("all providers, merged"),
    "GET /holdings/history": Operation(
        "Return the portfolio at the end of each observed day; calls no provider",
        {200: portfolio_types.History, 304: None},
        problems=(400, 406),
        headers={200: ("ETag",), 304: ("ETag",)},
        query={
            **_CURRENCY,
            "from": "First day, as 2026-01-31; by default the oldest that is kept",
            "to": "Last day; by default today in UTC",
        },
    ),
    "GET /holdings/changes": Operation(
        "Return what the newest fetches changed; calls no provider", {200: portfolio_types.ChangeSets}, problems=(406,)
    ),
    "GET /plaid/holdings": _holdings("Plaid"),
    "GET /api/snaptrade/holdings": _holdings("SnapTrade"),
    "POST /holdings/refresh": _refresh("all providers or those named"),
    "POST /plaid/holdings/refresh": _refresh("Plaid"),
    "POST /api/snaptrade/holdings/refresh": _refresh("SnapTrade"),
    "GET /holdings/refresh": _pull("all providers", response_types.CombinedPull),
    "GET /plaid/holdings/refresh": _pull("Plaid", response_types.ProviderPull),
    "GET /api/snaptrade/holdings/refresh": _pull("SnapTrade", response_types.ProviderPull),
    "GET /connections": Operation("List the user's connections", {200: response_types.Connections}),
    "GET /institutions": Operation(
        "List the brokers that a user can connect; calls no provider",
        {200: response_types.Institutions, 304: None},
        headers={200: ("ETag",), 304: ("ETag",)},
    ),
    "DELETE /connections": _delete("all connections and data of the user"),
    "DELETE /plaid/items/{item_id}": _delete("a Plaid item"),
    "DELETE /api/snaptrade/connections/{connection_id}": _delete("a SnapTrade connection"),
    "POST /plaid/create-connection-url": _connect(
        "Create the URL of a Plaid Hosted Link page",
        200,
        response_types.PlaidConnectionUrl,
        request_bodies.PlaidConnectionBody,
    ),
    "POST /plaid/complete-connection": _connect(
        "Link the item that the user connected on the Hosted Link page",
        201,
        response_types.LinkedItem,
        request_bodies.PlaidCompletionBody,
    ),
    "POST /plaid/exchange-public-token": _connect(
        "Link an item from embedded Link", 201, response_types.LinkedItem, request_bodies.PlaidExchangeBody
    ),
    "POST /api/snaptrade/create-connection-url": _connect(
        "Create the URL of a SnapTrade connection portal page",
        200,
        response_types.SnapTradeConnectionUrl,
        request_bodies.SnapTradeConnectionBody,
    ),
}
