"""Build nearly valid texts: JSON with unusual values, encodings and corrupt bytes; base64 in many spellings."""

import gzip
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping, Sequence

from verification.fuzzer.choices import Choices, one_in, pick

Fields = Mapping[str, Sequence[bytes]]
"""By field name, the JSON values that are plausible; the first is the plain one."""

UNUSUAL_VALUES = (
    *(b"null", b"true", b"false", b"0", b"-0", b"-1", b"1.5", b"[]", b"{}", b'""', b'" "', b"[null]", b'{"a":1}'),
    *(b"1e999", b"-1e999", b"1e-999", b"9" * 30, b"9" * 4300, b"-" + b"9" * 400, b"0." + b"1" * 5000, b'{"a":1,"a":2}'),
    *(
        b'"\\ud800"',
        b'"\\udfff\\ud800"',
        b'"\\u0000"',
        b'"\\n"',
        b'"\xe2\x80\xae"',
        b'"\xf0\x9f\x98\x80"',
        b'"\xcc\x81"',
    ),
    *(b'"' + b"x" * 129 + b'"', b'"' + b"y" * 5000 + b'"', b"[" * 500 + b"]" * 500, b'"__proto__"', b'"*"', b'"a#b"'),
    *(
        b'"2026-02-30T00:00:00Z"',
        b'"0001-01-01T00:00:00+23:59"',
        b'"9999-12-31T23:59:59.999999Z"',
        b'"2026-01-01T00:00Z"',
    ),
    *(b'"../../item/remove"', b'"%00"', b'"ES256"', b'"2026-02-01 00:00:00.1"', b'"2026-W01-1T00:00:00.5Z"'),
)
"""Valid JSON of an unexpected type or size."""
_BROKEN = (
    *(b"NaN", b"Infinity", b"-Infinity", b"1E400000000", b"0.1e", b"01", b".5", b"9" * 4301, b"undefined", b"'single'"),
    *(
        b'"\x00"',
        b'"\xff\xfe"',
        b'"\xed\xa0\x80"',
        b'"\xc0\x80"',
        b'"unclosed',
        b'"\\x"',
        b'"\\u12"',
        b"/**/1",
        b"1,",
        b"",
    ),
    *(b"[" * 20_000, b"[" * 20_000 + b"]" * 20_000, b'{"a":' * 5_000 + b"1" + b"}" * 5_000),
)
_ENCODINGS = ("utf-8-sig", "utf-16", "utf-16-le", "utf-32", "utf-7", "latin-1")
_SPACES = (b"", b" ", b"\n", b"\r\n\t", b"\x0b", b"\xc2\xa0", b"\xef\xbb\xbf")


def json_object(choices: Choices, fields: Fields, *, varied: bool = False) -> bytes:
    """Build an object with these fields. In many cases a value, a spelling or some bytes are unusual.

    `varied`: all values of a field are equally likely.
    """
    rarity = 12 * len(fields)
    members = []
    for name, values in fields.items():
        if not one_in(choices, rarity):
            value = pick(choices, values) if varied or one_in(choices, rarity) else values[0]
            members.append(_member(name, pick(choices, UNUSUAL_VALUES) if one_in(choices, rarity) else value))
        if one_in(choices, rarity):
            members.append(_member(name, pick(choices, (*values, *UNUSUAL_VALUES))))
    if one_in(choices, 16):
        members.append(
            _member(pick(choices, ("extra", "é", "\\ud800", "")), pick(choices, (*UNUSUAL_VALUES, *_BROKEN)))
        )
    space = pick(choices, _SPACES) if one_in(choices, 32) else b""
    text = b"{" + (space + b"," + space).join(members) + b"}" + space
    return corrupt(choices, text) if one_in(choices, 16) else text


def _member(name: str, value: bytes) -> bytes:
    return b'"' + name.encode() + b'":' + value


def corrupt(choices: Choices, raw: bytes) -> bytes:
    """Corrupt the bytes in one of eight ways."""
    at = choices.choose_below(len(raw) + 1)
    match choices.choose_below(8):
        case 0:
            return raw[:at] + choices.choose_bytes(1) + raw[at + 1 :]
        case 1:
            return raw[:at] + choices.choose_bytes(1 + choices.choose_below(8)) + raw[at:]
        case 2:
            return raw[:at]
        case 3:
            return raw[:at] + raw[at + 1 + choices.choose_below(8) :]
        case 4:
            return raw + raw
        case 5:
            return raw.decode("utf-8", "replace").encode(pick(choices, _ENCODINGS), "replace")
        case 6:
            return gzip.compress(raw, 1, mtime=0)
    return pick(choices, (b"", b"[]", b"null", b"1", b'"text"', b"[" * 100_000, b'{"a":' * 30_000, b"\x00"))


def encode_base64url(raw: bytes) -> str:
    """Encode in the canonical spelling: URL-safe, without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def encode_base64(choices: Choices, raw: bytes, canonical: str) -> str:
    """Return the canonical text, or once in sixteen cases another spelling that some decoder accepts."""
    if not one_in(choices, 16):
        return canonical
    standard, urlsafe = b64encode(raw).decode(), urlsafe_b64encode(raw).decode()
    other = (
        standard,
        urlsafe,
        standard.rstrip("="),
        urlsafe + "=",
        canonical + "\n",
        f" {canonical}",
        canonical[:-1],
        "",
    )
    at = choices.choose_below(len(canonical) + 1)
    match choices.choose_below(3):
        case 0:
            return pick(choices, other)
        case 1:
            return canonical[:at] + pick(choices, "A=-_+/.\n\0é\ud800 ") + canonical[at + 1 :]
    return canonical[:-1] + pick(choices, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
