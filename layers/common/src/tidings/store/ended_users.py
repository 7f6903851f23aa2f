"""Remember that a user ended everything: no Link session from before may link an item for them.

The marker stays until the user connects again, since a read must not adopt the user's SnapTrade id before that. Then it
stays for as long as an older session can be finished.
"""

from secrets import token_hex
from typing import NamedTuple

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from tidings.errors import Conflict
from tidings.store.conditional_writes import ConditionLost, write
from tidings.store.tables import UpdateState
from tidings.store.user_state import ENDED_ENTRY, EndedUser

LONGEST_LINK_TOKEN_S = 4 * 3600
"""How long Plaid's link tokens live. Those of update mode live shorter."""

_KEPT_S = LONGEST_LINK_TOKEN_S + 3600
"""An hour more, for the public token of a session that ends last, which lives for half of it."""


class MayLink(NamedTuple):
    """When an item may be linked although its user ended everything. `ended_id`: the marker that the session knows.

    `after_reopening`: also if the user connects again since, for what belongs to no session.
    """

    ended_id: str | None
    after_reopening: bool = False

    def add_check(self, transaction: TransactWrite, user_id: str) -> None:
        """Require in the link transaction that the user has not ended everything since."""
        allowed: Condition = UpdateState.ended_id.does_not_exist()
        if self.ended_id is not None:
            allowed |= UpdateState.ended_id == self.ended_id
        if self.after_reopening:
            allowed |= UpdateState.reopened_at.exists()
        transaction.condition_check(UpdateState, user_id, ENDED_ENTRY, condition=allowed)


IN_NO_SESSION = MayLink(None, after_reopening=True)


def record_end(user_id: str) -> None:
    """Store that the user ends everything. Store it first: what is linked before it is still found and disconnected."""
    actions: list[Action] = [
        UpdateState.ended_id.set(token_hex(8)),
        UpdateState.reopened_at.remove(),
        UpdateState.expires_at.remove(),
    ]
    write(lambda: UpdateState(user_id, ENDED_ENTRY).update(actions))


def reopen(user_id: str, ended: EndedUser | None, now: int) -> str | None:
    """Let the user connect again. Returns the id that a new session carries; None if the user never ended everything.

    Raises Conflict if the user ends everything at this moment.
    """
    if ended is None:
        return None
    if not ended.is_reopened:
        actions: list[Action] = [
            UpdateState.reopened_at.set(now),
            UpdateState.expires_at.set(now // 1000 + _KEPT_S),
        ]
        as_read = UpdateState.ended_id == ended.ended_id
        try:
            write(lambda: UpdateState(user_id, ENDED_ENTRY).update(actions, as_read))
        except ConditionLost as lost:
            raise Conflict("Everything is being disconnected; try again in a moment.") from lost
    return ended.ended_id
