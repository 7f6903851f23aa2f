"""Model what a refresh does that meets a running cooldown: the first fetches of sources linked since."""

from collections.abc import Generator, Sequence
from functools import partial
from typing import Any, NamedTuple

from verification.model_checker import first_fetch_writes as store
from verification.model_checker.clauses import Clause, Clauses
from verification.model_checker.flows import Call, Outcomes
from verification.model_checker.provider_calls import FetchResult, Provider, fetch, list_sources
from verification.model_checker.refresh_writes import WAIT, Refresher, create_discovered, extend_cooldown
from verification.model_checker.steps import conditional_write, write
from verification.model_checker.worlds import Row, World


class Refused(NamedTuple):
    """A running cooldown, and the sources whose first fetch it may permit, from one read."""

    holder: str
    sources: tuple[tuple[str, Row], ...] = ()
    may_list: bool = False


Fetched = dict[str, tuple[Row, FetchResult]]
"""By source: the row as read before the fetch, and the result."""


def read_refusal(world: World, refresher: Refresher, clauses: Clauses) -> tuple[World, Refused]:
    """Read what a refused refresh may still do."""
    cooldown = world.cooldowns.get(refresher.user)
    if cooldown is None:
        return world, Refused("")
    found = store.candidates(world, refresher.user, clauses)
    world = store.require_nothing_refused(world, refresher, found)
    may_list = not found and store.may_list(world, refresher.user, clauses)
    return world, Refused(cooldown.holder, found, may_list)


def fetch_first(
    refresher: Refresher, item: str, refused: Refused, clauses: Clauses, provider: Provider
) -> Generator[Call, Any, Fetched]:
    """Mark and fetch the sources that were linked within the cooldown, after a listing if one is permitted."""
    sources: Sequence[tuple[str, Row]] = refused.sources
    if refused.may_list:
        sources = yield from _list_new(refresher, item, refused, clauses, provider)
    marked = {}
    for source, row in sources:
        read = yield conditional_write(
            f"mark first fetch of {source}", partial(_mark, refresher, source, row, refused.holder, clauses)
        )
        if read is not None:
            marked[source] = read
    fetched: Fetched = {}
    for source, read in marked.items():
        fetched[source] = read, (yield fetch(refresher, source, provider, clauses))
    return fetched


def _mark(
    refresher: Refresher, source: str, row: Row, holder: str, clauses: Clauses, world: World
) -> tuple[World, Row | None]:
    return store.mark_first_fetch(world, refresher, source, row, holder, clauses)


def _list_new(
    refresher: Refresher, item: str, refused: Refused, clauses: Clauses, provider: Provider
) -> Generator[Call, Any, Sequence[tuple[str, Row]]]:
    user = refresher.user
    if not (
        yield conditional_write(
            "acquire listing", lambda world: store.acquire_listing(world, refresher, refused.holder, clauses)
        )
    ):
        return ()
    listed = yield Call("list connections", lambda world: list_sources(world, provider))
    known = yield Call("read sources", lambda world: [("", world, frozenset(dict(world.sources_of(user))))])
    new = sorted(listed - known)
    for source in new:
        yield conditional_write(f"create {source}", partial(_create, user, source, item, clauses))
    if not new:
        return ()
    read = yield Call("read", lambda world: [("", world, store.candidates(world, user, clauses))])
    return [(source, row) for source, row in read if source in new]


def _create(user: str, source: str, item: str, clauses: Clauses, world: World) -> tuple[World, bool]:
    return create_discovered(world, user, source, item, clauses)


def mark_by_holder(refresher: Refresher, source: str, read: Row, clauses: Clauses) -> Generator[Call, Any, bool]:
    """Mark the source before the cooldown's holder fetches it. A source linked before the scenario has its mark."""
    if read.linked_at is None:
        return True

    def mark(world: World) -> Outcomes:
        after, done = store.mark_by_holder(world, refresher, source, read, clauses)
        yield str(done), _note_fetch(refresher, read, after, done=done), done
        if world.resends and done and after != world:
            again, done = store.mark_by_holder(after, refresher, source, read, clauses)
            again = _note_fetch(refresher, read, again, done=done)._replace(resends=world.resends - 1)
            yield f"{done}, sent twice by the SDK", again, done

    return bool((yield Call(f"mark {source}", mark)))


def _note_fetch(refresher: Refresher, read: Row, world: World, *, done: bool) -> World:
    return store.note_fetch(world, read.link_id, refresher.name, is_first=False) if done else world


def give_back(
    refresher: Refresher, source: str, read: Row, got: FetchResult, clauses: Clauses
) -> Generator[Call, Any, None]:
    """Give the first fetch back if the provider was not ready."""
    if read.linked_at is None:
        return
    is_due = got.outcome == "not ready" and Clause.FIRST_FETCH_GIVEN_BACK in clauses
    is_wrong = got.outcome == "failed" and Clause.FIRST_FETCH_OUTAGE not in clauses
    if is_due or is_wrong:
        yield write(
            f"give back the first fetch of {source}",
            lambda world: store.give_back(world, refresher, source, read, clauses, is_justified=is_due),
        )


def require_given_back(refresher: Refresher, fetched: Fetched, world: World) -> World:
    """Note a violation if a provider that was not ready costs the user a cooldown."""
    for source, (read, got) in fetched.items():
        row = world.row(refresher.user, source)
        is_kept = row.first_fetch is not None and row.first_fetch.fetcher == refresher.name
        is_same = row.link_id == read.link_id and row.returns < store.RETURNS
        if got.outcome == "not ready" and read.linked_at is not None and is_same and is_kept:
            return world.with_violation("I4: a provider that is not ready costs the user a cooldown")
    return world


def note_wait(user: str, holder: str, results: Sequence[FetchResult], world: World) -> World:
    """Note until when the provider demands no call, unless another cooldown began before this could be stored."""
    until = max((got.began_at + WAIT for got in results if got.outcome == "limit"), default=0)
    if until <= world.truth.waits.get(user, 0) or world.cooldowns[user].holder != holder:
        return world
    return world.with_truth(waits=world.truth.waits.with_entry(user, until))


def extend_if_limited(
    refresher: Refresher, holder: str, results: Sequence[FetchResult], clauses: Clauses
) -> Generator[Call, Any, bool]:
    """Let the cooldown last as long as the provider demands. Returns whether it demanded a wait."""
    until = max((got.began_at + WAIT for got in results if got.outcome == "limit"), default=0)
    if until and Clause.PROVIDER_WAIT in clauses:
        yield write("extend cooldown", lambda world: extend_cooldown(world, refresher.user, holder, until, clauses))
    return bool(until)
