"""How the built page is sent: once and small, under a strict policy, to this machine's own browser."""

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

BUILT = Path(__file__).parent / "page"
SCRIPT = "/assets/page-1a2b3c4d.js"


def test_the_page_is_served_and_never_kept(front: httpx.Client) -> None:
    page = front.get("/")

    assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
    assert page.text == (BUILT / "index.html").read_text("utf-8")
    assert page.headers["content-type"] == "text/html; charset=utf-8"


def test_what_has_a_hash_in_its_name_is_kept_for_good(front: httpx.Client) -> None:
    script = front.get(SCRIPT)

    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert script.headers["content-type"].startswith("text/javascript")
    assert front.get("/assets/icon.svg").headers["cache-control"] == "no-store"


def test_it_is_sent_compressed_to_who_can_read_that(front: httpx.Client) -> None:
    plain = (BUILT / SCRIPT.strip("/")).read_bytes()

    with front.stream("GET", SCRIPT, headers={"accept-encoding": "gzip, br"}) as answer:
        sent = b"".join(answer.iter_raw())
    as_it_is = front.get(SCRIPT, headers={"accept-encoding": "identity"})

    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == "accept-encoding"
    assert len(sent) == int(answer.headers["content-length"]) < len(plain) / 2
    assert gzip.decompress(sent) == plain == as_it_is.content
    assert "content-encoding" not in as_it_is.headers


def test_nothing_from_elsewhere_may_run_in_it_or_frame_it(front: httpx.Client) -> None:
    headers = front.get("/").headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))

    assert policy["default-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
    assert not re.search(r"unsafe|\*|https?:", headers["content-security-policy"])
    assert headers["x-content-type-options"] == front.get(SCRIPT).headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/assets/none.js", "/assets/", "/assets/..%2f..%2ftest_built_page.py"])
def test_what_is_not_there_is_404(front: httpx.Client, path: str) -> None:
    assert front.get(path).status_code == 404


@pytest.mark.parametrize("headers", [{"host": "tidings.example"}, {"x-forwarded-for": "203.0.113.7"}])
@pytest.mark.parametrize("path", ["/", SCRIPT])
def test_visitors_through_a_tunnel_do_not_see_it(front: httpx.Client, headers: dict[str, str], path: str) -> None:
    assert front.get(path, headers=headers).json() == {"message": "Not Found"}


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[str]:
    """A page that is not built, configured for an API of another origin."""
    page = StaticSite(tmp_path, api="https://api.example", config={"baseUrl": "https://api.example"})
    with running(Starlette(routes=[Route("/{path:path}", page.serve)])) as url:
        yield url


def test_a_page_that_is_not_built_says_what_to_run(elsewhere: str) -> None:
    answer = httpx.get(elsewhere, trust_env=False)

    assert (answer.status_code, answer.text) == (503, "The page is not built: run `make page`.\n")


def test_the_page_learns_what_the_deployment_offers(front: httpx.Client) -> None:
    assert front.get("/config.json").json() == {"paidRefresh": False}


def test_its_configuration_is_served_when_there_is_one(elsewhere: str) -> None:
    assert httpx.get(f"{elsewhere}/config.json", trust_env=False).json() == {"baseUrl": "https://api.example"}
