"""The receivers of docs/notifications.md, as they stand there: a genuine message is taken, a forged one refused."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.ports import free_block
from tests.support.aws.account import SIGNING
from tests.support.aws.deployment_secrets import put_secret
from tests.support.aws.stack import ROOT
from tests.support.drivers.loopback import loopback
from tests.support.drivers.waiting import wait_until
from tidings.announce import delivery
from tidings.announce.notification import Notification

MESSAGE = Notification("updates.available", "alice", "plaid", "item-1", "link-1", 4, 0, 0)
SERVE = "import os, uvicorn; uvicorn.run(app, port=int(os.environ['PORT']), log_level='error')"


def documented(language: str) -> str:
    page = (ROOT / "docs" / "notifications.md").read_text("utf-8")
    [code] = re.findall(rf"^```{language}\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    return str(code)


def fastapi_command() -> list[str]:
    return [sys.executable, "-c", f"{documented('python')}\n{SERVE}"]


def express_command() -> list[str]:
    found = subprocess.run([ROOT / ".ci" / "find-node"], capture_output=True, text=True, check=True).stdout.strip()
    return [str(Path(found) / "node"), "--input-type=module", "--eval", documented("js")]


@contextmanager
def running(command: list[str], output: Path) -> Iterator[str]:
    """Run a receiver with the deployment's secret, and yield its address."""
    port = free_block(1)
    environment = {**os.environ, "PORT": str(port), "TIDINGS_SIGNING_SECRET": SIGNING["signing_secret"]}
    environment["PYTHONUNBUFFERED"] = "1"
    with output.open("wb") as written:
        process = subprocess.Popen(command, cwd=ROOT / "frontend", env=environment, stdout=written, stderr=written)
        try:
            url = f"http://127.0.0.1:{port}"
            wait_until(lambda: process.poll() is not None or _responds(url), "the receiver did not start")
            yield f"{url}/tidings"
        finally:
            process.kill()
            process.wait()


def _responds(url: str) -> bool:
    try:
        return loopback.get(url).status_code == 404
    except httpx.TransportError:
        return False


@pytest.mark.threat(id="forged-notification")
@pytest.mark.parametrize("command", [fastapi_command, express_command])
def test_documented_receiver_takes_genuine_messages_only(
    dynamodb: Any,  # noqa: ANN401
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    command: Any,  # noqa: ANN401
) -> None:
    output = tmp_path / "output"
    with running(command(), output) as url:
        monkeypatch.setenv("NOTIFY_URL", url)
        answer = delivery.send(MESSAGE.message_id, MESSAGE.payload())
        assert answer.status == 204, output.read_text()
        put_secret("notify", {"signing_secret": "whsec_" + "b" * 32})
        assert delivery.send(MESSAGE.message_id, MESSAGE.payload()).status == 401
    printed = output.read_text()
    assert printed.count("updates.available") == 1
    assert "alice" in printed
