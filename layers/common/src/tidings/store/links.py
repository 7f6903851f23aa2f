"""Link a row: give it a random link_id, and the time of the link (docs/protocol.md, rule 1)."""

from secrets import token_hex

from pynamodb.expressions.update import Action

from tidings import clock
from tidings.store.tables import UpdateState


def new_link_id() -> str:
    """Return a random id for a new link."""
    return token_hex(8)


def link_actions() -> list[Action]:
    """Build the actions that link a row. A row that is linked already keeps its link_id and its time."""
    return [
        UpdateState.link_id.set(UpdateState.link_id | new_link_id()),
        UpdateState.linked_at.set(UpdateState.linked_at | clock.now_ms()),
    ]
