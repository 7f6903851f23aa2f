"""Input that breaks a lenient JSON parser."""

import pytest

from tidings.http import strict_json


@pytest.mark.parametrize(
    "raw", [b"[" * 100_000, b"1e9999999999999999999", b"NaN", b"-Infinity", b"\xff", b"9" * 5000, b"{"]
)
def test_parser_breaking_input_is_value_error(raw: bytes) -> None:
    with pytest.raises(ValueError):
        strict_json.parse(raw)
