"""Check the invariants of docs/protocol.md on a journey's responses, deliveries and rows."""

import time
from collections.abc import Callable
from typing import Any

from tests.e2e.brokers import PROVIDERS, Provider, named
from tests.e2e.faults.cloud import FaultyCloud
from tests.e2e.faults.fault import NO_ANSWER
from tests.e2e.faults.rows import Rows
from tests.e2e.faults.user_journey import UserJourney, ended, tickers
from tests.e2e.user import signed_in

COOLDOWN_S = 60
_FORGERIES_REFUSED = {NO_ANSWER, 403, 500, 502, 503}


def check_meanwhile(story: UserJourney) -> None:
    """Check the responses to providers and user under the fault against the matrix."""
    webhooks, refreshes, reads = story.fault.allowed
    answered = {one["status"] or NO_ANSWER for one in story.deliveries if one["variant"] == "genuine"}
    assert answered <= webhooks, f"webhooks were answered {answered}"
    for what, allowed in (("refresh", refreshes), ("read", reads)):
        other = [one for one in story.answers(what) if one.status not in allowed]
        assert not other, f"{what}: {[(one.status, one.body) for one in other]}"
    _check_felt(story, answered)


def _check_felt(story: UserJourney, webhooks: set[int]) -> None:
    """A fault that nobody met proves nothing."""
    assert story.spoiled or not story.fault.spoils_calls, "no call was spoiled"
    if story.fault.felt:
        who, status = story.fault.felt
        answers = {one.status for one in story.answers(who)}
        seen = {"webhook": webhooks, "provider": story.by_providers}.get(who, answers)
        assert status in seen, f"nobody was told {status}: {seen}"


def i1_update_stays_until_it_is_shown(story: UserJourney) -> None:
    """Every update is either shown or pending."""
    for provider, (pending, shown) in story.shown_when_settled.items():
        assert pending or story.traded[provider] in shown, f"{provider}: the news is lost"


def i2_one_refresh_shows_everything(story: UserJourney, holdings: Any) -> None:  # noqa: ANN401 - JSON
    metadata = holdings["portfolio_metadata"]
    statuses = {provider: one["status"] for provider, one in metadata["providers"].items()}
    assert statuses == dict.fromkeys(PROVIDERS, "fresh"), metadata
    assert not metadata["has_pending_updates"]
    assert set(story.traded.values()) <= tickers(holdings)


def i3_one_refresh_a_minute(story: UserJourney) -> None:
    """Of the clicks made at once, no two brought fresh holdings of one provider."""
    for provider in PROVIDERS:
        fresh = [one for one in story.answers("refresh") if _status(one.body, provider) == "fresh"]
        allowed = 1 if not story.fault.ahead_s else 2  # a clock that is ahead sees the cooldown expire early
        assert len(fresh) <= allowed, f"{provider}: {len(fresh)} refreshes within the cooldown"


def i4_no_one_is_blocked(story: UserJourney) -> None:
    """Whatever was killed or cut off, the next click is at most a cooldown away."""
    assert story.settled is not None
    assert story.settled.cooldown_until_ms <= (time.time() + COOLDOWN_S + story.fault.ahead_s) * 1000


def i5_forgeries_change_nothing(faulty: FaultyCloud, story: UserJourney, rows: Rows) -> None:
    statuses = {one.status for one in story.answers("forged")}
    assert statuses <= _FORGERIES_REFUSED, f"forged webhooks were answered {statuses}"
    for provider, source_id in story.sources.items():
        faulty.brokers.webhook(provider, **named(provider, source_id), variant="replay")
    after = Rows.read(faulty.cloud, story.user.user_id)
    for provider, source_id in story.sources.items():
        assert after.generation(provider, source_id) == rows.generation(provider, source_id), "a replay counted"


