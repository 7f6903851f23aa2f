"""Define and parse the request bodies. docs/openapi.json is generated from them. Unknown keys are ignored."""

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from tidings.api.request import Request
from tidings.errors import BadRequest
from tidings.model import ProviderName

_Text = Annotated[str, StringConstraints(min_length=1, max_length=2048)]
_Ascii = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[!-~]+$")]


class _Body(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, defer_build=True)


class RefreshBody(_Body):
    """`all`: fetch every source, not only those that need it. `providers`: those to refresh, on the combined route.

    `paid`: have the providers fetch from the brokers, which costs money and must be allowed. Returns no holdings.
    """

    all: bool = False
    paid: bool = False
    providers: Annotated[list[ProviderName], Field(min_length=1)] | None = None


class PlaidConnectionBody(_Body):
    """`reconnect`: the item to repair. `redirect_uri`: where Plaid sends the browser, under an allowed origin."""

    reconnect: _Text | None = None
    redirect_uri: _Text | None = None


class PlaidCompletionBody(_Body):
    link_token: _Text


class PlaidExchangeBody(_Body):
    public_token: _Text


class SnapTradeConnectionBody(_Body):
    """`broker`: SnapTrade's slug. `reconnect`: the connection to repair. `redirect_uri`: under an allowed origin.

    `replace`: if the credential is lost, delete the old registration with all its connections and register again.
    """

    broker: _Ascii | None = None
    reconnect: _Ascii | None = None
    redirect_uri: _Text | None = None
    replace: bool = False


B = TypeVar("B", bound=_Body)


def parse_body(request: Request, kind: type[B]) -> B:
    """Parse the request's body. Raises BadRequest, which names the first invalid field and quotes no content."""
    content: dict[str, Any] = request.json()
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise BadRequest(f"`{field}`: {first['msg']}") from None
