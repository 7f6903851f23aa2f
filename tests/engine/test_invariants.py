"""Which tests hold each invariant of the design (§5): none may go without being missed here."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

_TESTS = Path(__file__).resolve().parent.parent
HELD_BY = {
    "I1 what arrives during a fetch stays pending": [
        "engine/races/test_refreshes.py::test_news_that_comes_while_the_answer_is_on_its_way_stays_pending",
        "engine/races/test_interleaved_refreshes.py::test_a_refresh_and_news",
    ],
    "I2 after a refresh nothing is pending, and what needed none was not asked": [
        "api/test_pending_updates.py::test_news_is_pending_until_it_was_fetched",
        "api/test_refresh_choice.py::test_only_the_source_with_news_is_asked",
    ],
    "I3 one refresh a minute": [
        "engine/races/test_refreshes.py::test_of_100_simultaneous_refreshes_one_asks_the_provider",
        "engine/races/test_refreshes.py::test_a_stalled_refresh_does_not_give_back_another_ones_claim",
        "engine/races/test_interleaved_refreshes.py::test_two_refreshes",
        "api/test_refresh_cooldown.py::test_a_second_refresh_within_a_minute_is_429_with_the_seconds",
    ],
    "I4 a crash loses nothing and blocks no refresh": [
        "engine/crashes/test_webhooks.py::test_marking_a_source",
        "engine/crashes/test_webhooks.py::test_counting_an_orphan",
        "engine/crashes/test_refreshes.py::test_refreshing",
        "engine/crashes/test_connections.py::test_linking_an_item",
        "engine/crashes/test_connections.py::test_ending",
    ],
    "I5 forged, stale and replayed webhooks change nothing": [
        "api/test_plaid_webhook.py::test_a_replay_is_200_and_not_counted",
        "api/test_snaptrade_webhook.py::test_a_stale_webhook_is_403_and_raises_no_flag",
        "api/test_snaptrade_webhook.py::test_a_replayed_webhook_is_200_and_not_counted",
        "engine/races/test_webhooks.py::test_the_same_webhook_50_times_at_once_counts_once",
    ],
    "I6 200 is durable, what is not stored is not 200": [
        "engine/races/test_webhooks.py::test_100_different_webhooks_at_once_count_100",
        "engine/races/test_links.py::test_every_webhook_of_a_storm_while_linking_counts",
        "api/test_deferred_webhooks.py::test_when_both_are_down_it_is_503_and_counts_when_it_comes_again",
    ],
    "I7 to each user their own": [
        "api/test_cross_tenant.py::test_another_user_s_identifiers_give_and_change_nothing",
        "engine/races/test_links.py::test_an_item_that_two_users_link_at_once_is_one_users",
    ],
    "I8 nothing newer is overwritten, nothing deleted comes back": [
        "engine/races/test_refreshes.py::test_a_refresh_that_wakes_after_its_claim_ran_out_overwrites_nothing_newer",
        "engine/races/test_interleaved_refreshes.py::test_a_stalled_refresh_and_a_newer_one",
        "engine/races/test_unlinking.py::test_what_ended_during_a_refresh_does_not_come_back",
        "engine/races/test_unlinking.py::test_a_relinked_item_inherits_nothing_from_a_refresh_under_way",
        "api/test_refresh_outcomes.py::test_an_empty_answer_never_replaces_good_holdings",
    ],
    "I9 no secret in clear": [
        "api/test_no_secret_gets_out.py::test_of_all_flows_no_secret_gets_out",
        "api/test_linking_plaid.py::test_no_token_is_stored_in_clear",
    ],
    "I10 reading asks no provider": ["api/test_pending_updates.py::test_polling_calls_no_provider"],
}


@pytest.mark.parametrize("invariant", HELD_BY)
def test_an_invariant_has_its_tests(invariant: str) -> None:
    for name in HELD_BY[invariant]:
        path, _, function = name.partition("::")
        assert function in set(_functions(_TESTS / path)), name


def test_there_are_ten() -> None:
    assert [invariant.split()[0] for invariant in HELD_BY] == [f"I{number}" for number in range(1, 11)]


def _functions(path: Path) -> Iterator[str]:
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef):
            yield node.name
