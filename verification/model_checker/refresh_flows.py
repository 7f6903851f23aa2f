"""Refreshes and paid pulls as flows of single store and provider calls (DESIGN §6)."""

from collections.abc import Generator, Hashable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from verification.model_checker import event_writes
from verification.model_checker import refresh_writes as store
from verification.model_checker.clauses import Clause, Clauses
from verification.model_checker.explorer import Call, Ending, Flow, Outcomes
from verification.model_checker.refresh_writes import Clicker
from verification.model_checker.steps import did, does, looks, nothing
from verification.model_checker.worlds import EVERY, Head, Row, World


class Provider(NamedTuple):
    """What the provider may do beside answering well."""

    fails: bool = False
    answers_empty: bool = False
    lags: bool = False
    has_nothing: bool = False
    list_lags: bool = False


WELL = Provider()


class Fetched(NamedTuple):
    """`how`: ok, failed, login or nothing (to fetch, and that for good)."""

    how: str
    began_at: int = 0
    shows: int = 0
    empty: bool = False


Read = Mapping[str, tuple[Row, object]]
"""By source: its row, and the link of its snapshot."""


def refresh(by: Clicker, item: str, on: Clauses, provider: Provider = WELL, waits: Sequence[int] = (0,)) -> Flow:
    """`waits`: after how many ticks it may begin. Nobody else looks at the clock meanwhile."""
    won = yield Call("claim and read", lambda world: _claims(world, by, on, waits))
    if isinstance(won, str):
        return _refused(by) if won == "cooling down" else nothing
    read: dict[str, tuple[Row, object]] = dict(won)
    if EVERY in read:
        yield from _list(by, item, read, on, provider)
    chosen = _chosen(read, on)
    fetched: dict[str, Fetched] = {}
    for source in chosen:
        fetched[source] = yield _fetch(by, source, provider, on)
    if Clause.SEEN_READ not in on:
        read = {**read, **dict((yield _reading(by.user)))}
    for source, got in fetched.items():
        yield from _stored(by.user, source, read[source][0], got, on)
    done = {source for source, got in fetched.items() if got.how in {"ok", "nothing"}}
    if EVERY in read and (Clause.WILDCARD_ALL not in on or all(source in done for source in read if source != EVERY)):
        star = read[EVERY][0]
        if star.generation != (star.seen or 0):
            yield does("clear *", lambda world: store.clear(world, by.user, EVERY, star, on)[0])
    return (yield from _end(by, list(fetched.values()), on))


def _claims(world: World, by: Clicker, on: Clauses, waits: Sequence[int]) -> Outcomes:
    for ticks in waits:
        for word, after, result in _claimed(world._replace(now=world.now + ticks), by, on):
            yield f"{word}{(ticks and f', {ticks} ticks later') or ''}", after, result


def _claimed(world: World, by: Clicker, on: Clauses) -> Outcomes:
    """One step, for whatever comes between a claim and the read could as well have come before, or after."""
    if not world.of_user(by.user):
        yield "not connected", world, "not connected"
        return
    after, won = store.claim(world, by, on)
    yield _said(store.began(after, by) if won else after, by.user, won=won)
    if world.resends and won:
        again, won = store.claim(after, by, on)
        again = (store.began(again, by) if won else again)._replace(resends=world.resends - 1)
        word, again, result = _said(again, by.user, won=won)
        yield f"{word}, sent twice by the SDK", again, result


def _said(world: World, user: str, *, won: bool) -> tuple[str, World, object]:
    return ("won", world, _read(world, user)) if won else ("cooling down", world, "cooling down")


def _refused(by: Clicker) -> Ending:
    def end(world: World) -> World:
        held = world.claims.get(by.user)
        if held is None or held.holder == by.name:
            return world.breaking("I4: a refresh is blocked, and by none that is under way")
        return world

    return end


def _reading(user: str) -> Call:
    return Call("read", lambda world: [("", world, _read(world, user))])


def _read(world: World, user: str) -> tuple[tuple[str, tuple[Row, object]], ...]:
    heads = {source: world.heads.get((user, source)) for source, _ in world.of_user(user)}
    return tuple(
        (source, (row._replace(fetched_at=None), head.link if (head := heads[source]) else None))
        for source, row in world.of_user(user)
    )


