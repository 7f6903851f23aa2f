"""Check the invariants of docs/reliability.md after a user journey: responses, deliveries, rows."""

import time
from collections.abc import Callable
from typing import Any

from tests.e2e.brokers import PROVIDERS, Provider, named
from tests.e2e.faults.answers import NO_ANSWER
from tests.e2e.faults.cloud import FaultyCloud
from tests.e2e.faults.rows import Rows
from tests.e2e.faults.user_journey import UserJourney, finish_journey, tickers
from tests.e2e.user import signed_in
from tests.support.fakes.exchange_rates import check_converted_total

COOLDOWN_S = 60
_FORGERIES_REFUSED = {NO_ANSWER, 403, 500, 502, 503}


def check_meanwhile(journey: UserJourney) -> None:
    """Check that the providers and the user got only responses that the matrix allows."""
    webhooks, refreshes, reads = journey.fault.allowed
    answered = {one["status"] or NO_ANSWER for one in journey.deliveries if one["variant"] == "genuine"}
    unexpected = [one for one in journey.deliveries if (one["status"] or NO_ANSWER) not in webhooks]
    assert answered <= webhooks, f"webhooks were answered {unexpected}"
    for what, allowed in (("refresh", refreshes), ("read", reads), ("link", journey.fault.links)):
        other = [one for one in journey.answers(what) if one.status not in allowed]
        assert not other, f"{what}: {[(one.status, one.body) for one in other]}"
    _check_felt(journey, answered)


def _check_felt(journey: UserJourney, webhooks: set[int]) -> None:
    """Check that the fault took effect: otherwise the run proves nothing."""
    assert journey.spoiled or not journey.fault.spoils_calls, "no call was spoiled"
    if journey.fault.felt:
        who, status = journey.fault.felt
        answers = {one.status for one in journey.answers(who)}
        seen = {"webhook": webhooks, "provider": journey.by_providers}.get(who, answers)
        assert status in seen, f"nobody was told {status}: {seen}"


def i1_update_is_pending_until_shown(journey: UserJourney) -> None:
    """Check that every update is shown or pending, or that a check of its source is due."""
    assert journey.settled is not None
    for provider, (pending, shown) in journey.shown_when_settled.items():
        is_known = pending or journey.settled.is_check_due(provider, journey.sources[provider])
        assert is_known or journey.traded[provider] in shown, f"{provider}: the update is lost"


def i2_one_refresh_shows_every_update(journey: UserJourney, holdings: Any) -> None:  # noqa: ANN401 - JSON
    metadata = holdings["portfolio_metadata"]
    statuses = {provider: one["status"] for provider, one in metadata["providers"].items()}
    assert statuses == dict.fromkeys(PROVIDERS, "fresh"), metadata
    assert not metadata["has_pending_updates"]
    assert set(journey.traded.values()) <= tickers(holdings)


def i3_one_refresh_per_cooldown(journey: UserJourney) -> None:
    """Check that at most one of simultaneous clicks fetched a provider's holdings."""
    for provider in PROVIDERS:
        fresh = [one for one in journey.answers("refresh") if _status(one.body, provider) == "fresh"]
        allowed = 1 if not journey.fault.ahead_s else 2  # a clock ahead sees the cooldown as expired
        assert len(fresh) <= allowed, f"{provider}: {len(fresh)} refreshes within the cooldown"


def i4_cooldown_expires(journey: UserJourney) -> None:
    """Check that every cooldown expires in time, whatever was killed or cut off."""
    assert journey.settled is not None
    assert journey.settled.cooldown_until_ms <= (time.time() + COOLDOWN_S + journey.fault.ahead_s) * 1000


def i5_forgeries_change_nothing(faulty: FaultyCloud, journey: UserJourney, rows: Rows) -> None:
    statuses = {one.status for one in journey.answers("forged")}
    assert statuses <= _FORGERIES_REFUSED, f"forged webhooks were answered {statuses}"
    for provider, source_id in journey.sources.items():
        faulty.brokers.send_webhook(provider, **named(provider, source_id), variant="replay")
    after = Rows.read(faulty.cloud, journey.user.user_id)
    for provider, source_id in journey.sources.items():
        assert after.generation(provider, source_id) == rows.generation(provider, source_id), "a replay counted"


