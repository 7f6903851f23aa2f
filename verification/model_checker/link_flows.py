"""Linking, unlinking and ending everything as flows of single store calls (DESIGN §6)."""

from functools import partial

from verification.model_checker import event_writes as store
from verification.model_checker.clauses import Clause, Clauses
from verification.model_checker.explorer import Call, Ending, Flow, Outcomes
from verification.model_checker.steps import did, does, ended_there, item_of, looks, nothing
from verification.model_checker.worlds import EVERY, Item, World

_ATTEMPTS = 3


def end_item(user: str, item: str, on: Clauses) -> Flow:
    """Everything of an item of several sources."""
    for round_, last in (("first", False), ("item", True), ("again", False)):
        if last:
            yield does("remove item", lambda world: store.remove_source(world, user, EVERY, on, item=item))
            continue
        read = yield looks("sources read", lambda world: _of_item(world, user, item))
        for source in read:
            yield does(f"remove {source} {round_}", partial(_without, user, source, on))
    yield does("forget tombstones", lambda world: world._replace(tombstones=frozenset()))
    return nothing


def _without(user: str, source: str, on: Clauses, world: World) -> World:
    return store.remove_source(world, user, source, on)


def _of_item(world: World, user: str, item: str) -> tuple[str, ...]:
    return tuple(source for source, row in world.of_user(user) if source != EVERY and row.item == item)


def link(user: str, item: str, source: str, on: Clauses, news: int = 1) -> Flow:
    """The exchange at the provider, then the item becomes the user's."""
    news = news if Clause.LINK_NEWS in on else 0
    for attempt in range(_ATTEMPTS):
        known = yield Call(
            "item read" if attempt else "exchange, item read", lambda world: _exchanged(world, item, source)
        )
        if known.owner not in {None, user} and Clause.LINK_OWNER in on:
            return nothing
        if (yield did("link", partial(_linked, user, item, source, known, news, on))):
            if Clause.LINK_ONE not in on:
                yield does("row", partial(_put_source, user, item, source, news + known.orphan))
            return _is_news(user, source) if source != EVERY and Clause.LINK_ONE in on else nothing
        if Clause.LINK_AGAIN not in on:
            return lambda world: world.breaking("I6: linking was answered 201 and is not stored")
    return nothing


def _exchanged(world: World, item: str, source: str) -> Outcomes:
    yield "", world.knowing(alive=world.truth.alive | ({source} - {EVERY})), item_of(world, item)


def _put_source(user: str, item: str, source: str, news: int, world: World) -> World:
    return store.put_source(world, user, item, source, news)


def _linked(user: str, item: str, source: str, known: Item, news: int, on: Clauses, world: World) -> tuple[World, bool]:
    owned, done = store.own(world, user, item, known, on)
    if not done or Clause.LINK_ONE not in on:
        return owned, done
    return store.put_source(owned, user, item, source, news + known.orphan), True


def _is_news(user: str, source: str) -> Ending:
    def end(world: World) -> World:
        pending = world.row(user, source).pending
        return world if pending else world.breaking("I2: a new connection is not pending")

    return end


def unlink(user: str, item: str, source: str, on: Clauses) -> Flow:
    """By the user: first at the provider, then here."""
    if not (yield Call("end at the provider", lambda world: _ended(world, user, source))):
        return nothing
    with_item = item if item == source else None
    yield does("remove", lambda world: store.remove_source(world, user, source, on, item=with_item))
    return nothing


def relink(user: str, item: str, source: str, on: Clauses) -> Flow:
    """Unlinked, and then linked again."""
    yield from unlink(user, item, source, on)
    return (yield from link(user, item, source, on))


def _ended(world: World, user: str, source: str) -> Outcomes:
    linked = world.row(user, source).link is not None
    yield "", ended_there(world, {source}) if linked else world, linked
