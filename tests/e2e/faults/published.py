"""The tables of docs/reliability.md, made of the matrix: `python -m tests.e2e.faults.published` prints them."""

from collections.abc import Iterable

from tests.e2e.faults import invariants
from tests.e2e.faults.fault import NO_ANSWER
from tests.e2e.faults.matrix import FAULTS


def faults() -> list[str]:
    """One line a fault, in the order of the matrix."""
    head = ["| fault | webhooks | refresh | reads | the user sees | recovery | lost |", "|---|---|---|---|---|---|---|"]
    return head + [
        f"| {fault.where}: {fault.what}{' *' if fault.short else ''} | {_statuses(fault.allowed)} "
        f"| {fault.meanwhile} | {fault.recovery} | nothing |"
        for fault in FAULTS
    ]


def checks() -> list[str]:
    """One line an invariant: what is read after each fault."""
    head = ["| invariant | after every fault |", "|---|---|"]
    return head + [f"| {name} | {what} |" for name, what in invariants.CHECKED.items()]


def _statuses(allowed: Iterable[frozenset[int]]) -> str:
    named = [[str(status) if status != NO_ANSWER else "none" for status in sorted(one)] for one in allowed]
    return " | ".join(", ".join(names) for names in named)


if __name__ == "__main__":
    print("\n".join([*faults(), "", *checks()]))
