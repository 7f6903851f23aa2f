"""What providers' payload models are made of: unknown fields ignored, almost everything nullable, amounts exact.

Text of a wrong type is treated as absent, for a name decides nothing; an amount of a wrong type fails the answer, for a
holding with a made-up number would be worse than none.
"""

import threading
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from tidings.decimals import require_bounded
from tidings.errors import UnusableResponse

_building = threading.Lock()


class Payload(BaseModel):
    """Its validator is built when `read` first needs it: that of a part never, if only the whole is read."""

    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)


def _text(value: object) -> str | None:
    if not isinstance(value, str) or not value.strip():
        return None
    return value.strip().encode(errors="replace").decode()


def _amount(value: object) -> Decimal | None:
    if value is None:
        return None
    if isinstance(value, Decimal | int | str) and not isinstance(value, bool):
        try:
            amount = Decimal(value)
        except InvalidOperation:
            raise ValueError("not an amount") from None
        if require_bounded(amount):
            return amount
    raise ValueError("not an amount")


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _iso_date(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value[:10]).isoformat()
    except ValueError:
        return None


Text = Annotated[str | None, BeforeValidator(_text)]
Amount = Annotated[Decimal | None, BeforeValidator(_amount)]
Flag = Annotated[bool | None, BeforeValidator(_flag)]
IsoDate = Annotated[str | None, BeforeValidator(_iso_date)]

P = TypeVar("P", bound=Payload)


def parse_payload(model: type[P], body: object) -> P:
    """The payload; UnusableAnswer if it is not what `model` describes. The error quotes nothing of it."""
    with _building:  # pydantic builds in one thread only, and answers are read in several
        model.model_rebuild()
    try:
        return model.model_validate(body)
    except ValidationError as error:
        raise UnusableResponse(f"The provider's answer has unreadable fields: {_places(error)}") from None


def _places(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    places = {".".join(step for step in one["loc"] if isinstance(step, str)) for one in found}
    return ", ".join(sorted(places)[:5])
