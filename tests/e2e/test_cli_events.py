"""`tidings events trigger` against the running local cloud: any event of either provider arrives, signed."""

import json

from local.cloud import LocalCloud
from tests.e2e.command import tidings
from tests.e2e.user import User


def test_triggered_events_arrive_as_genuine_webhooks(cloud: LocalCloud, user: User) -> None:
    item_id, connection_id = user.link_and_refresh("plaid"), user.link_and_refresh("snaptrade")
    for provider, event, subject in (
        ("plaid", "holdings:default_update", ("--item", item_id)),
        ("snaptrade", "ACCOUNT_HOLDINGS_UPDATED", ("--source", connection_id)),
    ):
        sent = json.loads(tidings(cloud, "events", "trigger", provider, event, *subject, "--json").stdout)
        assert [(one["status"], json.loads(one["answer"])) for one in sent["deliveries"]] == [
            (200, {"status": "marked"})
        ]
    assert user.is_pending("plaid")
    assert user.is_pending("snaptrade")
    forged = tidings(cloud, "events", "trigger", "plaid", "ITEM:ERROR", "--item", item_id, "--variant", "forged")
    assert (forged.returncode, forged.stdout.splitlines()[1].split()[:3]) == (0, ["ITEM:ERROR", "forged", "403"])
    stranger = tidings(cloud, "events", "trigger", "snaptrade", "CONNECTION_BROKEN", "--item", f"x-{user.user_id}")
    assert '"orphan"' in stranger.stdout


def test_unknown_event_names_similar_ones(cloud: LocalCloud) -> None:
    wrong = tidings(cloud, "events", "trigger", "plaid", "ITEM:EROR")
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert wrong.stderr.startswith("Error: Plaid publishes no event ITEM:EROR; similar: ITEM:ERROR")
    listed = tidings(cloud, "events", "trigger", "snaptrade").stdout.splitlines()
    assert listed[0] == "event"
    assert "CONNECTION_BROKEN" in listed
