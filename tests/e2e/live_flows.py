"""The flow of live updates: a ticket, a connection, and the nudge that follows an update."""

from local.second_tab import connect_live, receive
from tests.e2e.listening import subscribe
from tests.e2e.task_flows import TaskFlows


class LiveFlows(TaskFlows):
    """Each method is one flow and gets a new user (`user`)."""

    def page_is_nudged_by_an_update(self) -> None:
        """Listen on the user's own channel, and on nobody else's, until an update comes."""
        item_id = self.user.link_and_refresh("plaid")
        assert self.user.pending()["live"] is True
        ticket = self.user.call("POST", "/live-ticket")
        with connect_live(ticket) as socket:
            assert subscribe(socket, ticket, "/updates/*") == "subscribe_error"
            assert subscribe(socket, ticket, ticket["channel"]) == "subscribe_success"
            order = {"item_id": item_id, "type": "HOLDINGS", "code": "DEFAULT_UPDATE"}
            assert set(self.brokers.send_webhook("plaid", **order)) == {200}
            assert receive(socket)["event"] == "{}"
        assert self.user.is_pending()
