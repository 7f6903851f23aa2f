"""Find secrets in a run's output: the run's own by value, others by pattern.

Text encoded as URL, base64, hex or zlib, also nested, is decoded first.
"""

import binascii
import re
import zlib
from base64 import b64decode
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

SECRET_PATTERNS = {
    "a provider's token, by its look": re.compile(
        r"(?:access|public|link)-(?:sandbox|development|production)-[\w-]{8,}"
    ),
    "an e-mail, by its look": re.compile(r"[\w.+-]+@[\w-]+\.\w{2,}"),
    "a JWT, by its look": re.compile(r"eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{16,}"),
    "a cookie, by its look": re.compile(r"session_id=[\w-]{8,}"),
    "a private key, by its look": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
}
_WORD = re.compile(r"[\w.@-]{12,}")
_ENCODED = re.compile(r"[\w+/-]{16,}={0,2}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){12,}")
_START = 12
_DEPTH = 3


class SecretScanner:
    """`known`: the kind of each of the run's secrets, by value."""

    def __init__(self, known: Mapping[str, str]) -> None:
        odd = [what for value, what in known.items() if not re.fullmatch(_WORD, value)]
        if odd:
            raise ValueError(f"too short, or with odd characters, to be looked for: {odd}")
        self._known: dict[str, list[str]] = {}
        for value in known:
            self._known.setdefault(value[:_START], []).append(value)
        self._what = known

    def find_secrets(self, text: str) -> set[str]:
        """Return the kinds of secrets in the text, without their values."""
        return {what for one in _unfolded(text) for what in self._in_clear(one)}

    def _in_clear(self, text: str) -> Iterator[str]:
        for word in set(_WORD.findall(text)):
            for at in range(len(word) - _START + 1):
                for value in self._known.get(word[at : at + _START], ()):
                    if word.startswith(value, at):
                        yield self._what[value]
        for what, look in SECRET_PATTERNS.items():
            if look.search(text):
                yield what


def _unfolded(text: str) -> Iterator[str]:
    """Yield the text, then everything that is encoded in it."""
    seen, layer = {text}, [text]
    for _ in range(_DEPTH):
        layer = sorted({inner for outer in layer for inner in _decoded(outer)} - seen)
        seen.update(layer)
    yield from seen


def _decoded(text: str) -> Iterator[str]:
    if "%" in text:
        yield unquote(text)
    words = set(_ENCODED.findall(text))
    inner = [_plain(raw) for word in words for raw in (_base64(word), _hex(word)) if raw is not None]
    yield "\n".join(one for one in inner if one is not None)


def _base64(word: str) -> bytes | None:
    body = word.rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        return b64decode(body + "=" * (-len(body) % 4), validate=True)
    except binascii.Error:
        return None


def _hex(word: str) -> bytes | None:
    return bytes.fromhex(word) if _HEX.fullmatch(word) else None


def _plain(raw: bytes) -> str | None:
    """Return the bytes as text, decompressed if compressed; None if they are no text."""
    if raw[:1] == b"\x78":
        try:
            raw = zlib.decompress(raw)
        except zlib.error:
            return None
    return raw.decode() if raw.isascii() else None
