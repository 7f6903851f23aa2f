"""Faults of what tells browsers and the host app: the announce function, AppSync, its authorizer, the host app.

Each injection waits until its fault was met, and checks what follows when it ends.
"""

import itertools
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from local.second_tab import connect_live, receive
from tests.e2e.faults.answers import FAILS, FREE, OK
from tests.e2e.faults.cloud import NOTIFICATIONS, NOTIFICATIONS_GIVEN_UP, FaultyCloud
from tests.e2e.faults.fault import Fault, Injection
from tests.e2e.faults.live_relay import Meet
from tests.e2e.faults.messages import AwaitedMessages
from tests.e2e.faults.proxy import call
from tests.e2e.listening import subscribe
from tests.e2e.user import signed_in
from tests.support.drivers.waiting import wait_until

_AUTHORIZER = "LiveAuthorizerFunction"
_AS_ALWAYS = (OK, FREE, OK)
"""Webhooks, refreshes and reads have no part in announcing, so they notice nothing."""


def _nudges(meet: Callable[[FaultyCloud], Meet]) -> Injection:
    """Spoil nudges. The host app gets its message all the same."""

    @contextmanager
    def inject(faulty: FaultyCloud) -> Iterator[None]:
        messages, spoiled = AwaitedMessages.of_newest_user(faulty), faulty.live.spoiled
        with faulty.live.meeting(meet(faulty)):
            yield
            wait_until(lambda: faulty.live.spoiled > spoiled, "no nudge was spoiled")
            messages.wait()

    return inject


def _answer_late() -> int:
    """Answer long after the announce function gave up."""
    time.sleep(4)
    return 200


def _kill_every_second_time(faulty: FaultyCloud) -> Meet:
    turns = itertools.count()

    def meet() -> int | None:
        if next(turns) % 2:
            return None
        faulty.machines.signal("AnnounceFunction", signal.SIGKILL)
        return 500

    return meet


@contextmanager
def _killed(faulty: FaultyCloud) -> Iterator[None]:
    """Kill the announce function at every second nudge. Its records come again, so that a later nudge is passed on."""
    passed_on = faulty.live.passed_on
    with _nudges(_kill_every_second_time)(faulty):
        yield
        wait_until(lambda: faulty.live.passed_on > passed_on, "no record was tried again")


def _authorizer(injection: Injection) -> Injection:
    """Have a page connect under the fault, in vain, and again after it."""

    @contextmanager
    def inject(faulty: FaultyCloud) -> Iterator[None]:
        with signed_in(faulty.cloud, faulty.brokers, lambda _answer: None) as user:
            ticket = user.call("POST", "/live-ticket")
            with connect_live(ticket) as socket:
                assert subscribe(socket, ticket, ticket["channel"]) == "subscribe_success"
            with injection(faulty):
                with connect_live(ticket) as socket:
                    assert receive(socket)["type"] == "connection_error"
                yield
            with connect_live(ticket) as socket:
                assert subscribe(socket, ticket, ticket["channel"]) == "subscribe_success"

    return inject


@contextmanager
def _without_keys(faulty: FaultyCloud) -> Iterator[None]:
    faulty.machines.restart(_AUTHORIZER)
    with faulty.proxy.rules(call("secretsmanager", function=_AUTHORIZER, **FAILS)):
        yield


@contextmanager
def _frozen(faulty: FaultyCloud) -> Iterator[None]:
    """Stop the authorizer's process; the gateway kills it at its time limit."""
    assert faulty.machines.signal(_AUTHORIZER, signal.SIGSTOP), "no authorizer runs"
    yield


@contextmanager
def _host_answers_500(faulty: FaultyCloud) -> Iterator[None]:
    messages, host = AwaitedMessages.of_newest_user(faulty), faulty.host
    host.answers = [500]
    try:
        yield
        messages.wait()
    finally:
        host.answers = [204]
    wait_until(messages.is_repeated, "no message was sent again")
    _wait_until_delivered(faulty)


@contextmanager
def _host_hangs(faulty: FaultyCloud) -> Iterator[None]:
    """Answer nothing until a message was given up and sent again: by then all others have their responses."""
    messages, host, held = AwaitedMessages.of_newest_user(faulty), faulty.host, threading.Event()
    host.held = held
    try:
        yield
        wait_until(messages.is_repeated, "no message was sent again")
    finally:
        host.held = None
        held.set()
    messages.wait()
    _wait_until_delivered(faulty)


@contextmanager
def _host_is_gone(faulty: FaultyCloud) -> Iterator[None]:
    messages, host = AwaitedMessages.of_newest_user(faulty), faulty.host
    host.answers = [410]
    try:
        yield
        messages.wait()
        wait_until(lambda: faulty.waiting(NOTIFICATIONS_GIVEN_UP) > 0, "no message is a dead letter")
        wait_until(lambda: faulty.waiting(NOTIFICATIONS) == 0, "a message is tried again")
    finally:
        host.answers = [204]
        faulty.purge(NOTIFICATIONS_GIVEN_UP)


def _wait_until_delivered(faulty: FaultyCloud) -> None:
    wait_until(lambda: faulty.waiting(NOTIFICATIONS) == 0, "a message was not delivered")
    assert faulty.waiting(NOTIFICATIONS_GIVEN_UP) == 0, "a message was given up"


ANNOUNCING: tuple[Fault, ...] = (
    Fault(
        "AppSync",
        "refuses every nudge",
        _nudges(lambda _faulty: lambda: 401),
        _AS_ALWAYS,
        "the update appears at the page's next poll",
        "the next poll; the host app gets its message meanwhile",
        short=True,
    ),
    Fault(
        "AppSync",
        "hangs",
        _nudges(lambda _faulty: _answer_late),
        _AS_ALWAYS,
        "the update appears at the page's next poll",
        "the next poll; the host app gets its message meanwhile",
    ),
    Fault(
        "AppSync's authorizer",
        "can't read its key",
        _authorizer(_without_keys),
        _AS_ALWAYS,
        "pages can't connect, and poll",
        "the next attempt to connect",
    ),
    Fault(
        "AppSync's authorizer",
        "hangs",
        _authorizer(_frozen),
        _AS_ALWAYS,
        "pages can't connect, and poll",
        "killed at its time limit; the next attempt to connect",
    ),
    Fault(
        "Lambda",
        "the announce function killed at every second nudge",
        _killed,
        _AS_ALWAYS,
        "the update appears a little later",
        "the stream delivers the records again: repeated messages have the same id; else the next poll",
    ),
    Fault(
        "Host app",
        "answers 500",
        _host_answers_500,
        _AS_ALWAYS,
        "nothing",
        "each message is sent again after growing pauses",
        short=True,
    ),
    Fault(
        "Host app",
        "hangs",
        _host_hangs,
        _AS_ALWAYS,
        "nothing",
        "given up after 5 s, and sent again",
    ),
    Fault(
        "Host app",
        "answers 410",
        _host_is_gone,
        _AS_ALWAYS,
        "nothing",
        "dead letters at once, and an alarm: an operator sends them again (`tidings notify replay`)",
    ),
)
