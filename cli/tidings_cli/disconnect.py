"""Ending everything at the providers, so that nothing goes on costing money: first there, then its rows here.

A row that is still here is something that may still be there, so a run that was killed is simply repeated.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple, cast, get_args

import click

from tidings_cli import errors

if TYPE_CHECKING:
    from tidings.model import Access, ProviderName
    from tidings.store.items import Sealed

Outcome = Literal["ended", "failed"]
_CALLING_S = 20.0
_WAITS = 10
_WAIT_S = 60
_LISTED_S = 60.0
_PAUSE_S = 2.0
KINDS = {"plaid": "Plaid item", "snaptrade": "SnapTrade user"}


class Endable(NamedTuple):
    """An item that may still cost something. `sealed`: its credential, which a SnapTrade user can be ended without."""

    item: str
    user_id: str | None
    sealed: "Sealed | None"

    @property
    def provider(self) -> "ProviderName":
        return cast("ProviderName", self.item.partition("#")[0])

    @property
    def item_id(self) -> str:
        return self.item.partition("#")[2]


@dataclass(slots=True)
class Held:
    """What the tables know of. `ended`: items of users that can't cost anything (any more); `orphans`: of nobody.

    `foreign`: users that SnapTrade has for our key and this deployment does not know.
    """

    endable: list[Endable] = field(default_factory=list)
    ended: int = 0
    orphans: int = 0
    foreign: int = 0

    def of(self, provider: str) -> int:
        return sum(one.provider == provider for one in self.endable)

    @property
    def users(self) -> int:
        return len({one.user_id for one in self.endable if one.user_id})

    @property
    def snaptrade(self) -> set[str]:
        return {one.item_id for one in self.endable if one.provider == "snaptrade"}


def held() -> Held:
    from tidings.model import ProviderName
    from tidings.store import items, surveys

    found = Held()
    sealed = {item: one for name in get_args(ProviderName) for item, one in items.all_sealed(name)}
    there = listed_at_snaptrade() or set()
    for item in surveys.items():
        one = Endable(item.item, item.user_id, sealed.get(item.item))
        # Registered by us, its secret lost or not stored yet: SnapTrade says whether it is there.
        registered = one.provider == "snaptrade" and one.item_id in there and (item.user_id or item.registering)
        if one.sealed or registered:
            found.endable.append(one)
        elif item.user_id is None:
            found.orphans += 1
        else:
            found.ended += 1
    found.foreign = len(there - found.snaptrade)
    return found


def end_all(endable: Iterable[Endable], say: Callable[[str], None]) -> Counter[Outcome]:
    """End every item, and remove its rows. Failures are said, and their rows stay."""
    from tidings.errors import TidingsError

    counts: Counter[Outcome] = Counter()
    for one in endable:
        try:
            _end(one)
        except TidingsError as error:
            counts["failed"] += 1
            say(f"failed {one.item}: {errors.describe(error)}")
        else:
            counts["ended"] += 1
            say(f"ended {one.item}")
    return counts


def _end(one: Endable) -> None:
    from tidings.errors import ProviderLimit
    from tidings.store import removal

    end = _end_plaid_item if one.provider == "plaid" else _end_snaptrade_user
    for attempt in range(_WAITS):
        try:
            end(one)
            break
        except ProviderLimit as limit:
            if attempt == _WAITS - 1:
                raise
            time.sleep(limit.retry_after_s or _WAIT_S)
    if one.user_id is not None:
        removal.remove_item(one.user_id, one.provider, one.item_id)


def _access(one: Endable, app: Mapping[str, str]) -> "Access":
    from tidings.errors import ReconnectRequired
    from tidings.model import EVERY_SOURCE
    from tidings.store import credentials
    from tidings.store.sources import Key

    if one.sealed is None:
        raise ReconnectRequired("credential_lost", "Its credential is lost.")
    source_id = one.item_id if one.provider == "plaid" else EVERY_SOURCE
    key = Key(one.sealed.user_id, one.provider, source_id, one.item)
    return credentials.access(key, one.item_id, app, one.sealed.credential)


def _end_plaid_item(one: Endable) -> None:
    from tidings.errors import NotConfigured
    from tidings.providers.plaid import connections as plaid
    from tidings.store import secrets

    app = secrets.app("plaid")
    if not plaid.configured(app):
        raise NotConfigured("The provider plaid is not configured: fill its secret first.")
    plaid.remove(_access(one, app), one.item_id, time.monotonic() + _CALLING_S)


def _end_snaptrade_user(one: Endable) -> None:
    """The user with all connections; of a personal key the connections, for its person can't be deleted."""
    from tidings import settings
    from tidings.errors import NotConfigured
    from tidings.providers.snaptrade import connections as snaptrade
    from tidings.providers.snaptrade.user_id import PERSON
    from tidings.store import secrets

    app, deadline = secrets.app("snaptrade"), time.monotonic() + _CALLING_S
    personal = settings.snaptrade_key_type() == "personal"
    if not snaptrade.configured(app):
        raise NotConfigured("The provider snaptrade is not configured: fill its secret first.")
    if personal != (one.item_id == PERSON):
        raise NotConfigured("It belongs to a SnapTrade key of the other kind: deploy with that SnapTradeKeyType first.")
    if not personal:
        snaptrade.delete_user(app, one.item_id, deadline)
        return
    access = _access(one, app)
    for connection_id in snaptrade.listed(access, deadline):
        snaptrade.remove(access, connection_id, deadline)


def listed_at_snaptrade() -> set[str] | None:
    """The ids of all users that SnapTrade has for our key; None where it can't be asked for them."""
    from tidings import settings
    from tidings.errors import ProviderError
    from tidings.providers.snaptrade import client
    from tidings.store import secrets

    app = secrets.app("snaptrade")
    if not client.configured(app) or settings.snaptrade_key_type() == "personal":
        return None
    try:
        answer = client.call_app(app, "GET", "/snapTrade/listUsers", time.monotonic() + _CALLING_S)
    except ProviderError as error:
        raise click.ClickException(f"SnapTrade can't say which users it has: {error.detail}. Run it again.") from None
    return {one for one in answer if isinstance(one, str)} if isinstance(answer, list) else None


def still_at_snaptrade(ended: set[str]) -> set[str]:
    """Which of these SnapTrade still has after a minute: it deletes in its own time."""
    give_up_at = time.monotonic() + _LISTED_S
    while ended:
        left = ended & (listed_at_snaptrade() or set())
        if not left or time.monotonic() > give_up_at:
            return left
        time.sleep(_PAUSE_S)
    return set()
