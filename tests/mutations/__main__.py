"""`make mutants`: each clause of the protocol and of the signature code is taken out, and a test must notice.

python -m tests.mutations                 the list in `listed.py`, each with the test that is to notice
python -m tests.mutations systematic      every small change of the signature code and the conditional writes
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from tests.mutations import workshop
from tests.mutations.listed import LISTED, Listed
from tests.mutations.systematic import survivors


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutations")
    parser.add_argument("what", nargs="?", choices=["listed", "systematic"], default="listed")
    parser.add_argument("--only", default="", help="part of the names of those wanted")
    parser.add_argument("--handful", type=int, help="so many of the list, others every day, none that takes an engine")
    chosen = parser.parse_args(arguments)
    workshop.warm_up()
    if chosen.what == "systematic":
        return 1 if survivors(chosen.only) else 0
    missed = 0
    for one in _handful(chosen.handful) if chosen.handful else LISTED:
        if chosen.only in one.name:
            verdict = workshop.judged(one.path, one.applied(), [one.test])
            missed += not verdict.by
            print(f"{verdict} {one.name}", flush=True)
    return 1 if missed else 0


def _handful(size: int) -> Sequence[Listed]:
    quick = [one for one in LISTED if "engine" not in one.test]
    today = datetime.now(UTC).toordinal() * size
    return [quick[(today + number) % len(quick)] for number in range(size)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
