"""`tidings items move-webhooks`: every item delivers to the new address, despite errors on the way."""

from collections.abc import Sequence

import pytest

from local.cloud import LocalCloud
from local.settings import Plaid
from tests.e2e.brokers import Brokers
from tests.e2e.command import tidings
from tests.e2e.user import User

UPDATE = "/item/webhook/update"
FAST = ("--per-minute", "600")


@pytest.fixture
def url(cloud: LocalCloud) -> str:
    return f"{cloud.function_urls['WebhookPlaidFunction']}moved"


@pytest.fixture
def linked(cloud: LocalCloud, user: User, url: str) -> Sequence[str]:
    """Link two items for the user; return all users' items in the command's order."""
    mine = {user.link_plaid(), user.link_plaid()}
    said = tidings(cloud, "items", "move-webhooks", url, *FAST)
    assert said.returncode == 0, said.stderr
    asked = [call["item_id"] for call in user.brokers.calls("plaid") if call["path"] == UPDATE and "item_id" in call]
    user.brokers.reset()
    assert mine <= set(asked)
    return asked


def move(cloud: LocalCloud, *arguments: str) -> tuple[int, str, str]:
    moved = tidings(cloud, "items", "move-webhooks", *arguments)
    return moved.returncode, moved.stdout.strip(), moved.stderr


def counted(out: str) -> dict[str, int]:
    """Ignore items of other tests, which may have been deleted."""
    counts = {word: int(number) for number, word in (part.split() for part in out.split(", "))}
    return {word: counts[word] for word in ("moved", "failed")}


def told_about(brokers: Brokers) -> list[str]:
    return [call["item_id"] for call in brokers.calls("plaid") if call["path"] == UPDATE and "item_id" in call]


def test_dry_run_calls_no_provider(cloud: LocalCloud, brokers: Brokers, linked: Sequence[str], url: str) -> None:
    code, out, _ = move(cloud, url, "--dry-run")
    assert code == 0
    assert int(out.removesuffix(" items to move.")) >= len(linked)
    assert brokers.calls("plaid") == []


def test_move_webhooks_is_idempotent(
    cloud: LocalCloud, brokers: Brokers, user: User, linked: Sequence[str], url: str
) -> None:
    for _ in range(2):
        assert move(cloud, url, *FAST)[0] == 0
    mine = {one["source_id"] for one in user.call("GET", "/connections")["connections"]}
    webhooks = {item["webhook"] for item in brokers.listed("plaid", "items", "items") if item["item_id"] in mine}
    assert webhooks == {url}


def test_move_webhooks_resumes_after_given_item(
    cloud: LocalCloud, brokers: Brokers, linked: Sequence[str], url: str
) -> None:
    assert move(cloud, url, "--after", linked[0], *FAST)[0] == 0
    assert told_about(brokers) == list(linked[1:])


def test_move_webhooks_with_wrong_keys_stops_and_names_item(
    cloud: LocalCloud, brokers: Brokers, linked: Sequence[str], url: str
) -> None:
    body = {"error_type": "INVALID_INPUT", "error_code": "INVALID_API_KEYS", "error_message": "invalid"}
    brokers.order("plaid", "faults", path=UPDATE, kind="status", status=400, body=body)
    code, _, err = move(cloud, url, "--after", linked[0], *FAST)
    assert code == 1
    assert f"Stopped; continue with --after {linked[0]}" in err
    assert "INVALID_API_KEYS" in err


def test_move_webhooks_names_failed_item_and_moves_others(
    cloud: LocalCloud, brokers: Brokers, linked: Sequence[str], url: str
) -> None:
    brokers.order("plaid", "faults", path=UPDATE, kind="status", status=500, times=1)
    code, out, err = move(cloud, url, "--after", linked[-3], *FAST)
    assert (code, counted(out)) == (1, {"moved": 1, "failed": 1})
    assert err.startswith(f"{linked[-2]}: ")


def test_move_webhooks_obeys_rate_limit(cloud: LocalCloud, brokers: Brokers, linked: Sequence[str], url: str) -> None:
    limit = {"kind": "status", "status": 429, "headers": {"retry-after": "1"}, "times": 1}
    brokers.order("plaid", "faults", path=UPDATE, **limit)
    code, out, _ = move(cloud, url, "--after", linked[-2], *FAST)
    assert (code, counted(out)) == (0, {"moved": 1, "failed": 0})


def test_move_webhooks_accepts_item_missing_at_plaid(
    cloud: LocalCloud, brokers: Brokers, linked: Sequence[str], url: str
) -> None:
    brokers.learn_secrets()
    [last] = [item for item in brokers.listed("plaid", "items", "items") if item["item_id"] == linked[-1]]
    body = {"client_id": Plaid.client_id, "secret": Plaid.secret, "access_token": last["access_token"]}
    brokers.client.post(f"{brokers.plaid}/item/remove", json=body).raise_for_status()
    code, out, _ = move(cloud, url, "--after", linked[-2], *FAST)
    assert (code, counted(out)) == (0, {"moved": 0, "failed": 0})
    assert "0 gone" not in out


@pytest.mark.parametrize("address", ["http://example.com/plaid", "example.com", "https://", "https://a.example/?x=1"])
def test_move_webhooks_rejects_unusable_address(cloud: LocalCloud, address: str) -> None:
    code, _, err = move(cloud, address)
    assert code == 2
    assert "Usage" in err
