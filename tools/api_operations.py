"""What every route takes and answers, in the product's own types."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tidings.api import request_bodies, response_types

PROBLEM = response_types.Problem
_WRITE_PROBLEMS = (400, 403, 413)
_PROVIDER_PROBLEMS = (409, 429, 502, 504)


@dataclass(frozen=True)
class Operation:
    """What a route takes and answers, by status. `None`: no body. `signature`: the header that signs a webhook."""

    summary: str
    answers: Mapping[int, Any]
    body: Any = None
    problems: tuple[int, ...] = ()
    signed_in: bool = True
    signature: str | None = None
    headers: Mapping[int, tuple[str, ...]] = field(default_factory=dict)


def _webhook(provider: str, signature: str) -> Operation:
    return Operation(
        f"{provider}'s webhook",
        {200: response_types.WebhookAnswer},
        problems=(400, 403, 413),
        signed_in=False,
        signature=signature,
    )


def _pending(of: str, kind: type) -> Operation:
    return Operation(
        f"Whether {of} has news for the user; calls no provider",
        {200: kind, 304: None},
        headers={200: ("ETag",), 304: ("ETag",)},
    )


def _holdings(of: str) -> Operation:
    return Operation(
        f"The stored holdings of {of}; calls no provider", {200: response_types.HoldingsAnswer}, problems=(406,)
    )


def _refresh(of: str) -> Operation:
    return Operation(
        f"Fetch what is new at {of}, once in a cooldown; with `paid`, have the brokers asked first (202)",
        {200: response_types.HoldingsAnswer, 202: response_types.PullAccepted},
        body=request_bodies.RefreshBody,
        problems=(*_WRITE_PROBLEMS, *_PROVIDER_PROBLEMS, 404, 406),
    )


def _pull(of: str, kind: type) -> Operation:
    return Operation(f"How the paid pulls of {of} go; calls no provider", {200: kind})


def _connect(summary: str, status: int, kind: type, body: type) -> Operation:
    return Operation(summary, {status: kind}, body=body, problems=(*_WRITE_PROBLEMS, *_PROVIDER_PROBLEMS, 404))


def _delete(what: str) -> Operation:
    return Operation(f"End {what}, here and at the provider", {204: None}, problems=(403, *_PROVIDER_PROBLEMS))


OPERATIONS: dict[str, Operation] = {
    "POST /plaid/webhook": _webhook("Plaid", "Plaid-Verification"),
    "POST /api/snaptrade/webhook": _webhook("SnapTrade", "Signature"),
    "GET /pending-updates": _pending("any provider", response_types.CombinedPending),
    "GET /plaid/pending-updates": _pending("Plaid", response_types.ProviderPending),
    "GET /api/snaptrade/pending-updates": _pending("SnapTrade", response_types.ProviderPending),
    "GET /holdings": _holdings("all providers, merged"),
    "GET /plaid/holdings": _holdings("Plaid"),
    "GET /api/snaptrade/holdings": _holdings("SnapTrade"),
    "POST /holdings/refresh": _refresh("all providers or those named"),
    "POST /plaid/holdings/refresh": _refresh("Plaid"),
    "POST /api/snaptrade/holdings/refresh": _refresh("SnapTrade"),
    "GET /holdings/refresh": _pull("all providers", response_types.CombinedPull),
    "GET /plaid/holdings/refresh": _pull("Plaid", response_types.ProviderPull),
    "GET /api/snaptrade/holdings/refresh": _pull("SnapTrade", response_types.ProviderPull),
    "GET /connections": Operation("The user's connections", {200: response_types.Connections}),
    "DELETE /connections": _delete("everything of the calling user"),
    "DELETE /plaid/items/{item_id}": _delete("a Plaid item"),
    "DELETE /api/snaptrade/connections/{connection_id}": _delete("a SnapTrade connection"),
    "POST /plaid/create-connection-url": _connect(
        "A Plaid Hosted Link page", 200, response_types.PlaidConnectionUrl, request_bodies.PlaidConnectionBody
    ),
    "POST /plaid/complete-connection": _connect(
        "Link what the user connected on the Hosted Link page",
        201,
        response_types.LinkedItem,
        request_bodies.PlaidCompletionBody,
    ),
    "POST /plaid/exchange-public-token": _connect(
        "Link an item from embedded Link", 201, response_types.LinkedItem, request_bodies.PlaidExchangeBody
    ),
    "POST /api/snaptrade/create-connection-url": _connect(
        "A SnapTrade connection portal page",
        200,
        response_types.SnapTradeConnectionUrl,
        request_bodies.SnapTradeConnectionBody,
    ),
}
