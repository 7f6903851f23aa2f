"""Model a refresh as a flow of single store and provider calls."""

from collections.abc import Generator, Hashable, Mapping, Sequence
from functools import partial
from typing import Any

from verification.model_checker import event_writes, first_fetch_flows
from verification.model_checker import refresh_writes as store
from verification.model_checker.clauses import Clause, Clauses
from verification.model_checker.first_fetch_flows import Refused
from verification.model_checker.flows import Call, Flow, Observation, Outcomes
from verification.model_checker.history_writes import put_point
from verification.model_checker.provider_calls import FAILURES, HEALTHY, FetchResult, Provider, fetch, list_sources
from verification.model_checker.refresh_writes import Refresher
from verification.model_checker.steps import conditional_write, consistent_read, unchanged, write
from verification.model_checker.worlds import WILDCARD, Head, Row, World

SourcesRead = Mapping[str, tuple[Row, object]]
"""By source: its row, and the link_id of its snapshot."""


def refresh(
    refresher: Refresher, item: str, clauses: Clauses, provider: Provider = HEALTHY, waits: Sequence[int] = (0,)
) -> Flow:
    """Refresh all sources that need it. `waits`: numbers of ticks after which it may begin."""
    won = yield Call(
        "acquire cooldown and read", lambda world: _acquire_and_read(world, refresher, clauses, waits, provider)
    )
    if isinstance(won, str):
        return unchanged
    if isinstance(won, Refused):
        return (yield from _fetch_first(refresher, item, won, clauses, provider))
    read: dict[str, tuple[Row, object]] = dict(won)
    if WILDCARD in read:
        yield from _discover(refresher, item, read, clauses, provider)
    chosen = _sources_to_fetch(read, clauses)
    fetched = yield from _fetch(refresher, chosen, read, clauses, provider)
    if Clause.SEEN_AS_READ not in clauses:
        read = {**read, **dict((yield _read_call(refresher.user)))}
    for source, got in fetched.items():
        yield from _store_result(refresher, source, read[source][0], got, clauses)
    done = {source for source, got in fetched.items() if got.outcome in {"ok", "nothing"}}
    if WILDCARD in read and (
        Clause.WILDCARD_ALL_FETCHED not in clauses or all(source in done for source in read if source != WILDCARD)
    ):
        wildcard = read[WILDCARD][0]
        if wildcard.generation != (wildcard.seen or 0):
            yield write(
                "clear wildcard row",
                lambda world: store.clear_update(world, refresher.user, WILDCARD, wildcard, clauses)[0],
            )
    return (yield from _settle_cooldown(refresher, list(fetched.values()), clauses))


def _fetch(
    refresher: Refresher, chosen: Sequence[str], read: SourcesRead, clauses: Clauses, provider: Provider
) -> Generator[Call, Any, dict[str, FetchResult]]:
    """Fetch the sources, without those whose first fetch another refresh makes."""
    marked: dict[str, bool] = {}
    for source in chosen:
        marked[source] = yield from first_fetch_flows.mark_by_holder(refresher, source, read[source][0], clauses)
    fetched: dict[str, FetchResult] = {}
    for source in (source for source in chosen if marked[source]):
        fetched[source] = yield fetch(refresher, source, provider, clauses)
    return fetched


def _fetch_first(
    refresher: Refresher, item: str, refused: Refused, clauses: Clauses, provider: Provider
) -> Generator[Call, Any, Observation]:
    """Make the first fetches that the running cooldown permits."""
    fetched = yield from first_fetch_flows.fetch_first(refresher, item, refused, clauses, provider)
    for source, (read, got) in fetched.items():
        yield from _store_result(refresher, source, read, got, clauses)
    results = [got for _, got in fetched.values()]
    yield from first_fetch_flows.extend_if_limited(refresher, refused.holder, results, clauses)

    def observe(world: World) -> World:
        world = first_fetch_flows.note_wait(refresher.user, refused.holder, results, world)
        world = first_fetch_flows.require_given_back(refresher, fetched, world)
        return _require_running_refresh(refresher, world)

    return observe