def _list(
    by: Clicker, item: str, read: dict[str, tuple[Row, object]], on: Clauses, provider: Provider
) -> Generator[Call, Any, None]:
    """The sources that exist now: new ones get their rows, those confirmed gone lose theirs."""
    listed = yield Call("list", lambda world: _listed(world, provider))
    known = [source for source in read if source != EVERY]
    for source in known:
        if source in listed:
            continue
        if Clause.GONE_CONFIRMED not in on or not (yield looks(f"ask for {source}", partial(_lives, source))):
            link = read[source][0].link if Clause.GONE_EXACT in on else None
            yield does(f"{source} is gone", partial(_gone, by.user, source, link, on))
            del read[source]
    new = [source for source in sorted(listed) if source not in known]
    for source in new:
        yield did(f"{source} appears", partial(_appeared, by.user, source, item, on))
    if new:
        again = dict((yield _reading(by.user)))
        read.update({source: again[source] for source in new if source in again})


def _lives(source: str, world: World) -> bool:
    return source in world.truth.alive


def _gone(user: str, source: str, link: Hashable, on: Clauses, world: World) -> World:
    return event_writes.remove_source(world, user, source, on, link=link)


def _appeared(user: str, source: str, item: str, on: Clauses, world: World) -> tuple[World, bool]:
    return store.appear(world, user, source, item, on)


def _listed(world: World, provider: Provider) -> Outcomes:
    alive = world.truth.alive
    yield "", world, alive
    if provider.list_lags:
        for source in sorted(alive):
            yield f"without {source}", world, alive - {source}
        for source in sorted(set(world.truth.version) - alive):
            yield f"still with {source}", world, alive | {source}


def _chosen(read: Read, on: Clauses) -> list[str]:
    sources = [source for source in read if source != EVERY]
    star = read.get(EVERY)
    if star and (star[0].pending or star[0].check_due is not None) and Clause.WILDCARD_ASKS in on:
        return sources
    return [source for source in sources if _needs(*read[source])] or sources


def _needs(row: Row, snapshot: object) -> bool:
    return row.pending or row.check_due is not None or row.failed or snapshot != row.link


def _fetch(by: Clicker, source: str, provider: Provider, on: Clauses) -> Call:
    def run(world: World) -> Outcomes:
        truth, at = world.truth, by.clock(world)
        version = truth.version.get(source, 0)
        if source not in truth.alive:
            yield "gone", world, Fetched("failed")
            return
        if truth.health.get(source, "ok") != "ok":
            yield "login required", world, Fetched("login")
            return
        yield "ok", world, Fetched("ok", at, version)
        if provider.fails:
            yield "outage", world, Fetched("failed")
        if provider.lags and version:
            yield "older than announced", world, Fetched("ok", at, version - 1)
        if provider.has_nothing:
            yield "nothing to fetch", world, Fetched("nothing", at, version)
        if provider.answers_empty:
            accepted = Clause.EMPTY not in on
            yield "empty, not complete", world, Fetched("ok" if accepted else "failed", at, version, accepted)

    return Call(f"fetch {source}", run)


def _stored(user: str, source: str, read: Row, got: Fetched, on: Clauses) -> Generator[Call, Any, None]:
    if got.how in {"failed", "login"}:
        if got.how == "login" and read.status != "broken":
            yield does("status", lambda world: store.set_status(world, user, source, read, "broken", on))
        yield does(f"{source} failed", lambda world: store.note_failure(world, user, source, read, on))
        return
    if got.how == "nothing":
        yield does(
            f"{source} has nothing", lambda world: store.clear_unfetched(world, user, source, read, got.shows, on)
        )
    elif not (yield from _committed(user, source, read, got, on)):
        return
    if read.check_due is not None:
        yield does("check settled", lambda world: store.settle_check(world, user, source, read, on))
    if read.status != "ok" and Clause.STATUS_OK in on:
        yield does("status", lambda world: store.set_status(world, user, source, read, "ok", on))


def _committed(user: str, source: str, read: Row, got: Fetched, on: Clauses) -> Generator[Call, Any, Any]:
    head = Head(read.link, read.generation, got.began_at, got.shows, got.empty)
    if Clause.COMMIT_ONE in on:
        return (yield did(f"store {source}", lambda world: store.commit(world, user, source, read, head, on)))
    yield did(f"clear {source}", lambda world: store.clear(world, user, source, read, on, head.began_at))
    return (yield did(f"put {source}'s head", lambda world: store.put_head(world, user, source, head, on)))


def _end(by: Clicker, fetched: list[Fetched], on: Clauses) -> Generator[Call, Any, Ending]:
    """The claim is given back after an outage of everything, and else runs out by itself."""
    outage = bool(fetched) and all(one.how == "failed" for one in fetched)
    if Clause.RELEASE in on and (outage or Clause.RELEASE_FAILED not in on):
        yield does("release", lambda world: store.release(world, by, on, rightly=outage))
    if not outage:
        return nothing

    def end(world: World) -> World:
        held = world.claims.get(by.user)
        kept = held is not None and held.holder == by.name and held.retry_at > by.clock(world)
        return world.breaking("§4.5: an outage costs the user a cooldown") if kept else world

    return end
