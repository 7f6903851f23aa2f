"""What docs/reliability.md publishes is the matrix that the tests run."""

from tests.e2e.faults import published
from tests.e2e.faults.matrix import FAULTS
from tests.support.aws.stack import ROOT

PAGE = (ROOT / "docs" / "reliability.md").read_text("utf-8")


def test_reliability_page_lists_every_tested_fault() -> None:
    assert "\n".join(published.faults()) in PAGE, "python -m tests.e2e.faults.published writes the table"


def test_reliability_page_lists_every_checked_invariant() -> None:
    assert "\n".join(published.checks()) in PAGE, "python -m tests.e2e.faults.published writes the table"


def test_fault_names_are_unique() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
