"""Reading all update state of a user at once."""

import pytest

from tests.support.aws.inserted_rows import ITEM, KEY, USER, plant, plant_source
from tests.support.aws.tables import Tables
from tests.support.drivers.output import Output
from tests.support.fakes.virtual_time import virtual_time
from tidings.model import DuplicateOf, ItemKey, PaidRefresh, Source
from tidings.store import user_state
from tidings.store.sources import SourceKey
from tidings.store.user_state import EndedUser

TEXTS = {
    "institution": "Broker",
    "status": "reconnect_required",
    "status_reason": "login",
    "last_error": "provider-outage",
    "first_fetch_by": "c/1",
}
NUMBERS = {
    "generation": 3,
    "seen_generation": 2,
    "check_due": 10,
    "status_version": 4,
    "status_at": 11,
    "last_update_at": 12,
    "last_fetched_at": 13,
    "last_reconcile_at": 14,
    "look_again_at": 15,
    "end_reported_at": 16,
    "linked_at": 17,
    "connect_expected_until": 18,
}


def test_every_column_of_a_source_is_read(tables: Tables) -> None:
    duplicate = {"duplicate_of": "plaid#it#em", "duplicate_unmatched": '["IRA","Cash"]'}
    pull = {"pull_id": "p", "pull_requested_at": 20, "pull_generation": 1, "pull_state": "refused"}
    more = {"pull_reason": "too_recently", "pull_retry_at": 30}
    plant_source(tables, **TEXTS, **NUMBERS, **duplicate, **pull, **more)
    assert user_state.read_source(KEY) == Source(
        provider="snaptrade",
        source_id="c1",
        item_id="u",
        link_id="l1",
        duplicate_of=DuplicateOf("plaid", "it#em", ("IRA", "Cash")),
        paid_refresh=PaidRefresh("p", 20, 1, "refused", "too_recently", 30),
        **TEXTS,  # type: ignore[arg-type]
        **NUMBERS,  # type: ignore[arg-type]
    )


def test_absent_columns_have_defaults(tables: Tables) -> None:
    plant_source(tables, generation=None)
    assert user_state.read_source(KEY) == Source("snaptrade", "c1", "u", "l1")
    plant_source(tables, generation=None, item=None, duplicate_of="plaid#it", pull_id="p", pull_state="requested")
    assert user_state.read_source(KEY) == Source(
        "snaptrade",
        "c1",
        "",
        "l1",
        duplicate_of=DuplicateOf("plaid", "it"),
        paid_refresh=PaidRefresh("p", 0, 0, "requested"),
    )


def test_source_id_may_contain_the_separator(tables: Tables) -> None:
    plant_source(tables, entry="source#snaptrade#a#b")
    assert user_state.read_source(KEY._replace(source_id="a#b")) is not None


def test_state_has_linked_sources_and_cooldowns_of_the_user_only(tables: Tables) -> None:
    plant_source(tables)
    plant_source(tables, entry="source#snaptrade#unlinked", link_id=None)
    plant_source(tables, user_id="bob", entry="source#snaptrade#bobs")
    plant(tables, "UpdateStateTable", user_id=USER, entry="removed#snaptrade#c2", item=ITEM, link_id="l")
    plant(tables, "UpdateStateTable", user_id=USER, entry="claim#snaptrade", retry_at=70)
    plant(tables, "UpdateStateTable", user_id=USER, entry="claim#plaid", claim_id="c")
    state = user_state.read_user_state(USER)
    assert [source.source_id for source in state.sources] == ["c1"]
    assert state.retry_at == {"snaptrade": 70, "plaid": 0}
    assert state.ended is None


@pytest.mark.parametrize(("reopened", "is_reopened"), [({}, False), ({"reopened_at": 5}, True)])
def test_marker_of_ended_user_is_read(tables: Tables, reopened: dict[str, int], is_reopened: bool) -> None:
    plant(tables, "UpdateStateTable", user_id=USER, entry="ended", ended_id="e", **reopened)
    assert user_state.read_user_state(USER).ended == EndedUser("e", is_reopened)


def test_sources_are_selected_by_provider_item_and_id(tables: Tables) -> None:
    plant_source(tables)
    plant_source(tables, entry="source#snaptrade#*")
    plant_source(tables, entry="source#snaptrade#c9", item="snaptrade#other")
    plant_source(tables, entry="source#plaid#c1", item="plaid#c1")
    state = user_state.read_user_state(USER)

    def ids(sources: tuple[Source, ...]) -> list[str]:
        return sorted(source.source_id for source in sources)

    assert ids(state.of_provider("snaptrade")) == ["*", "c1", "c9"]
    assert ids(state.linked("snaptrade")) == ["c1", "c9"]
    assert ids(state.of_item(ITEM)) == ["*", "c1"]
    assert ids(state.of_item(ItemKey("plaid", "c1"))) == ["c1"]
    for provider in ("plaid", "snaptrade"):
        found = state.find(provider, "c1")
        assert found is not None
        assert found.provider == provider
    assert state.find("plaid", "c9") is None
    assert user_state.read_source(SourceKey.of_item(USER, ItemKey("plaid", "c9"))) is None


def test_state_that_can_be_read_is_returned(tables: Tables) -> None:
    plant_source(tables)
    assert user_state.user_state_or_none(USER) == user_state.read_user_state(USER)


def test_unavailable_state_is_none_and_counted(tables: Tables, output: Output) -> None:
    with tables.without_table("UpdateStateTable"):
        assert user_state.user_state_or_none(USER) is None
    [line] = output.lines_with_message("update state unavailable")
    assert line["aws_error"] == "ResourceNotFoundException"
    assert output.metric_sum("StateUnavailable") == 1


def test_hanging_state_is_waited_for_briefly(tables: Tables) -> None:
    with virtual_time(lambda _number, _text: True) as virtual:
        began_s = virtual.now_s
        assert user_state.user_state_or_none(USER) is None
        assert virtual.now_s - began_s == pytest.approx(3)  # one attempt, to connect and to read
