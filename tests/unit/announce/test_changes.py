"""What a write of a source's row announces: by the poll's answer, and by type."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.fakes.stream_records import Image, source_image, stream_record
from tidings.announce import changes
from tidings.announce.notification import Notification
from tidings.model import Source
from tidings.store.stream_images import SourceChange, parse_record

OLD = source_image(generation=3, seen_generation=3)


def change(before: Image | None, after: Image | None) -> SourceChange:
    parsed = parse_record(stream_record(before, after))
    assert parsed is not None
    return parsed


def told(before: Image | None, after: Image | None) -> list[tuple[str, int]]:
    return [(one.type, one.generation) for one in changes.build_notifications(change(before, after))]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(
            OLD, source_image(generation=4, seen_generation=3), [("updates.available", 4)], id="an update is recorded"
        ),
        pytest.param(
            source_image(generation=4, seen_generation=3),
            source_image(generation=5, seen_generation=3),
            [("updates.available", 5)],
            id="a further update while one is pending",
        ),
        pytest.param(
            source_image(generation=5, seen_generation=3),
            source_image(generation=5, seen_generation=4),
            [("updates.fetched", 4)],
            id="a refresh clears what it fetched, and a newer update stays",
        ),
        pytest.param(
            OLD,
            source_image(generation=3, seen_generation=3, status="reconnect_required", status_version=1),
            [("connection.needs_attention", 3)],
            id="a login is required",
        ),
        pytest.param(
            OLD,
            source_image(generation=4, seen_generation=3, status="revoked", status_version=1),
            [("connection.needs_attention", 4)],
            id="an update of an ended source can't be fetched",
        ),
        pytest.param(
            source_image(generation=3, seen_generation=3, status="expiring", status_version=1),
            source_image(generation=3, seen_generation=3, status="ok", status_version=2),
            [],
            id="a connection works again",
        ),
        pytest.param(None, source_image(generation=1), [("updates.available", 1)], id="a new link"),
        pytest.param(None, source_image(), [], id="a connection without data is discovered"),
        pytest.param(OLD, None, [], id="a source is removed"),
        pytest.param(OLD, source_image(generation=3, seen_generation=3, last_reconcile_at=9), [], id="a status check"),
        pytest.param(
            source_image(generation=7, seen_generation=7),
            source_image(generation=1, link_id="link-2"),
            [("updates.available", 1)],
            id="linked anew: generations begin again",
        ),
    ],
)
def test_write_announces_expected_notifications(
    before: Image | None, after: Image | None, expected: list[tuple[str, int]]
) -> None:
    assert told(before, after) == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (OLD, source_image(generation=4, seen_generation=3), True),
        (source_image(generation=4, seen_generation=3), source_image(generation=4, seen_generation=4), True),
        (OLD, source_image(generation=3, seen_generation=3, status="expiring"), True),
        (OLD, {**OLD, "status_reason": {"S": "new_accounts_available"}}, True),
        (OLD, None, True),
        (None, OLD, True),
        (OLD, source_image(generation=3, seen_generation=3, check_due=5), False),
    ],
)
def test_browsers_hear_of_what_a_poll_shows(before: Image | None, after: Image | None, expected: bool) -> None:
    assert changes.is_visible(change(before, after)) is expected


IMAGES = st.builds(
    source_image,
    generation=st.integers(0, 5),
    seen_generation=st.integers(0, 5),
    status=st.sampled_from([None, "ok", "expiring", "reconnect_required", "revoked"]),
    status_version=st.integers(0, 3),
    link_id=st.sampled_from(["link-1", "link-2"]),
)


@given(before=st.none() | IMAGES, after=IMAGES)
def test_host_hears_only_what_browsers_hear(before: Image | None, after: Image) -> None:
    """But of a link that replaced another in one write: its generations are counted anew."""
    one = change(before, after)
    is_same_link = before is None or before["link_id"] == after["link_id"]
    if told(before, after) and is_same_link:
        assert changes.is_visible(one)


def test_rows_that_are_no_source_announce_nothing() -> None:
    cooldown = {"user_id": {"S": "alice"}, "entry": {"S": "claim#plaid"}}
    assert parse_record(stream_record(None, cooldown)) is None


def test_host_that_missed_messages_is_told_what_holds_now() -> None:
    source = Source("plaid", "a", "item", "link", generation=3, seen_generation=3)
    pending, broken = source._replace(generation=4), source._replace(status="expiring", status_version=2)
    assert list(changes.current_notifications("alice", [source, pending, broken], 7)) == [
        Notification.available("alice", pending, 7),
        Notification.needs_attention("alice", broken, 7),
    ]
    both = source._replace(generation=4, status="reconnect_required")
    assert [one.type for one in changes.current_notifications("alice", [both], 7)] == [
        "updates.available",
        "connection.needs_attention",
    ]


def test_repeated_record_makes_the_same_message() -> None:
    after = source_image(generation=4, seen_generation=3)
    first, second = (list(changes.build_notifications(change(OLD, after))) for _ in range(2))
    assert first == second
    assert first[0].message_id == second[0].message_id
    assert re.fullmatch("msg_[0-9a-f]{32}", first[0].message_id)


FETCHED = Notification("updates.fetched", "alice", "plaid", "item-1", "link-1", 4, 0, 1_790_000_000_000)


@pytest.mark.parametrize(
    ("other", "is_same_series"),
    [
        (FETCHED._replace(type="updates.available"), False),
        (FETCHED._replace(user_id="bob"), False),
        (FETCHED._replace(provider="snaptrade"), False),
        (FETCHED._replace(source_id="item-2"), False),
        (FETCHED._replace(link_id="link-2"), False),
        (FETCHED._replace(generation=5), True),
        (FETCHED._replace(version=1), True),
    ],
)
def test_messages_of_different_changes_have_different_ids(other: Notification, is_same_series: bool) -> None:
    assert FETCHED.message_id != other.message_id
    assert (FETCHED.series == other.series) is is_same_series


def test_payload_names_no_link_and_nothing_of_the_portfolio() -> None:
    assert FETCHED.payload() == (
        b'{"type":"updates.fetched","timestamp":"2026-09-21T14:13:20.000Z",'
        b'"data":{"user_id":"alice","provider":"plaid","source_id":"item-1","generation":4}}'
    )


@pytest.mark.parametrize(
    ("make", "kind", "generation", "version"),
    [
        (Notification.available, "updates.available", 4, 0),
        (Notification.fetched, "updates.fetched", 3, 0),
        (Notification.needs_attention, "connection.needs_attention", 4, 2),
    ],
)
def test_queued_form_of_a_notification_is_fixed(
    make: Callable[[str, Source, int], Notification], kind: str, generation: int, version: int
) -> None:
    """A host tells a repetition by the message's id, which must outlast a deployment."""
    source = Source("plaid", "a", "item", "link", generation=4, seen_generation=3, status_version=2)
    assert make("alice", source, 7).dump() == {
        "type": kind,
        "user_id": "alice",
        "provider": "plaid",
        "source_id": "a",
        "link_id": "link",
        "generation": generation,
        "version": version,
        "at": 7,
    }


@given(
    st.builds(
        Notification,
        st.just("updates.available"),
        st.text(),
        st.just("plaid"),
        st.text(),
        st.text(),
        st.integers(0),
        st.integers(0),
        st.integers(0, 2**40),
    )
)
def test_notification_survives_the_queue(notification: Notification) -> None:
    assert Notification.load(notification.dump()) == notification
