"""Every invariant of docs/protocol.md and every threat of docs/security.md has tests that carry its id."""

import re

import pytest

from tests.repository.docs.test_docs import rows
from tests.support.aws.stack import ROOT
from tests.support.drivers import marked_tests

INVARIANTS = [cells[0] for cells in rows(ROOT / "docs" / "protocol.md") if re.fullmatch(r"I\d+", cells[0])]
THREATS = [cells for cells in rows(ROOT / "docs" / "security.md") if re.fullmatch(r"[STRIDE]{1,6}", cells[0])]


def test_invariants_are_i1_to_i11() -> None:
    assert [f"I{number}" for number in range(1, 12)] == INVARIANTS


def test_threats_cover_every_letter_of_stride() -> None:
    assert {letter for cells in THREATS for letter in cells[0]} == set("STRIDE")


@pytest.mark.parametrize(
    ("marker", "documented"), [("invariant", INVARIANTS), ("threat", [cells[1] for cells in THREATS])]
)
def test_documented_ids_are_those_of_marked_tests(marker: str, documented: list[str]) -> None:
    assert len(set(documented)) == len(documented)
    assert set(marked_tests.tests_by_id(marker)) == set(documented)


def test_marked_tests_are_found_by_function_and_by_module() -> None:
    found = marked_tests.tests_by_id("invariant")
    assert (
        "tests/integration/api/test_no_secret_gets_out.py::test_secrets_stay_out_of_logs_and_responses_in_all_flows"
        in found["I9"]
    )
    assert "tests/integration/api/test_cross_tenant.py" in found["I7"]
