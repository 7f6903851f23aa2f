"""Let one local cloud at a time use a state folder."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.errors import LocalCloudError


@contextmanager
def lock_state(state: Path) -> Iterator[None]:
    """Lock the state folder: two clouds would overwrite each other's files.

    Raises LocalCloudError if another process holds the lock.
    """
    state.mkdir(parents=True, exist_ok=True)
    with (state / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LocalCloudError(
                f"another local cloud runs with the state in {state}: stop it, or start this one on other ports and "
                "with its own state: `PORT=4000 TIDINGS_STATE_DIR=.local/4000 make run`"
            ) from None
        yield