def i6_accepted_webhook_is_counted_once(journey: UserJourney) -> None:
    """Check that every accepted webhook is recorded, and each `marked` record raised the generation by one.

    A webhook that is never accepted, or refused as too old, has its source checked instead, which can raise it too.
    """
    assert journey.settled is not None
    genuine = [one for one in journey.deliveries if one["variant"] == "genuine"]
    accepted = [one for one in genuine if one["status"] == 200]
    for one in accepted:
        if one["event"] == "ACCOUNT_HOLDINGS_UPDATED":
            assert f"snaptrade#{one['webhook_id']}" in journey.settled.events, f"no record of {one}"
    recorded = sum(journey.sources["plaid"] in str(row.get("body")) for row in journey.settled.events.values())
    plaid = len({one["webhook_id"] for one in accepted if one["event"].startswith("HOLDINGS:")})
    assert recorded >= plaid, f"{plaid} of Plaid's were accepted, {recorded} are recorded"
    is_checked = journey.fault.late or any(one["status"] == 403 for one in genuine)
    for provider, source_id in journey.sources.items():
        raised = journey.settled.generation(provider, source_id) - journey.start.generation(provider, source_id)
        marked = journey.settled.marks(source_id) - journey.start.marks(source_id)
        assert raised == marked or (is_checked and raised > marked), f"{provider}: {marked} told, {raised} counted"
        is_counted = raised >= 1 or journey.settled.is_check_due(provider, source_id)
        assert is_counted, f"{provider}: the update was never counted"


def i7_other_users_reach_nothing(faulty: FaultyCloud, journey: UserJourney) -> None:
    with signed_in(faulty.cloud, faulty.brokers, lambda _answer: None) as other:
        assert tickers(other.holdings()) == set()
        other.call("DELETE", f"/plaid/items/{journey.sources['plaid']}", 204)  # 204 for unknown ids too
        other.call("DELETE", f"/api/snaptrade/connections/{journey.sources['snaptrade']}", 204)
    for source_id in journey.sources.values():
        assert journey.user.connection(source_id)["status"] == "ok", "somebody else ended the connection"


def i8_good_holdings_are_kept(journey: UserJourney, holdings: Any) -> None:  # noqa: ANN401 - JSON
    """Check that no response with holdings lacks an earlier row, and that no connection became broken."""
    shown = [one.body["holdings"] for one in journey.seen if one.status == 200 and "holdings" in (one.body or {})]
    for one in [*shown, holdings]:
        assert journey.before <= tickers(one), "good holdings were replaced"
    assert journey.statuses_when_settled == dict.fromkeys(PROVIDERS, "ok")


def converted_totals_can_be_repeated(journey: UserJourney) -> None:
    """Check each response with holdings: no rate is invented and no amount dropped while rates can't be read."""
    for one in journey.seen:
        if one.status == 200 and "holdings" in (one.body or {}):
            assert check_converted_total(one.text)


def i10_reads_call_no_provider(journey: UserJourney) -> None:
    assert journey.calls_by_reads == [0] * len(PROVIDERS)


def i11_no_item_is_lost(journey: UserJourney) -> None:
    """Check that completing again gives the linked item, or says that it was not stored. Then it is not at Plaid.

    Only a cut between the provider's answer and our write may leave an item there; its user sees that.
    """
    outcome = journey.linking.outcome()
    if outcome.status == 201:
        assert outcome.shown == [(outcome.item_id, "ok", None)], outcome
    else:
        assert (outcome.status, outcome.problem) == (409, "connection-not-stored"), outcome
        assert journey.fault.loses_items or outcome.at_plaid == set(), outcome
        assert [(status, reason) for _, status, reason in outcome.shown] in ([], [("revoked", "not_stored")]), outcome
    journey.linking.connect_snaptrade(may_replace=journey.fault.loses_items)


def check_all(faulty: FaultyCloud, journey: UserJourney) -> None:
    """Check all invariants but I9, which `leftovers.check` checks after all user journeys."""
    check_meanwhile(journey)
    for check in CHECKED_WHEN_SETTLED:
        check(journey)
    holdings, rows = finish_journey(faulty, journey)
    i2_one_refresh_shows_every_update(journey, holdings)
    i8_good_holdings_are_kept(journey, holdings)
    i5_forgeries_change_nothing(faulty, journey, rows)
    i7_other_users_reach_nothing(faulty, journey)
    i11_no_item_is_lost(journey)


CHECKED_WHEN_SETTLED: tuple[Callable[[UserJourney], None], ...] = (
    i1_update_is_pending_until_shown,
    i3_one_refresh_per_cooldown,
    i4_cooldown_expires,
    i6_accepted_webhook_is_counted_once,
    converted_totals_can_be_repeated,
    i10_reads_call_no_provider,
)


def _status(body: Any, provider: Provider) -> str | None:  # noqa: ANN401 - JSON
    providers = ((body or {}).get("holdings") or {}).get("portfolio_metadata", {}).get("providers", {})
    status: str | None = providers.get(provider, {}).get("status")
    return status


CHECKED = {
    "I1": "a source that is not pending shows the new data; one that does not show it is pending, or its check is due",
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
    "I11": "a finished Link session gives its linked item, or says that it was not stored. Then the item is not at "
    "Plaid, unless the fault cut between answer and write. A new SnapTrade user can connect",
}
"""The text that docs/reliability.md publishes."""
