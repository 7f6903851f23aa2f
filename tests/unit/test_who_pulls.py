"""Who can lead to a paid pull, read from the code: a user's request alone, and never a webhook."""

import re

import pytest

from tests.support.stack import ROOT

PACKAGE = ROOT / "layers" / "common" / "src" / "tidings"
FUNCTIONS = ROOT / "functions"
SOURCES = {str(path.relative_to(PACKAGE)): path.read_text("utf-8") for path in PACKAGE.rglob("*.py")}


@pytest.mark.parametrize(
    ("pattern", "only"),
    [
        (r"^from tidings import .*\bpulls\b|import tidings\.pulls", {"refresh.py", "tasks.py"}),
        (r"\bpulls\.ask\(", {"refresh.py"}),
        (r"\bpulls\.make\b", {"tasks.py"}),
        (r"\.puller\(", {"pulls.py"}),
        (r"Task\(\s*\"pull\"", {"pulls.py"}),
        (r"/investments/refresh\"", {"providers/plaid/pulling.py"}),
        (r"/refresh\",", {"providers/snaptrade/pulling.py", "providers/plaid/pulling.py"}),
        (r"balance/get", set()),
    ],
)
def test_only_these(pattern: str, only: set[str]) -> None:
    assert {name for name, text in SOURCES.items() if re.search(pattern, text, re.MULTILINE)} == only


def test_a_request_pulls_only_when_it_says_so() -> None:
    calls = re.findall(r"^(.*)\n.*\bpulls\.ask\(", SOURCES["refresh.py"], re.MULTILINE)
    assert [call.strip() for call in calls] == ["if body.paid:"]


def test_no_webhook_function_reaches_it() -> None:
    assert "pull" not in SOURCES["webhooks.py"]
    readers = [text for name, text in SOURCES.items() if name.endswith("/webhook.py")]
    assert len(readers) == 2
    assert not [text for text in readers if "pull" in text]
