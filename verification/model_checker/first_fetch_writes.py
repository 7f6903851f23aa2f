"""Model the store writes of first fetches within a cooldown: each function is one atomic DynamoDB write."""

from collections.abc import Hashable

from verification.model_checker.clauses import Clause, Clauses
from verification.model_checker.refresh_writes import COOLDOWN, Refresher, require_no_wait
from verification.model_checker.worlds import ENDED, WILDCARD, Cooldown, Expected, Mark, Row, World

FIRST_FETCHES = 2
"""First fetches per user within the length of a cooldown."""

RETURNS = 1
"""How often a first fetch is given back."""

LISTINGS = 2
"""Listings per connection URL."""


def candidates(world: World, user: str, clauses: Clauses) -> tuple[tuple[str, Row], ...]:
    """Read the sources whose first fetch the running cooldown permits. They are read with the refusal."""
    cooldown = world.cooldowns[user]
    return tuple(
        (source, row)
        for source, row in world.sources_of(user)
        if source != WILDCARD and row.first_fetch is None and _is_new(row, cooldown, clauses)
    )


def require_nothing_refused(world: World, refresher: Refresher, found: tuple[tuple[str, Row], ...]) -> World:
    """Note a violation if a source's first fetch is refused although nobody made it."""
    truth, cooldown = world.truth, world.cooldowns[refresher.user]
    if cooldown.acquired is None or not _within_limit(world) or truth.waits.get(refresher.user, 0) > world.now:
        return world
    for source, row in world.sources_of(refresher.user):
        is_new = row.linked_at is not None and row.linked_at > cooldown.acquired and row.status != ENDED
        if source != WILDCARD and is_new and row.link_id not in truth.fetched and source not in dict(found):
            return world.with_violation("I4: a first fetch is refused, though nobody made it")
    return world


def _is_new(row: Row, cooldown: Cooldown, clauses: Clauses) -> bool:
    if row.linked_at is None or cooldown.acquired is None:
        return False
    return row.linked_at > cooldown.acquired or Clause.FIRST_FETCH_NEW not in clauses


def _within_limit(world: World) -> bool:
    return len([at for at in world.truth.first_fetches if at > world.now - COOLDOWN]) < FIRST_FETCHES


def mark_first_fetch(
    world: World, refresher: Refresher, source: str, read: Row, holder: str, clauses: Clauses
) -> tuple[World, Row | None]:
    """Mark a first fetch within another refresh's cooldown: one transaction on cooldown and source.

    Returns the row as read afterwards, or None if a condition was lost.
    """
    user, now = refresher.user, refresher.clock(world)
    row, cooldown = world.row(user, source), world.cooldowns.get(user)
    if cooldown is None or cooldown.holder != holder or not _is_new(read, cooldown, clauses):
        return world, None
    is_full = len(cooldown.first_fetched) == FIRST_FETCHES
    if is_full and cooldown.first_fetched[0] > now - COOLDOWN and Clause.FIRST_FETCH_LIMIT in clauses:
        return world, None
    if (row.link_id != read.link_id and Clause.FIRST_FETCH_LINK_ID in clauses) or (
        row.first_fetch is not None and Clause.FIRST_FETCH_ONCE in clauses
    ):
        return world, None
    world = _note_first_fetch(world, user, read, cooldown)
    marked = row._replace(first_fetch=Mark(holder, refresher.name, now))
    counted = cooldown._replace(first_fetched=(*cooldown.first_fetched, now)[-FIRST_FETCHES:])
    world = world.with_row(user, source, marked)._replace(cooldowns=world.cooldowns.with_entry(user, counted))
    return note_fetch(world, read.link_id, holder, is_first=True), marked


def _note_first_fetch(world: World, user: str, read: Row, cooldown: Cooldown) -> World:
    world = require_no_wait(world, user)
    if cooldown.acquired is not None and read.linked_at is not None and read.linked_at <= cooldown.acquired:
        world = world.with_violation("I3: a first fetch of a source that was linked before the cooldown")
    if not _within_limit(world):
        world = world.with_violation("I3: more first fetches within a cooldown than permitted")
    recent = [at for at in world.truth.first_fetches if at > world.now - COOLDOWN]
    return world.with_truth(first_fetches=(*recent, world.now))


