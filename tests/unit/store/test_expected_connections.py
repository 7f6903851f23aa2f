"""For which items a new connection is expected."""

import pytest

from tidings.model import Source
from tidings.store.expected_connections import expecting

HOUR_MS = 3_600_000
NOW = 1_790_000_000_000
CREATED = NOW - 1000
WILDCARD = Source("snaptrade", "*", "u", "l", connect_expected_until=CREATED + HOUR_MS)
OLD = Source("snaptrade", "c1", "u", "l1", linked_at=CREATED - 1)


@pytest.mark.parametrize(
    ("rows", "is_expected"),
    [
        ([WILDCARD], True),
        ([WILDCARD._replace(connect_expected_until=None)], False),
        ([WILDCARD._replace(connect_expected_until=NOW + 1)], True),
        ([WILDCARD._replace(connect_expected_until=NOW)], False),
        ([WILDCARD, OLD], True),
        ([WILDCARD, OLD._replace(linked_at=None)], True),
        ([WILDCARD, OLD._replace(linked_at=CREATED)], False),
        ([WILDCARD, OLD._replace(linked_at=CREATED + 1)], False),
        ([WILDCARD, OLD, OLD._replace(source_id="c2", linked_at=CREATED)], False),
        ([WILDCARD, OLD._replace(item_id="other", linked_at=CREATED)], True),
        ([WILDCARD._replace(linked_at=CREATED)], True),
    ],
)
def test_connection_is_expected_until_one_is_linked(rows: list[Source], is_expected: bool) -> None:
    assert expecting(rows, NOW) == ([rows[0]] if is_expected else [])


def test_each_item_expects_its_own_connection() -> None:
    other = WILDCARD._replace(item_id="other")
    assert expecting([WILDCARD, other, OLD._replace(linked_at=CREATED)], NOW) == [other]