def i6_answered_200_is_counted_once(story: UserJourney) -> None:
    """Every accepted webhook has its record, and each record that marks raised the generation by exactly one."""
    assert story.settled is not None
    genuine = [one for one in story.deliveries if one["variant"] == "genuine"]
    accepted = [one for one in genuine if one["status"] == 200]
    for one in accepted:
        if one["event"] == "ACCOUNT_HOLDINGS_UPDATED":
            assert f"snaptrade#{one['webhook_id']}" in story.settled.events, f"no record of {one}"
    recorded = sum(story.sources["plaid"] in str(row.get("body")) for row in story.settled.events.values())
    plaid = len({one["webhook_id"] for one in accepted if one["event"].startswith("HOLDINGS:")})
    assert recorded >= plaid, f"{plaid} of Plaid's were accepted, {recorded} are recorded"
    for provider, source_id in story.sources.items():
        raised = story.settled.generation(provider, source_id) - story.start.generation(provider, source_id)
        marked = story.settled.marks(source_id) - story.start.marks(source_id)
        looked_at = story.fault.late and raised > marked
        assert raised == marked or looked_at, f"{provider}: {marked} told, {raised} counted"
        assert raised >= 1, f"{provider}: the news was never counted"


def i7_nobody_elses(faulty: FaultyCloud, story: UserJourney) -> None:
    with signed_in(faulty.cloud, faulty.brokers, lambda _answer: None) as other:
        assert tickers(other.holdings()) == set()
        other.call("DELETE", f"/plaid/items/{story.sources['plaid']}", 204)  # there is none of theirs
        other.call("DELETE", f"/api/snaptrade/connections/{story.sources['snaptrade']}", 204)
    for source_id in story.sources.values():
        assert story.user.connection(source_id)["status"] == "ok", "somebody else ended the connection"


def i8_good_holdings_stay(story: UserJourney, holdings: Any) -> None:  # noqa: ANN401 - JSON
    """No answer with holdings, then or later, lacks what was shown before; no connection was taken for broken."""
    shown = [one.body["holdings"] for one in story.seen if one.status == 200 and "holdings" in (one.body or {})]
    for one in [*shown, holdings]:
        assert story.before <= tickers(one), "good holdings were replaced"
    assert story.statuses_when_settled == dict.fromkeys(PROVIDERS, "ok")


def i10_reads_ask_no_provider(story: UserJourney) -> None:
    assert story.calls_by_reads == [0] * len(PROVIDERS)


def check_all(faulty: FaultyCloud, story: UserJourney) -> None:
    """Check all invariants but I9, which `leftovers.check` checks after the last journey."""
    check_meanwhile(story)
    for check in CHECKED_WHEN_SETTLED:
        check(story)
    holdings, rows = ended(faulty, story)
    i2_one_refresh_shows_everything(story, holdings)
    i8_good_holdings_stay(story, holdings)
    i5_forgeries_change_nothing(faulty, story, rows)
    i7_nobody_elses(faulty, story)


CHECKED_WHEN_SETTLED: tuple[Callable[[UserJourney], None], ...] = (
    i1_update_stays_until_it_is_shown,
    i3_one_refresh_a_minute,
    i4_no_one_is_blocked,
    i6_answered_200_is_counted_once,
    i10_reads_ask_no_provider,
)


def _status(body: Any, provider: Provider) -> str | None:  # noqa: ANN401 - JSON
    providers = ((body or {}).get("holdings") or {}).get("portfolio_metadata", {}).get("providers", {})
    status: str | None = providers.get(provider, {}).get("status")
    return status


CHECKED = {
    "I1": "a source that is not pending shows the new data; a source that does not show it is pending",
    "I2": "one click after the cooldown shows all new data of both brokers, and nothing is pending",
    "I3": "at most one of simultaneous clicks brought fresh holdings (two, if a clock is ahead)",
    "I4": "every cooldown expires within 60 s, and the next click after it works",
    "I5": "no forged or tampered webhook was answered 200; a replayed one raised no generation",
    "I6": "every webhook answered 200 is recorded, and each record raised its source by exactly one. "
    "The provider retried the others, and they were processed",
    "I7": "another user sees none of the data and can disconnect nothing",
    "I8": "no response with holdings, meanwhile or later, lacks an earlier row; no older event breaks a connection",
    "I9": "no token, secret, cookie or e-mail in logs, tables, queues or responses, after all faults",
    "I10": "reads called no provider",
}
"""As docs/reliability.md publishes it."""
