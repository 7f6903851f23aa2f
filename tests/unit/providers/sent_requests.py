"""HTTP requests as a provider's client sends them, and the responses to them."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tidings.http import client
from tidings.http.client import HttpResponse


class SentRequests:
    """`response`: the status and body of every response."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.response = HttpResponse(200, {}, {})
        self.sent: list[SimpleNamespace] = []
        monkeypatch.setattr(client, "send_request", self._send)

    def answer(self, body: object, status: int = 200, **headers: str) -> None:
        self.response = HttpResponse(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)

    @property
    def only(self) -> Any:  # noqa: ANN401 - a request
        [sent] = self.sent
        return sent

    def _send(self, method: str, url: str, *, headers: Mapping[str, str], **values: object) -> HttpResponse:
        parts = urlsplit(url)
        address = f"{parts.scheme}://{parts.netloc}{parts.path}"
        query = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
        request = SimpleNamespace(method=method, address=address, query=query, url=url, headers=headers, **values)
        self.sent.append(request)
        return self.response
