"""Check that docs/openapi.json describes a response, or that the gateway itself returned it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from tests.support.fakes.exchange_rates import check_converted_total

_DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"
_BASE = "urn:tidings:openapi"
_GATEWAYS_OWN = {404: {"message": "Not Found"}, 413: {"message": "Request Entity Too Large"}}
_CRASHED = {500: {"message": "Internal Server Error"}}


class Undescribed(AssertionError):
    """The API returned a response that its description does not allow."""


class Description:
    """Check responses against docs/openapi.json. `checked`: number of checked responses, by operation and status."""

    def __init__(self) -> None:
        self.document = json.loads(_DOCUMENT.read_text("utf-8"))
        resource = DRAFT202012.create_resource(self.document)
        self._registry: Registry[Any] = Registry().with_resource(_BASE, resource)
        self._paths = [(_pattern(path), path) for path in self.document["paths"]]
        self.checked: dict[tuple[str, str, int], int] = {}

    def check(self, response: httpx.Response) -> None:
        """Check a response (httpx event hook). Raises Undescribed if the description does not allow it."""
        response.read()
        method, path = response.request.method, response.request.url.raw_path.decode().partition("?")[0]
        if path == "/" or path.startswith("/_local/") or method == "OPTIONS":
            return  # the page, what exists only locally, and preflights, which the gateway answers
        described = self._operation(method, path)
        if (described is None or response.status_code == 413) and _is(response, _GATEWAYS_OWN):
            return
        if described is None:
            raise Undescribed(f"{method} {path} is not described, and was answered {response.status_code}")
        self._check_described(response, *described)

    def check_crashed(self, response: httpx.Response) -> None:
        """Check a response where a function's process may be killed: the gateway's own 500 is allowed."""
        response.read()
        if not _is(response, _CRASHED):
            self.check(response)

    def check_delivery(self, path: str, status: int, body: str) -> None:
        """Check a webhook response as the simulator logged it: status and body."""
        operation = self.document["paths"][path]["post"]
        if str(status) not in operation["responses"]:
            raise Undescribed(f"POST {path} was answered {status}")
        (content_type,) = operation["responses"][str(status)]["content"]
        self._check_body(("paths", path, "post", "responses", str(status), "content", content_type), body)

    def unanswered(self) -> list[str]:
        """Return the operations without a successful response."""
        seen = {(method, path) for method, path, status in self.checked if status < 300}
        return sorted(f"{method} {path}" for method, path in self._operations() if (method, path) not in seen)

    def _operations(self) -> Iterator[tuple[str, str]]:
        for path, operations in self.document["paths"].items():
            for method in operations:
                yield method.upper(), path

    def _operation(self, method: str, path: str) -> tuple[str, str] | None:
        for pattern, described in self._paths:
            if pattern.fullmatch(path) and method.lower() in self.document["paths"][described]:
                return method, described
        return None

    def _check_described(self, response: httpx.Response, method: str, path: str) -> None:
        status = str(response.status_code)
        responses = self.document["paths"][path][method.lower()]["responses"]
        if status not in responses:
            raise Undescribed(f"{method} {path} was answered {status}, which is not described: {response.text}")
        missing = [name for name in responses[status].get("headers", {}) if name.lower() not in response.headers]
        if missing:
            raise Undescribed(f"{method} {path} was answered {status} without {', '.join(missing)}")
        content = responses[status].get("content")
        if content is None:
            if response.content:
                raise Undescribed(f"{method} {path} was answered {status} with a body")
        else:
            content_type = response.headers.get("content-type", "")
            if content_type not in content:
                raise Undescribed(f"{method} {path} was answered {status} as {content_type!r}")
            self._check_body(
                ("paths", path, method.lower(), "responses", status, "content", content_type), response.text
            )
        check_converted_total(response.text)
        seen = (method, path, response.status_code)
        self.checked[seen] = self.checked.get(seen, 0) + 1

    def _check_body(self, place: tuple[str, ...], body: str) -> None:
        pointer = "/".join(part.replace("~", "~0").replace("/", "~1") for part in (*place, "schema"))
        validator = Draft202012Validator(
            {"$ref": f"{_BASE}#/{pointer}"},
            registry=self._registry,
            format_checker=Draft202012Validator.FORMAT_CHECKER,
        )
        for error in validator.iter_errors(json.loads(body)):
            raise Undescribed(f"{' '.join(place[1:5])}: {error.json_path}: {error.message}")


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)))


def _is(response: httpx.Response, own: dict[int, dict[str, str]]) -> bool:
    """Return whether the gateway itself, not a function, returned the response."""
    expected = own.get(response.status_code)
    return expected is not None and "apigw-requestid" in response.headers and response.json() == expected
