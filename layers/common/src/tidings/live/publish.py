"""Publish nudges to the browsers of a user."""

import os

from tidings.errors import StoreUnavailable


def publish_nudge(user_id: str) -> None:
    """Tell the user's open pages that something changed. Does nothing if the deployment has no live updates."""
    if user_id and os.environ.get("TIDINGS_LIVE_HTTP_ENDPOINT"):
        raise StoreUnavailable("Live updates can't be published by this version.")
