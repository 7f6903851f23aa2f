"""Provide the field types of payload models: unknown fields ignored, almost everything nullable, amounts exact.

Text of a wrong type counts as absent, since no decision depends on it. An amount of a wrong type fails its row: a wrong
number in a portfolio is worse than a missing row.
"""

import threading
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from tidings.decimals import is_bounded
from tidings.errors import UnusableResponse

_build_lock = threading.Lock()


class Payload(BaseModel):
    """A provider's payload. `parse_payload` builds its validator on first use, which keeps imports fast."""

    model_config = ConfigDict(frozen=True, defer_build=True)


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
        if is_bounded(amount):
            return amount
    raise ValueError("not an amount")


def _optional_amount(value: object) -> Decimal | None:
    try:
        return _amount(value)
    except ValueError:
        return None


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
OptionalAmount = Annotated[Decimal | None, BeforeValidator(_optional_amount)]
"""An amount beside a row's own: unreadable counts as unknown."""
Flag = Annotated[bool | None, BeforeValidator(_flag)]
IsoDate = Annotated[str | None, BeforeValidator(_iso_date)]

P = TypeVar("P", bound=Payload)


def parse_payload(model: type[P], body: object) -> P:
    """Parse a response body. Raises UnusableResponse if it does not match `model`; the error quotes no values."""
    _build(model)
    try:
        return model.model_validate(body)
    except ValidationError as error:
        raise UnusableResponse(f"The provider's response has invalid fields: {_field_paths(error)}") from None


def parse_rows(model: type[P], rows: Iterable[object]) -> Sequence[P | None]:
    """Parse rows one by one. A row that does not match `model` becomes None."""
    _build(model)
    return [_parse_row(model, row) for row in rows]


def _parse_row(model: type[P], row: object) -> P | None:
    try:
        return model.model_validate(row)
    except ValidationError:
        return None


def _build(model: type[Payload]) -> None:
    with _build_lock:  # pydantic can't build a model in two threads at once, and responses are parsed in several
        model.model_rebuild()


def _field_paths(error: ValidationError) -> str:
    paths = {".".join(step for step in detail["loc"] if isinstance(step, str)) for detail in error.errors()}
    return ", ".join(sorted(paths)[:5])
