"""Disconnect: end a connection at its provider first, then delete it here, so that a failed call can be repeated."""

import time
from collections.abc import Iterable

from tidings import providers
from tidings.aws import secrets
from tidings.connections import snaptrade
from tidings.errors import NotConfigured, ReconnectRequired, TidingsError
from tidings.model import ItemKey, ProviderName, Source, User
from tidings.observability import emit_count, log_info, log_warning
from tidings.store import credentials, ended_users, items, removal, user_state
from tidings.store.sources import SourceKey

_REMOVAL_TIMEOUT_S = 20.0
_LEAST_TIMEOUT_S = 2.0
"""For one of many items. More than ten that all hang exceed the function's time; a repetition continues."""


def disconnect_source(user: User, provider: ProviderName, source_id: str) -> None:
    """Disconnect one source of the user. Does nothing if the user has no such source."""
    found = [row for row in user_state.read_user_state(user.user_id).linked(provider) if row.source_id == source_id]
    for row in found:
        _end_at_provider(user, row, time.monotonic() + _REMOVAL_TIMEOUT_S)
        removal.remove_source(SourceKey.for_source(user.user_id, row), with_item=row.source_id == row.item_id)
        _count_removal(provider)
    if not found:
        removal.remove_leftovers(user.user_id, provider)  # of a removal that was killed


def disconnect_all(user: User, known: Iterable[ItemKey] = ()) -> None:
    """Disconnect everything of the user and delete the user's update state, holdings and items.

    `known`: items that may be the user's beside those that have a source. An item that cannot be disconnected keeps
    its rows; the others are disconnected all the same, then the first error is raised. A session that is finished
    later links nothing.
    """
    ended_users.record_end(user.user_id)
    remaining = sorted({row.item for row in user_state.read_user_state(user.user_id).sources} | set(known))
    give_up_at = time.monotonic() + _REMOVAL_TIMEOUT_S
    errors: list[TidingsError] = []
    while remaining:
        # A provider that hangs must leave time for the others.
        share_s = max(_LEAST_TIMEOUT_S, (give_up_at - time.monotonic()) / len(remaining))
        item = remaining.pop(0)
        try:
            _disconnect_item(user, item, time.monotonic() + share_s)
        except TidingsError as error:
            log_warning("connection not removed", provider=item.provider, problem=error.slug)
            errors.append(error)
        else:
            _count_removal(item.provider)
    removal.remove_leftovers(user.user_id)  # of these, and of a removal that was killed
    if errors:
        raise errors[0]
    removal.forget_user(user.user_id)


def _disconnect_item(user: User, item: ItemKey, deadline: float) -> None:
    if item.provider == "snaptrade":
        snaptrade.delete_user(user, item.item_id, deadline)
        return
    _end_at_provider(user, Source(item.provider, item.item_id, item.item_id, link_id=""), deadline)
    removal.remove_source(SourceKey.of_item(user.user_id, item), with_item=True, leaves_content=True)


def _end_at_provider(user: User, row: Source, deadline: float) -> None:
    encrypted = items.encrypted_credentials([row.item]).get(row.item)
    if encrypted is None or encrypted.user_id != user.user_id:
        return  # without a credential, nothing can be ended at the provider
    remover, app = providers.connection_remover(row.provider), secrets.app_secret(row.provider)
    if not remover.is_configured(app):
        raise NotConfigured(f"The provider {row.provider} is not configured.")
    access = credentials.decrypt_access(SourceKey.for_source(user.user_id, row), row.item_id, app, encrypted.credential)
    try:
        remover.remove_connection(access, row.source_id, deadline)
    except ReconnectRequired as error:
        # The credential no longer works, so nobody can end it there; the user's wish still holds here.
        log_warning("connection not ended at the provider", provider=row.provider, reason=error.reason)


def _count_removal(provider: ProviderName) -> None:
    log_info("connection removed", provider=provider)
    emit_count("ConnectionRemoved", provider=provider)