def note_fetch(world: World, link: Hashable, holder: str, *, is_first: bool) -> World:
    """Note in whose cooldown the source is fetched, and whether it may be."""
    earlier = world.truth.fetched.get(link)
    if earlier == holder or (is_first and earlier is not None):
        world = world.with_violation("I3: a source is fetched twice within one cooldown")
    return world.with_truth(fetched=world.truth.fetched.with_entry(link, holder))


def mark_by_holder(world: World, refresher: Refresher, source: str, read: Row, clauses: Clauses) -> tuple[World, bool]:
    """Mark the source before the cooldown's holder fetches it. Returns False if another makes its first fetch."""
    user, row = refresher.user, world.row(refresher.user, source)
    if read.first_fetch is not None:
        is_taken = read.first_fetch.holder == refresher.name and Clause.FIRST_FETCH_HOLDER_SKIPS in clauses
        return world, not is_taken
    if Clause.FIRST_FETCH_HOLDER not in clauses:
        return world, True
    mark = Mark(refresher.name, refresher.name, refresher.clock(world))
    is_own = row.first_fetch is not None and row.first_fetch[:2] == mark[:2] and Clause.FIRST_FETCH_OWN in clauses
    if row.link_id != read.link_id or not (row.first_fetch is None or is_own):
        return world, False
    return world.with_row(user, source, row._replace(first_fetch=mark)), True


def give_back(
    world: World, refresher: Refresher, source: str, read: Row, clauses: Clauses, *, is_justified: bool
) -> World:
    """Remove the caller's own mark."""
    row = world.row(refresher.user, source)
    if row.link_id != read.link_id or row.first_fetch is None or row.first_fetch.fetcher != refresher.name:
        return world
    if row.returns >= RETURNS and Clause.FIRST_FETCH_RETURNS in clauses:
        return world
    world = world.with_row(refresher.user, source, row._replace(first_fetch=None, returns=row.returns + 1))
    if not is_justified:
        return world
    returns = world.truth.returns.get(read.link_id, 0) + 1
    if returns > RETURNS:
        world = world.with_violation("I3: a first fetch is given back without end")
    truth = world.truth
    return world.with_truth(
        fetched=truth.fetched.without_entry(read.link_id), returns=truth.returns.with_entry(read.link_id, returns)
    )


def may_list(world: World, user: str, clauses: Clauses) -> bool:
    """Return whether a refused refresh tries to list the connections."""
    return user in world.expected or Clause.LISTING_EXPECTED not in clauses


def acquire_listing(world: World, refresher: Refresher, holder: str, clauses: Clauses) -> tuple[World, bool]:
    """Acquire the right to list the connections once within the cooldown: one transaction."""
    user, now = refresher.user, refresher.clock(world)
    expected, cooldown = world.expected.get(user, Expected(0)), world.cooldowns.get(user)
    if cooldown is None or cooldown.holder != holder:
        return world, False
    if cooldown.acquired is None and Clause.LISTING_NO_WAIT in clauses:
        return world, False
    if expected.until <= now and Clause.LISTING_EXPECTED in clauses:
        return world, False
    if expected.listed_at is not None and expected.listed_at >= now and Clause.LISTING_SPACED in clauses:
        return world, False
    if expected.listings >= LISTINGS and Clause.LISTING_LIMIT in clauses:
        return world, False
    listed = expected._replace(listings=expected.listings + 1, listed_at=now)
    return _note_listing(world._replace(expected=world.expected.with_entry(user, listed)), user), True


def _note_listing(world: World, user: str) -> World:
    world = require_no_wait(world, user)
    listings = (*world.truth.listings, world.now)
    if user not in world.expected or world.expected[user].until <= world.now:
        world = world.with_violation("I3: connections are listed though none is expected")
    if listings.count(world.now) > 1:
        world = world.with_violation("I3: two listings at once")
    if len(listings) > LISTINGS:
        world = world.with_violation("I3: more listings than permitted")
    return world.with_truth(listings=listings)
