"""Simulate an OIDC issuer as a Starlette app: discovery, keys, and tokens for any user id.

- GET /.well-known/openid-configuration and GET /keys.
- POST /_sim/token {"user_id", "email"?, "email_verified"?, "expires_in_s"?, "claims"?, "header"?} mints a token;
  `claims` and `header` override the defaults.
- POST /_sim/rotate {"keep"?: true} signs with a new key from now on; `keep` decides whether to publish the old ones.
- /_sim/faults and /_sim/calls work as at the providers.
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

from local.simulators.call_log import CallLog
from local.simulators.control import CONTROL_PREFIX, JsonObject, build_observation_routes, command_route
from local.simulators.control_errors import ControlError, handle_control_error
from local.simulators.faults import ActiveFaults
from local.simulators.issuer.signing import SigningKey
from local.simulators.middleware import SimulatorMiddleware

TOKEN_S = 3600


@dataclass
class Issuer:
    """The issuer that tokens and discovery name by `address`; it signs with the newest key and publishes all."""

    address: str
    audience: str
    keys: list[SigningKey] = field(default_factory=lambda: [SigningKey()])

    def issue_token(self, command: JsonObject) -> str:
        user_id, now = command.get("user_id"), int(time.time())
        if not isinstance(user_id, str) or not user_id:
            raise ControlError(400, "user_id is required")
        claims: dict[str, Any] = {
            "iss": self.address,
            "aud": self.audience,
            "sub": user_id,
            "iat": now,
            "exp": now + int(command.get("expires_in_s", TOKEN_S)),
        }
        if command.get("email"):
            claims |= {"email": command["email"], "email_verified": command.get("email_verified", True)}
        return self.keys[-1].sign_jwt(command.get("header", {}), claims | command.get("claims", {}))

    def rotate_key(self, *, keep: bool) -> None:
        self.keys = [*(self.keys if keep else []), SigningKey()]

    def discovery_document(self) -> dict[str, Any]:
        return {
            "issuer": self.address,
            "jwks_uri": f"{self.address}/keys",
            "id_token_signing_alg_values_supported": ["ES256"],
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
        }


def create_app(address: str, audience: str) -> Starlette:
    """Create the app; `address` is the URL that it is served at, including the path."""
    issuer, calls, faults = Issuer(address, audience), CallLog(), ActiveFaults()
    prefix = urlsplit(address).path

    async def configuration(_request: Request) -> Response:
        return JSONResponse(issuer.discovery_document())

    async def keys(_request: Request) -> Response:
        return JSONResponse({"keys": [key.public_jwk() for key in issuer.keys]})

    async def mint_token(command: JsonObject) -> JsonObject:
        minted = issuer.issue_token(command)
        return {"access_token": minted, "token_type": "Bearer", "expires_in": command.get("expires_in_s", TOKEN_S)}

    async def rotate_key(command: JsonObject) -> JsonObject:
        issuer.rotate_key(keep=command.get("keep", True) is True)
        return {"kid": issuer.keys[-1].kid}

    app = Starlette(
        routes=[
            Route("/.well-known/openid-configuration", configuration),
            Route("/keys", keys),
            command_route("token", mint_token),
            command_route("rotate", rotate_key),
            *build_observation_routes(calls, faults),
        ],
        middleware=[
            Middleware(
                SimulatorMiddleware,
                calls=calls,
                faults=faults,
                resolve_subject=lambda *_: {},
                excluded_prefixes=(prefix + CONTROL_PREFIX,),
            )
        ],
        exception_handlers={ControlError: handle_control_error},
    )
    app.state.mint_token = mint_token
    return app
