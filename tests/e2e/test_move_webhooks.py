"""`tidings items move-webhooks`: every item of the deployment delivers to the new address."""

from local.cloud import LocalCloud
from tests.e2e.brokers import Brokers
from tests.e2e.command import tidings
from tests.e2e.user import User


def test_items_deliver_to_new_address(cloud: LocalCloud, brokers: Brokers, user: User) -> None:
    url = f"{cloud.function_urls['WebhookPlaidFunction']}moved"
    mine = {user.link_plaid(), user.link_plaid()}
    moved = tidings(cloud, "items", "move-webhooks", url, "--per-minute", "600")
    assert (moved.returncode, moved.stderr) == (0, "")
    webhooks = {item["webhook"] for item in brokers.listed("plaid", "items", "items") if item["item_id"] in mine}
    assert webhooks == {url}
