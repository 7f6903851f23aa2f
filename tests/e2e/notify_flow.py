"""The flow of notifications: the host app fails, is gone, and then hears of an update. Each message is verified."""

from tests.e2e.brokers import Brokers
from tests.e2e.command import tidings
from tests.e2e.user import User
from tests.support.drivers.waiting import wait_until
from tests.support.fakes.host import Host


def drive_notifications(user: User, brokers: Brokers, host: Host) -> None:
    """Send a user's notification again and again, until the host app takes it."""
    item_id = user.link_and_refresh("plaid")
    assert brokers.trade("plaid", item_id) == [200]
    for status in (500, 410, 204):
        host.answers = [status]
        before = _count(host, item_id)
        sent = tidings(user.cloud, "notify", "replay", "--user", user.user_id)
        assert (sent.stdout, sent.returncode) == ("1 message queued.\n", 0), sent.stderr
        wait_until(lambda before=before: _count(host, item_id) > before, f"no message was answered {status}")  # type: ignore[misc]
    assert tidings(user.cloud, "notify", "test").returncode == 0
    assert host.refused == []
    messages = [one["data"] for one in host.messages if one["data"].get("source_id") == item_id]
    assert {one["user_id"] for one in messages} == {user.user_id}


def _count(host: Host, item_id: str) -> int:
    return sum(item_id.encode() in body for _, _, body in host.requests)
