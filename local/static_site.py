"""Serve the built page: compressed, cached by hashed file name, and with a strict content security policy."""

import gzip
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

_INDEX = "index.html"
_CONFIG = "/config.json"
_ASSETS = "/assets/"
_HASHED = re.compile(r"/assets/.+-[\w-]{8}\.\w+")  # Vite hashes the names of built files, not of those in public/
_NO_STORE = {"cache-control": "no-store"}
_IMMUTABLE = {"cache-control": "public, max-age=31536000, immutable"}
_COMPRESSED_TYPES = ("image/png", "image/jpeg", "image/webp", "font/")
_SECURITY_HEADERS = {
    "cross-origin-opener-policy": "same-origin-allow-popups",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


@dataclass(frozen=True)
class FileContent:
    """The bytes of one file; `compressed` is None if compression saves nothing."""

    plain: bytes
    compressed: bytes | None
    media_type: str


class StaticSite:
    """The output of `vite build` in `folder`.

    `api` is the API's origin if it differs from the page's. `config` is the content of /config.json.
    """

    def __init__(self, folder: Path, *, api: str | None = None, config: Mapping[str, object] | None = None) -> None:
        self._folder = folder.resolve()
        self._config = config
        self._policy = _content_security_policy(api)

    def has_path(self, path: str) -> bool:
        """Return whether a path is `/`, an asset, the configuration, or a file beside `index.html`."""
        return path in {"/", _CONFIG} or path.startswith(_ASSETS) or self._find_file(path) is not None

    async def serve(self, request: Request) -> Response:
        """Respond to a GET or HEAD of a path that belongs to the page."""
        path = request.url.path
        if path == _CONFIG and self._config is not None:
            return JSONResponse(dict(self._config), headers=_NO_STORE | _SECURITY_HEADERS)
        file = self._find_file(path)
        if file is not None:
            return self._send(request, path, _load_content(file, file.stat().st_mtime_ns))
        if path == "/":
            return PlainTextResponse("The page is not built: run `make page`.\n", 503, _NO_STORE)
        return JSONResponse({"message": "Not Found"}, 404, _NO_STORE | _SECURITY_HEADERS)

    def _send(self, request: Request, path: str, content: FileContent) -> Response:
        headers = {
            "vary": "accept-encoding",
            **(_IMMUTABLE if _HASHED.fullmatch(path) else _NO_STORE),
            **_SECURITY_HEADERS,
        }
        if content.media_type == "text/html":
            headers["content-security-policy"] = self._policy
        body = content.plain
        if content.compressed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            body, headers["content-encoding"] = content.compressed, "gzip"
        return Response(body, headers=headers, media_type=content.media_type)

    def _find_file(self, path: str) -> Path | None:
        """Find the file of a path; return None for a path that leaves the folder."""
        try:
            file = (self._folder / (path.strip("/") or _INDEX)).resolve()
            return file if file.is_relative_to(self._folder) and file.is_file() else None
        except (OSError, ValueError):  # the name is too long or contains a NUL
            return None


@lru_cache(maxsize=64)
def _load_content(path: Path, _changed_ns: int) -> FileContent:
    plain = path.read_bytes()
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    compressed = None if media_type.startswith(_COMPRESSED_TYPES) else gzip.compress(plain, 9, mtime=0)
    is_smaller = compressed is not None and len(compressed) < len(plain)
    return FileContent(plain, compressed if is_smaller else None, media_type)


def _content_security_policy(api: str | None) -> str:
    return "; ".join(
        (
            "default-src 'self'",
            f"connect-src 'self'{f' {api}' if api else ''}",
            "img-src 'self' data:",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "object-src 'none'",
        )
    )