def _acquire_and_read(
    world: World, refresher: Refresher, clauses: Clauses, waits: Sequence[int], provider: Provider
) -> Outcomes:
    for ticks in waits:
        for word, after, result in _acquire(world._replace(now=world.now + ticks), refresher, clauses, provider):
            yield f"{word}{(ticks and f', {ticks} ticks later') or ''}", after, result


def _acquire(world: World, refresher: Refresher, clauses: Clauses, provider: Provider) -> Outcomes:
    """Acquire and read in one step: a write between the two could as well come before or after both."""
    if not world.sources_of(refresher.user):
        yield "not connected", world, "not connected"
        return
    if all(row.has_ended for _, row in world.sources_of(refresher.user)):
        yield "ended", world, "ended"
        return
    after, won = store.acquire_cooldown(world, refresher, clauses)
    noted = store.note_refresh_began(after, refresher) if won else after
    yield _acquired(noted, refresher, provider, clauses, won=won)
    if world.resends and won:
        repeated, won = store.acquire_cooldown(after, refresher, clauses)
        repeated = (store.note_refresh_began(repeated, refresher) if won else repeated)._replace(
            resends=world.resends - 1
        )
        word, repeated, result = _acquired(repeated, refresher, provider, clauses, won=won)
        yield f"{word}, sent twice by the SDK", repeated, result


def _acquired(
    world: World, refresher: Refresher, provider: Provider, clauses: Clauses, *, won: bool
) -> tuple[str, World, Hashable]:
    if won:
        return "acquired", world, _read_sources(world, refresher.user, with_time=provider.reports_end)
    after, refused = first_fetch_flows.read_refusal(world, refresher, clauses)
    return "cooling down", after, refused


def _require_running_refresh(refresher: Refresher, world: World) -> World:
    held = world.cooldowns.get(refresher.user)
    if held is None or held.holder == refresher.name:
        return world.with_violation("I4: a refresh is blocked, but no other one is in progress")
    return world


def _read_call(user: str) -> Call:
    return Call("read", lambda world: [("", world, _read_sources(world, user))])


def _read_sources(world: World, user: str, *, with_time: bool = False) -> tuple[tuple[str, tuple[Row, object]], ...]:
    """Read the sources that can be fetched. `with_time`: the time of the last fetch matters to this refresh."""
    read = []
    for source, row in world.sources_of(user):
        if not row.has_ended:
            head = world.heads.get((user, source))
            read.append((source, (row if with_time else row._replace(fetched_at=None), head.link_id if head else None)))
    return tuple(read)


def _discover(
    refresher: Refresher, item: str, read: dict[str, tuple[Row, object]], clauses: Clauses, provider: Provider
) -> Generator[Call, Any, None]:
    """Discover sources: create rows of new ones, remove those that are confirmed gone."""
    listed = yield Call("list connections", lambda world: list_sources(world, provider))
    known = [source for source in read if source != WILDCARD]
    for source in known:
        if source in listed:
            continue
        if Clause.GONE_CONFIRMED not in clauses or not (
            yield consistent_read(f"get {source}", partial(_exists_at_provider, source))
        ):
            link = read[source][0].link_id if Clause.GONE_AS_READ in clauses else None
            yield write(f"remove {source}", partial(_remove_gone, refresher.user, source, link, clauses))
            del read[source]
    new = [source for source in sorted(listed) if source not in known]
    for source in new:
        yield conditional_write(f"create {source}", partial(_create_discovered, refresher.user, source, item, clauses))
    if new:
        read_again = dict((yield _read_call(refresher.user)))
        read.update({source: read_again[source] for source in new if source in read_again})


def _exists_at_provider(source: str, world: World) -> bool:
    return source in world.truth.alive


def _remove_gone(user: str, source: str, link: Hashable, clauses: Clauses, world: World) -> World:
    return event_writes.remove_source(world, user, source, clauses, link_id=link)


def _create_discovered(user: str, source: str, item: str, clauses: Clauses, world: World) -> tuple[World, bool]:
    return store.create_discovered(world, user, source, item, clauses)


