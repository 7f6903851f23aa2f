"""JSON as RFC 8259 has it, with exact numbers; input that breaks a lenient parser is an error."""

from decimal import Decimal

import pytest

from tidings.http import strict_json


@pytest.mark.parametrize(
    "raw", [b"[" * 100_000, b"1e9999999999999999999", b"NaN", b"-Infinity", b"\xff", b"9" * 5000, b"{"]
)
def test_parser_breaking_input_is_value_error(raw: bytes) -> None:
    with pytest.raises(ValueError):
        strict_json.parse(raw)
    with pytest.raises(ValueError):
        strict_json.parse_object(raw)


def test_fractions_are_exact_unless_the_caller_converts_them() -> None:
    raw = b'{"a": 0.1, "b": [1]}'
    assert strict_json.parse(raw) == strict_json.parse_object(raw) == {"a": Decimal("0.1"), "b": [1]}
    assert strict_json.parse(raw, str) == strict_json.parse_object(raw, str) == {"a": "0.1", "b": [1]}


@pytest.mark.parametrize("raw", [b"[]", b"1", b'"text"', b"null"])
def test_only_an_object_is_an_object(raw: bytes) -> None:
    assert strict_json.parse(raw) != {}
    with pytest.raises(ValueError, match="not an object"):
        strict_json.parse_object(raw)
