"""Credentials that a refresh decrypts."""

from tests.support.drivers.app import App
from tidings.aws import secrets
from tidings.provider_access.credentials import Credentials


def test_credential_of_item_linked_during_refresh_is_found(app: App) -> None:
    """The credentials were read before the item was linked, its source row afterwards."""
    item_id = app.link_plaid(app.sign_in())
    read_before = Credentials("alice", "plaid", secrets.app_secret("plaid"), {}, count_calls=lambda _calls: None)
    assert read_before.call(item_id, lambda access: access.credential).startswith("access-")
