"""The SnapTrade `userId` of a user who has none yet. Immutable once registered, so how it is made must not change."""

import hashlib

PERSON = "personal"
"""The one user of a personal key, whom SnapTrade does not ask us to name."""


def user_id_of(email: str) -> str:
    """Of a verified e-mail, as the older backends made it, so that their users keep theirs."""
    return f"user_{hashlib.sha256(email.encode()).hexdigest()[:16]}"


def user_id_without_email(user_id: str) -> str:
    """Of another length, so that no e-mail's id can be got by choosing a user id."""
    return f"user_{hashlib.sha256(user_id.encode()).hexdigest()[:32]}"
