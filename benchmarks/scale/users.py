"""Generate what users and providers do in one day: webhooks, sessions, polls, and the clicks that follow a banner."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.scale.parameters import Behaviour, Workload
from benchmarks.scale.queues import Mask, Times

Generator = np.random.Generator
SOURCES = ("plaid", "snaptrade")
_CHUNK = 50_000


def webhook_times(workload: Workload, generator: Generator) -> Times:
    """Return each user's two webhooks, one row per provider, unsorted."""
    shape = (len(SOURCES), workload.users)
    burst = workload.burst_from_s + workload.burst_for_s * generator.beta(2, 5, shape)
    anytime = generator.uniform(0, workload.day_s, shape)
    return np.where(generator.random(shape) < workload.burst_share, burst, anytime)


@dataclass(frozen=True)
class Visible:
    """The sessions' beginnings and the polls of visible pages: a row per user, sorted."""

    begins: Times
    polls: Times


def sessions(workload: Workload, generator: Generator) -> Visible:
    """Generate the sessions. A page polls when it opens, and then at its interval."""
    begins = [generator.triangular(*workload.evening_session, workload.users)]
    if workload.day_session is not None:
        begins.insert(0, generator.uniform(*workload.day_session, workload.users))
    polls = []
    for begin in begins:
        count = int(workload.session_s / workload.poll_s) - 1
        jitter = generator.uniform(1 - workload.poll_jitter, 1 + workload.poll_jitter, (workload.users, count))
        later = begin[:, None] + np.cumsum(workload.poll_s * jitter, axis=1)
        polls.append(np.concatenate([begin[:, None], later], axis=1))
    return Visible(np.stack(begins, axis=1), np.concatenate(polls, axis=1))


def hidden_polls(workload: Workload, behaviour: Behaviour, generator: Generator) -> Times:
    """Return the polls of forgotten tabs, unsorted: at an equal interval outside the sessions."""
    hidden_s = workload.day_s - 2 * workload.session_s
    count = round(hidden_s / behaviour.hidden_poll_s)
    tabs = round(workload.users * workload.forgotten_share)
    phases = generator.uniform(0, workload.day_s, tabs)
    return np.mod(phases[:, None] + np.arange(count) * (workload.day_s / max(1, count)), workload.day_s).ravel()


@dataclass(frozen=True)
class Banners:
    """When each user's first and second banner appear, and the clicks. NaN: there is none.

    `shown_at`: per update, a row per provider. `clicks`: first and second.
    """

    shown_at: Times
    clicks: Times


def show_banners(workload: Workload, pending_at: Times, polls: Times, generator: Generator) -> Banners:
    """Follow every user from their updates to the banners and clicks. A click fetches all that is pending then.

    `polls`: a row per user, infinite where the API refused the poll. A banner appears with the first poll after the
    update is pending; after the day's last poll, with the first one of the next day.
    """
    order = np.argsort(pending_at, axis=0, kind="stable")
    earlier, later = np.take_along_axis(pending_at, order, axis=0)
    first_shown = _next_poll(workload, earlier, polls)
    first_click = first_shown + generator.exponential(workload.think_s, earlier.size)
    is_separate = later > first_click
    later_shown = _next_poll(workload, later, polls)
    # A later update shows a banner of its own only after the first click.
    second_click = np.where(
        is_separate, np.maximum(later_shown, first_click) + generator.exponential(workload.think_s, later.size), np.nan
    )
    shown = np.empty_like(pending_at)
    np.put_along_axis(shown, order, np.stack([first_shown, later_shown]), axis=0)
    return Banners(shown, np.stack([first_click, second_click]))


def _next_poll(workload: Workload, after: Times, polls: Times) -> Times:
    found = np.empty_like(after)
    for rows in _chunks(after.size):
        within = polls[rows]
        found[rows] = np.where(within >= after[rows, None], within, np.inf).min(axis=1)
        if workload.repeats:
            tomorrow = within.min(axis=1) + workload.day_s
            found[rows] = np.where(np.isinf(found[rows]), tomorrow, found[rows])
    return found


def is_open(workload: Workload, begins: Times, at: Times) -> Mask:
    """Return whether the user's page is visible at that time."""
    opened: Mask = np.any((begins <= at[:, None]) & (at[:, None] < begins + workload.session_s), axis=1)
    return opened


def _chunks(size: int) -> Iterator[slice]:
    return (slice(begin, begin + _CHUNK) for begin in range(0, size, _CHUNK))
