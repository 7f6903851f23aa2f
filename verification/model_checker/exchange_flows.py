"""Model the exchange of a public token as a flow of single store and provider calls. A token can be used once."""

from functools import partial

from verification.model_checker import event_writes as store
from verification.model_checker.clauses import Clause, Clauses
from verification.model_checker.flows import Call, Flow, Observation, Outcomes
from verification.model_checker.steps import consistent_read, item_of
from verification.model_checker.worlds import Exchange, TokenRow, World

_LINKED, _NOT_STORED, _FAILED = "linked", "not stored", "failed"
_ENDING = "ending"
"""The failure of a token whose item is being ended: a kill now leaves an attempt that nobody finished."""


def exchange_token(name: str, user: str, item: str, clauses: Clauses) -> Flow:
    """Lease the token, exchange it, and link its item; on an outage give the lease up and end the item."""
    leased = yield Call("acquire lease", partial(_acquire_lease, name))
    if leased in {_LINKED, _NOT_STORED}:
        return _tell(leased)
    answer = yield Call("exchange token", partial(_use_token, item))
    if answer == "refused":
        is_loss = leased == "leased again" and Clause.LINK_LOSS_MET in clauses
        yield Call("record loss" if is_loss else "release lease", partial(_end_lease, name, is_loss))
        return _tell(_NOT_STORED if is_loss else _FAILED)
    if answer == "lost":
        yield Call("keep attempt", partial(_expire_own_lease, name))
        return _tell(_FAILED)
    stored = yield Call("link", partial(_link, name, user, item, clauses))
    if stored == _LINKED and Clause.LINK_RESULT not in clauses:
        yield Call("store result", partial(_store_result, name))
    if stored == _LINKED:
        return _tell(_LINKED)
    if Clause.LINK_GIVEN_UP in clauses and (yield Call("give up lease", partial(_give_up, name))) == _LINKED:
        return _tell(_LINKED)
    if Clause.LINK_ENDED in clauses:
        is_ended = (yield Call("end item", partial(_end_item, item))) == "ended"
        yield Call("record end" if is_ended else "record loss", partial(_record_failure, name, not is_ended))
    return _tell(_FAILED)


def end_everything(user: str, item: str, clauses: Clauses) -> Flow:
    """End everything of the user: store the marker, then disconnect what is linked. A killed request is repeated."""
    if Clause.ENDED_FIRST in clauses:
        yield Call("store marker", _store_marker)
    owner = yield consistent_read("read sources", lambda world: item_of(world, item).owner)
    if owner == user:
        yield Call("end item", partial(_disconnect, user, item, clauses))
    if Clause.ENDED_FIRST not in clauses:
        yield Call("store marker", _store_marker)
    return lambda world: _with(world, has_ended=True)


def reopen(world: World) -> Outcomes:
    """Create a new connection URL after the user ended everything. The session of this scenario is from before."""
    if _of(world).has_ended:
        yield "", _with(world, marker="reopened"), None
    else:
        yield "never", world, None


def expire_lease(world: World) -> Outcomes:
    """Let the lease expire, even if its holder still runs: a process may be suspended."""
    exchange = _of(world)
    if exchange.row is not None:
        yield "", _with(world, row=exchange.row._replace(is_expired=True)), None


def apply_delayed_link(user: str, item: str, clauses: Clauses, world: World) -> Outcomes:
    """Apply a link transaction after its caller gave up. It may also never take effect."""
    yield "never", _with(world, delayed=None), None
    holder = _of(world).delayed
    if holder is not None:
        after, is_linked = _apply_link(world, holder, user, item, clauses)
        yield "takes effect" if is_linked else "refused", _with(after, delayed=None), None


def _store_marker(world: World) -> Outcomes:
    yield "", _with(world, marker="ended"), None


def _disconnect(user: str, item: str, clauses: Clauses, world: World) -> Outcomes:
    """End the item at the provider, then remove it. The token's row keeps its result."""
    ended = _with(world, is_ended=True).with_truth(alive=world.truth.alive - {item})
    yield "", store.remove_source(ended, user, item, clauses, item=item), None


def lost_item(world: World, exchange: Exchange, clauses: Clauses) -> str | None:
    """Return what is wrong after the reconciler looked for attempts that nobody finished."""
    row = exchange.row
    is_linked = any(item.owner is not None for item in world.items.values())
    is_unfinished = row is not None and not row.is_linked and row.failure in {None, _ENDING}
    if is_unfinished and Clause.LINK_LOSS_SWEPT in clauses:
        exchange = exchange._replace(is_counted=True)
    if exchange.has_ended and is_linked:
        return "ended: an item was linked for a user who had ended everything"
    if _LINKED in exchange.told and not is_linked and exchange.marker is None:
        return "link: a completion was answered with an item that is not linked"
    if _NOT_STORED in exchange.told and is_linked and not exchange.is_undecided:
        return "link: a linked item was reported as not stored"
    if is_linked and exchange.is_ended and not exchange.is_undecided:
        return "link: a linked item was ended at the provider"
    if not exchange.is_used or is_linked or exchange.is_ended:
        return None
    if not exchange.is_counted:
        return "link: an item is neither linked nor ended nor counted as lost"
    is_excused = exchange.excused or world.crashes == 0 or exchange.outages == 0
    return None if is_excused else "link: one outage lost an item"


