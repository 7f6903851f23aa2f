"""Link Plaid items through the API: by the public tokens of embedded Link, and by Hosted Link sessions."""

from tests.support.drivers import tasks_queue
from tests.support.drivers.api_calls import ApiResponse
from tests.support.drivers.app import App


def create_public_token(app: App) -> str:
    return app.providers.plaid_public_token(f"{app.providers.catcher.url}/plaid")


def add_public_token(app: App, item_id: str) -> str:
    """Add a second public token of an item at Plaid."""
    token = "public-sandbox-second"
    app.providers.plaid_simulator.state["public_tokens"][token] = {"item_id": item_id, "expires_at": 4e9}
    return token


def exchange(app: App, cookie: str, token: str) -> ApiResponse:
    return app.request("POST /plaid/exchange-public-token", cookie, body={"public_token": token})


def create_session(app: App, cookie: str, **body: object) -> tuple[str, str]:
    """Create a Hosted Link session; its token and its URL."""
    made = app.request("POST /plaid/create-connection-url", cookie, body=body)
    assert made.status == 200, made.text
    return made.json["link_token"], made.json["connection_url"]


def finish_session(app: App, cookie: str, **body: object) -> str:
    """Create a Hosted Link session and finish it at Plaid. Return its token."""
    token, url = create_session(app, cookie, **body)
    app.providers.plaid_hosted_link(url)
    return token


def complete(app: App, cookie: str, token: str) -> ApiResponse:
    return app.request("POST /plaid/complete-connection", cookie, body={"link_token": token})


def complete_by_task(token: str) -> list[str]:
    """Process the session's task; return the ids of failed messages."""
    return tasks_queue.process_messages({"kind": "complete_connection", "about": {"link_token": token}})
