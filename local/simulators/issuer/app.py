"""An OIDC issuer as a Starlette app: discovery, keys, and tokens for whomever they are ordered.

GET /.well-known/openid-configuration, GET /keys; POST /_sim/token {"user_id", "email"?, "email_verified"?,
"expires_in_s"?, "claims"?, "header"?} mints (the last two win over what is usual); POST /_sim/rotate {"keep"?: true}
signs with a new key, and publishes the old ones beside it or not; /_sim/faults, /_sim/calls as at the providers.
"""

import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.simulators.call_log import Calls
from local.simulators.control import CONTROL, Order, command, observed_routes
from local.simulators.control_errors import Refused, refused
from local.simulators.faults import Faults
from local.simulators.issuer.signing import SigningKey
from local.simulators.middleware import Observer

TOKEN_S = 3600


@dataclass
class Issuer:
    """`address` is what tokens and discovery name; the newest key signs, all are published."""

    address: str
    audience: str
    keys: list[SigningKey] = field(default_factory=lambda: [SigningKey()])

    def token(self, order: Order) -> str:
        user_id, now = order.get("user_id"), int(time.time())
        if not isinstance(user_id, str) or not user_id:
            raise Refused(400, "user_id must be given")
        claims: dict[str, Any] = {
            "iss": self.address,
            "aud": self.audience,
            "sub": user_id,
            "iat": now,
            "exp": now + int(order.get("expires_in_s", TOKEN_S)),
        }
        if order.get("email"):
            claims |= {"email": order["email"], "email_verified": order.get("email_verified", True)}
        return self.keys[-1].signed(order.get("header", {}), claims | order.get("claims", {}))

    def rotate(self, *, keep: bool) -> None:
        self.keys = [*(self.keys if keep else []), SigningKey()]

    def configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.address,
            "jwks_uri": f"{self.address}/keys",
            "id_token_signing_alg_values_supported": ["ES256"],
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
        }


def create_app(address: str, audience: str) -> Starlette:
    """`address`: where the app is served, its path included."""
    issuer, calls, faults = Issuer(address, audience), Calls(), Faults()
    prefix = urlsplit(address).path

    async def configuration(_request: Request) -> Response:
        return JSONResponse(issuer.configuration())

    async def keys(_request: Request) -> Response:
        return JSONResponse({"keys": [key.jwk() for key in issuer.keys]})

    async def token(order: Order) -> Order:
        minted = issuer.token(order)
        return {"access_token": minted, "token_type": "Bearer", "expires_in": order.get("expires_in_s", TOKEN_S)}

    async def rotate(order: Order) -> Order:
        issuer.rotate(keep=order.get("keep", True) is True)
        return {"kid": issuer.keys[-1].kid}

    app = Starlette(
        routes=[
            Route("/.well-known/openid-configuration", configuration),
            Route("/keys", keys),
            command("token", token),
            command("rotate", rotate),
            *observed_routes(calls, faults),
        ],
        middleware=[
            Middleware(Observer, calls=calls, faults=faults, identify=lambda *_: {}, outside=(prefix + CONTROL,))
        ],
        exception_handlers={Refused: refused},
    )
    app.state.mint = token
    return app
