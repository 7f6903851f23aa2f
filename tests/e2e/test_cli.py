"""`tidings` against the running local cloud: import an older backend's items, create and revoke sessions."""

import json
import subprocess
from pathlib import Path

import pytest

from local.cloud import LocalCloud
from tests.e2e.brokers import Brokers
from tests.e2e.command import TIDINGS, tidings
from tests.e2e.description import Description
from tests.e2e.user import User
from tests.support.drivers.loopback import loopback_client


@pytest.fixture
def older(user: User, brokers: Brokers) -> list[dict[str, str]]:
    """Write the import file of an older backend: both providers' credentials."""
    url = user.cloud.function_urls["WebhookPlaidFunction"]
    item = brokers.order("plaid", "connect", webhook=url)
    made = brokers.order("snaptrade", "connect", user_id=f"older-{user.user_id}", silent=True)
    brokers.learn_secrets()
    who = {"user_id": user.user_id, "email": user.email}
    return [
        {**who, "provider": "plaid", "item_id": item["item_id"], "credential": item["access_token"]},
        {**who, "provider": "snaptrade", "item_id": made["user_id"], "credential": made["user_secret"]},
    ]


def _write(path: Path, lines: list[dict[str, str]]) -> str:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return str(path)


def test_imported_items_can_be_refreshed(
    user: User, other: User, cloud: LocalCloud, older: list[dict[str, str]], tmp_path: Path
) -> None:
    file = _write(tmp_path / "items.jsonl", older)
    runs = [tidings(cloud, "items", "import", file) for _ in range(2)]

    said = [(run.returncode, run.stdout.strip(), run.stderr) for run in runs]
    assert said == [
        (0, "2 imported, 0 replaced, 0 unchanged, 0 conflict", ""),
        (0, "0 imported, 0 replaced, 2 unchanged, 0 conflict", ""),
    ]
    assert user.is_pending("plaid")
    assert user.is_pending("snaptrade")
    outcomes = user.refresh()["holdings"]["portfolio_metadata"]["providers"]
    assert {name: outcome["status"] for name, outcome in outcomes.items()} == {"plaid": "fresh", "snaptrade": "fresh"}

    stolen = tidings(
        cloud,
        "items",
        "import",
        _write(tmp_path / "other.jsonl", [{**line, "user_id": other.user_id} for line in older]),
    )
    assert stolen.returncode == 1
    assert stolen.stdout.strip() == "0 imported, 0 replaced, 0 unchanged, 2 conflict"
    assert stolen.stderr.count("belongs to another user") == 2
    assert other.call("GET", "/connections") == {"connections": []}
    for run in (*runs, stolen):
        assert not [line for line in older if line["credential"] in run.stdout + run.stderr]


def test_cli_session_works_until_revoked(cloud: LocalCloud, user: User, description: Description) -> None:
    made = tidings(cloud, "sessions", "create", "--user-id", user.user_id, "--email", user.email)
    cookie = made.stdout.strip()
    assert (made.returncode, made.stderr) == (0, "")
    hooks = {"response": [description.check]}
    cookies = {"session_id": cookie}
    with loopback_client(base_url=cloud.front, cookies=cookies, event_hooks=hooks) as client:
        assert client.get("/connections").status_code == 200
        revoked = tidings(cloud, "sessions", "revoke", cookie)
        assert (revoked.returncode, revoked.stdout) == (0, "Revoked.\n")
        assert client.get("/connections").status_code == 401
    user.brokers.secrets.add(cookie)
    user.brokers.cookies.add(cookie)


def test_items_import_rejects_bad_file_without_printing_secrets(cloud: LocalCloud, tmp_path: Path) -> None:
    line = {"user_id": "u", "provider": "plaid", "item_id": "i", "credential": "very-secret", "more": "1"}
    refused = tidings(cloud, "items", "import", _write(tmp_path / "bad.jsonl", [line]))
    assert refused.returncode == 1
    assert "bad.jsonl:1: unknown key more" in refused.stderr
    assert "very-secret" not in refused.stdout + refused.stderr


def test_cli_without_local_cloud_prints_one_line() -> None:
    command = [str(TIDINGS), "--local", "--port", "1", "sessions", "create", "--user-id", "u"]
    nobody = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert nobody.returncode == 1
    assert nobody.stderr == "Error: No local cloud responds on port 1: start it with `make run`.\n"