def _of(world: World) -> Exchange:
    assert world.exchange is not None
    return world.exchange


def _with(world: World, **changes: object) -> World:
    return world._replace(exchange=_of(world)._replace(**changes))  # type: ignore[arg-type]


def _tell(what: str) -> Observation:
    return lambda world: _with(world, told=_of(world).told | {what})


def _acquire_lease(name: str, world: World) -> Outcomes:
    """Without an outcome while another process holds the lease: the caller waits."""
    row = _of(world).row
    if row is None:
        yield "leased", _with(world, row=TokenRow(name)), "leased"
    elif row.is_linked:
        yield _LINKED, world, _LINKED
    elif row.failure is not None:
        yield _NOT_STORED, world, _NOT_STORED
    elif row.is_expired:
        yield "leased again", _with(world, row=TokenRow(name)), "leased again"


def _use_token(item: str, world: World) -> Outcomes:
    exchange = _of(world)
    if exchange.is_used:
        yield "refused", world, "refused"
        return
    used = _with(world, is_used=True).with_truth(alive=world.truth.alive | {item})
    yield "item", used, "item"
    if exchange.outages:
        yield "response lost", _with(used, outages=exchange.outages - 1, excused=True), "lost"


def _holds(world: World, name: str) -> bool:
    row = _of(world).row
    return row is not None and row.holder == name and not row.is_linked and row.failure is None


def _end_lease(name: str, is_loss: bool, world: World) -> Outcomes:
    if not _holds(world, name):
        yield "lease lost", world, None
    elif is_loss:
        yield from _record_failure(name, True, world)
    else:
        yield "", _with(world, row=None), None


def _record_failure(name: str, is_loss: bool, world: World) -> Outcomes:
    row = _of(world).row
    is_own = row is not None and row.holder == name and not row.is_linked
    changes = {"row": row._replace(failure="lost" if is_loss else "ended")} if is_own and row is not None else {}
    yield "", _with(world, is_counted=_of(world).is_counted or is_loss, **changes), None


def _expire_own_lease(name: str, world: World) -> Outcomes:
    row = _of(world).row
    after = _with(world, row=row._replace(is_expired=True)) if row and _holds(world, name) else world
    yield "", after, None


def _apply_link(world: World, name: str, user: str, item: str, clauses: Clauses) -> tuple[World, bool]:
    if Clause.LINK_LEASE in clauses and not _holds(world, name):
        return world, False
    marker = _of(world).marker
    if (marker == "ended" and Clause.ENDED_REFUSED in clauses) or (
        marker == "reopened" and Clause.ENDED_OLDER in clauses
    ):
        return world, False
    owned, _ = store.set_owner(world, user, item, item_of(world, item), clauses, registers=False)
    linked = store.put_source(owned, user, item, item, 1)
    if Clause.LINK_RESULT in clauses:
        linked = _with(linked, row=TokenRow(name, is_linked=True))
    return linked, True


def _link(name: str, user: str, item: str, clauses: Clauses, world: World) -> Outcomes:
    after, is_linked = _apply_link(world, name, user, item, clauses)
    yield (_LINKED, after, _LINKED) if is_linked else ("lease lost", world, "lease lost")
    outages = _of(world).outages
    if outages:
        failed = _with(world, outages=outages - 1)
        yield "unavailable", failed, "unavailable"
        yield "unavailable, takes effect later", _with(failed, delayed=name), "unavailable"
        if is_linked:
            yield "linked, response lost", _with(after, outages=outages - 1), "unavailable"


def _store_result(name: str, world: World) -> Outcomes:
    yield "", _with(world, row=TokenRow(name, is_linked=True)), None


def _give_up(name: str, world: World) -> Outcomes:
    exchange = _of(world)
    row = exchange.row
    if row is not None and row.is_linked:
        yield _LINKED, world, _LINKED
    elif row is not None and _holds(world, name):
        yield "given up", _with(world, row=row._replace(failure=_ENDING)), "given up"
    else:
        yield "lease lost", _with(world, excused=True), "lease lost"
    if exchange.outages:
        after = _with(world, outages=exchange.outages - 1, is_undecided=True)
        yield "unavailable", after, "unavailable"


def _end_item(item: str, world: World) -> Outcomes:
    exchange = _of(world)
    yield "", _with(world, is_ended=True).with_truth(alive=world.truth.alive - {item}), "ended"
    if exchange.outages:
        yield "unavailable", _with(world, outages=exchange.outages - 1), "unavailable"
