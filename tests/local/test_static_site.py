"""Test how the page is served: compressed, cached, with a strict policy, and on this machine only."""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from local.simulators.serving import running
from local.static_site import StaticSite
from tests.support.drivers.loopback import loopback

BUILT = Path(__file__).parent / "page"
SCRIPT = "/assets/page-1a2b3c4d.js"


def test_index_page_is_served_without_caching(front: httpx.Client) -> None:
    page = front.get("/")

    assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
    assert page.text == (BUILT / "index.html").read_text("utf-8")
    assert page.headers["content-type"] == "text/html; charset=utf-8"


def test_hashed_asset_is_cached_as_immutable(front: httpx.Client) -> None:
    script = front.get(SCRIPT)

    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert script.headers["content-type"].startswith("text/javascript")
    assert front.get("/assets/icon.svg").headers["cache-control"] == "no-store"


def test_asset_is_compressed_when_client_accepts_gzip(front: httpx.Client) -> None:
    plain = (BUILT / SCRIPT.strip("/")).read_bytes()

    with front.stream("GET", SCRIPT, headers={"accept-encoding": "gzip, br"}) as response:
        sent = b"".join(response.iter_raw())
    uncompressed = front.get(SCRIPT, headers={"accept-encoding": "identity"})

    assert response.headers["content-encoding"] == "gzip"
    assert response.headers["vary"] == "accept-encoding"
    assert len(sent) == int(response.headers["content-length"]) < len(plain) / 2
    assert gzip.decompress(sent) == plain == uncompressed.content
    assert "content-encoding" not in uncompressed.headers


def test_page_policy_forbids_foreign_scripts_and_frames(front: httpx.Client) -> None:
    headers = front.get("/").headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))

    assert policy["default-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
    assert not re.search(r"unsafe|\*|https?:", headers["content-security-policy"])
    assert headers["x-content-type-options"] == front.get(SCRIPT).headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/assets/none.js", "/assets/", "/assets/..%2f..%2ftest_static_site.py"])
def test_missing_asset_returns_404(front: httpx.Client, path: str) -> None:
    assert front.get(path).status_code == 404


@pytest.mark.parametrize("headers", [{"host": "tidings.example"}, {"x-forwarded-for": "203.0.113.7"}])
@pytest.mark.parametrize("path", ["/", SCRIPT])
def test_page_returns_404_through_a_tunnel(front: httpx.Client, headers: dict[str, str], path: str) -> None:
    assert front.get(path, headers=headers).json() == {"message": "Not Found"}


@pytest.fixture
def unbuilt_site(tmp_path: Path) -> Iterator[str]:
    """Serve a page that is not built, configured for an API of another origin."""
    page = StaticSite(tmp_path, api="https://api.example", config={"baseUrl": "https://api.example"})
    with running(Starlette(routes=[Route("/{path:path}", page.serve)])) as url:
        yield url


def test_unbuilt_page_returns_503_with_the_build_command(unbuilt_site: str) -> None:
    response = loopback.get(unbuilt_site)

    assert (response.status_code, response.text) == (503, "The page is not built: run `make page`.\n")


def test_config_states_whether_paid_refresh_is_enabled(front: httpx.Client) -> None:
    assert front.get("/config.json").json() == {"paidRefresh": False}


def test_given_config_is_served(unbuilt_site: str) -> None:
    assert loopback.get(f"{unbuilt_site}/config.json").json() == {"baseUrl": "https://api.example"}
