"""How the fields of a provider's payload are read, and what an unusable payload says."""

import threading
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tidings.errors import UnusableResponse
from tidings.providers.schema_types import (
    Amount,
    Flag,
    IsoDate,
    OptionalAmount,
    Payload,
    Text,
    parse_payload,
    parse_rows,
)


class Inner(Payload):
    number: Amount = None


class Fields(Payload):
    text: Text = None
    amount: Amount = None
    optional: OptionalAmount = None
    flag: Flag = None
    day: IsoDate = None
    inner: tuple[Inner, ...] = ()


def read(**fields: object) -> Fields:
    return parse_payload(Fields, fields)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("AAPL", "AAPL"),
        (" a b\n", "a b"),
        ("\ud800x", "?x"),
        ("\u00e4", "\u00e4"),
        ("", None),
        (" \t", None),
        (5, None),
        (None, None),
        (["a"], None),
    ],
)
def test_text_is_trimmed_and_can_be_stored(value: object, text: str | None) -> None:
    assert read(text=value).text == text


@pytest.mark.parametrize("value", ["1.50", Decimal("1.50")])
def test_amount_is_exact(value: object) -> None:
    assert str(read(amount=value).amount) == "1.50"
    assert (read(amount=3).amount, read(amount=None).amount) == (Decimal(3), None)


@pytest.mark.parametrize("value", ["1,5", "", "NaN", "Infinity", "1e400", True, False, 1.5, [1], {}, date(2026, 2, 19)])
def test_what_is_no_amount_fails_its_row_or_counts_as_unknown(value: object) -> None:
    with pytest.raises(UnusableResponse):
        read(amount=value)
    assert read(optional=value).optional is None
    assert read(optional="2").optional == Decimal(2)


@pytest.mark.parametrize(
    ("value", "flag"), [(True, True), (False, False), (1, None), (0, None), ("true", None), (None, None)]
)
def test_only_true_and_false_are_flags(value: object, flag: bool | None) -> None:
    assert read(flag=value).flag is flag


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2026-02-19", "2026-02-19"),
        ("2026-02-19T14:30:00Z", "2026-02-19"),
        ("2026-02-30", None),
        ("2026-2-19", None),
        ("tomorrow", None),
        ("", None),
        (20260219, None),
        (None, None),
    ],
)
def test_date_is_that_of_an_instant(value: object, day: str | None) -> None:
    assert read(day=value).day == day


def test_unknown_fields_are_ignored() -> None:
    assert read(text="a", new={"b": 1}) == Fields(text="a")


def test_unusable_payload_names_its_fields_and_no_values() -> None:
    with pytest.raises(UnusableResponse) as failed:
        read(amount="secret", inner=[{"number": "secret"}, {"number": "secret"}])
    assert failed.value.detail == "The provider's response has invalid fields: amount, inner.number"
    assert failed.value.__cause__ is None
    assert failed.value.__suppress_context__


def test_unusable_payload_names_five_fields_at_most() -> None:
    class Many(Payload):
        f: Amount = None
        e: Amount = None
        d: Amount = None
        c: Amount = None
        b: Amount = None
        a: Amount = None

    with pytest.raises(UnusableResponse) as failed:
        parse_payload(Many, dict.fromkeys("fedcba", "?"))
    assert failed.value.detail.endswith("fields: a, b, c, d, e")


@pytest.mark.parametrize("body", [None, [], "text", 5])
def test_payload_must_be_an_object(body: object) -> None:
    with pytest.raises(UnusableResponse):
        parse_payload(Fields, body)


def test_rows_are_read_one_by_one() -> None:
    rows = parse_rows(Fields, [{"text": "a"}, {"amount": "?"}, "text", {"text": "b"}])
    assert [row and row.text for row in rows] == ["a", None, None, "b"]


@pytest.mark.parametrize(
    "parse", [lambda model: parse_payload(model, {}), lambda model: parse_rows(model, [{}])], ids=["payload", "rows"]
)
def test_model_is_built_by_one_thread_at_a_time(parse: Callable[[type[Payload]], object]) -> None:
    building, built = threading.Lock(), []

    class Shared(Payload):
        text: Text = None

        @classmethod
        def model_rebuild(cls, **options: Any) -> bool | None:  # noqa: ANN401 - pydantic's own
            is_alone = building.acquire(blocking=False)
            built.append(is_alone)
            if len(built) == 1:
                other.start()
                other.join(0.2)  # it ends only if nothing makes it wait
            result = super().model_rebuild(**options)
            if is_alone:
                building.release()
            return result

    other = threading.Thread(target=parse, args=(Shared,))
    parse(Shared)
    other.join()
    assert built
    assert all(built)