def _sources_to_fetch(read: SourcesRead, clauses: Clauses) -> list[str]:
    sources = [source for source in read if source != WILDCARD]
    wildcard = read.get(WILDCARD)
    if (
        wildcard
        and (wildcard[0].pending or wildcard[0].check_due is not None)
        and Clause.WILDCARD_FETCHES_ALL in clauses
    ):
        return sources
    return [source for source in sources if _needs_fetch(*read[source])] or sources


def _needs_fetch(row: Row, snapshot: object) -> bool:
    return row.pending or row.check_due is not None or row.failed or snapshot != row.link_id


def _store_result(
    refresher: Refresher, source: str, read: Row, got: FetchResult, clauses: Clauses
) -> Generator[Call, Any, None]:
    user = refresher.user
    if got.outcome in FAILURES:
        yield from first_fetch_flows.give_back(refresher, source, read, got, clauses)
        if got.outcome == "ended":
            yield write(f"end {source}", lambda world: store.set_ended(world, user, source, read, clauses))
        if got.outcome == "end reported":
            yield write(
                f"record the report that {source} has ended",
                lambda world: store.record_end_report(world, user, source, read, refresher.clock(world), clauses),
            )
        if got.outcome == "login" and read.status != "broken":
            yield write("set status", lambda world: store.set_status(world, user, source, read, "broken", clauses))
        yield write(
            f"record failure of {source}", lambda world: store.record_failure(world, user, source, read, clauses)
        )
        return
    if got.outcome == "nothing":
        yield write(
            f"clear {source} without holdings",
            lambda world: store.clear_without_holdings(world, user, source, read, got.changes_shown, clauses),
        )
    elif not (yield from _commit(user, source, read, got, clauses)):
        return
    if read.check_due is not None:
        yield write("clear check_due", lambda world: store.clear_check_due(world, user, source, read, clauses))
    if read.status != "ok" and Clause.STATUS_OK in clauses:
        yield write("set status", lambda world: store.set_status(world, user, source, read, "ok", clauses))


def _commit(user: str, source: str, read: Row, got: FetchResult, clauses: Clauses) -> Generator[Call, Any, Any]:
    head = Head(read.link_id, read.generation, got.began_at, got.changes_shown, got.empty)
    if Clause.COMMIT_ATOMIC in clauses:
        done = yield conditional_write(
            f"commit {source}", lambda world: store.commit_snapshot(world, user, source, read, head, clauses)
        )
        if done and Clause.HISTORY_ATOMIC not in clauses:
            yield write(f"put point of {source}", lambda world: put_point(world, user, source, head, clauses))
        return done
    yield conditional_write(
        f"clear {source}", lambda world: store.clear_update(world, user, source, read, clauses, head.began_at)
    )
    return (
        yield conditional_write(
            f"put head of {source}", lambda world: store.put_head(world, user, source, head, clauses)
        )
    )


def _settle_cooldown(
    refresher: Refresher, fetched: list[FetchResult], clauses: Clauses
) -> Generator[Call, Any, Observation]:
    """Release the cooldown if every fetch failed, extend it as the provider demands; otherwise it expires."""
    if (yield from first_fetch_flows.extend_if_limited(refresher, refresher.name, fetched, clauses)):
        return lambda world: first_fetch_flows.note_wait(refresher.user, refresher.name, fetched, world)
    outage = bool(fetched) and all(one.outcome in FAILURES - {"login"} for one in fetched)
    if Clause.RELEASE_AFTER_OUTAGE in clauses and (outage or Clause.RELEASE_ALL_FAILED not in clauses):
        yield write(
            "release cooldown", lambda world: store.release_cooldown(world, refresher, clauses, is_justified=outage)
        )
    if not outage:
        return unchanged

    def observe(world: World) -> World:
        held = world.cooldowns.get(refresher.user)
        # Another's first fetch may have met the provider's limit: then the provider demands this wait.
        is_own = held is not None and held.holder == refresher.name and held.acquired is not None
        kept = is_own and held is not None and held.retry_at > refresher.clock(world)
        return world.with_violation("rule 5: an outage costs the user a cooldown") if kept else world

    return observe
