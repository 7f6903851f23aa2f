"""Print the tables of docs/reliability.md from the matrix: `python -m tests.e2e.faults.published`."""

from collections.abc import Iterable

from tests.e2e.faults import invariants
from tests.e2e.faults.answers import NO_ANSWER
from tests.e2e.faults.matrix import FAULTS

_LOST = "nothing, or a credential that only the lost answer had: counted, and shown to its user"


def faults() -> list[str]:
    """Return one line per fault, in the order of the matrix."""
    head = [
        "| fault | webhooks | refresh | reads | links | the user sees | recovery | lost |",
        "|---|---|---|---|---|---|---|---|",
    ]
    return head + [
        f"| {fault.where}: {fault.what}{' *' if fault.short else ''} | {_statuses((*fault.allowed, fault.links))} "
        f"| {fault.meanwhile} | {fault.recovery} | {_LOST if fault.loses_items else 'nothing'} |"
        for fault in FAULTS
    ]


def checks() -> list[str]:
    """Return one line per invariant: what is checked after each fault."""
    head = ["| invariant | after every fault |", "|---|---|"]
    return head + [f"| {name} | {what} |" for name, what in invariants.CHECKED.items()]


def _statuses(allowed: Iterable[frozenset[int]]) -> str:
    named = [[str(status) if status != NO_ANSWER else "none" for status in sorted(one)] for one in allowed]
    return " | ".join(", ".join(names) for names in named)


if __name__ == "__main__":
    print("\n".join([*faults(), "", *checks()]))
