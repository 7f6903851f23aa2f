"""Derive the SnapTrade `userId` of a new user. It is immutable once registered, so the derivation must not change."""

import hashlib

PERSON = "personal"
"""The item id of a personal key's only user, who has no `userId` at SnapTrade."""


def user_id_of(email: str) -> str:
    """Derive the id from a verified e-mail, as older backends did, so that their users keep their ids."""
    return f"user_{hashlib.sha256(email.encode()).hexdigest()[:16]}"


def user_id_without_email(user_id: str) -> str:
    """Derive the id from a user id. Its length differs, so that no user id can produce the id of an e-mail."""
    return f"user_{hashlib.sha256(user_id.encode()).hexdigest()[:32]}"
