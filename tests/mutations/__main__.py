"""`make mutants`: each clause of the protocol and of the signature code is taken out, and a test must notice.

python -m tests.mutations                 the list in `listed.py`, each with the test that is to notice
python -m tests.mutations systematic      every small change of the signature code and the conditional writes
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.mutations import table, workshop
from tests.mutations.listed import LISTED
from tests.mutations.systematic import survivors


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutations")
    parser.add_argument("what", nargs="?", choices=["listed", "systematic"], default="listed")
    parser.add_argument("--only", default="", help="part of the names of those wanted")
    parser.add_argument("--lines", type=Path, help="where the lines of each test are, or are to be kept")
    chosen = parser.parse_args(arguments)
    workshop.warm_up()
    if chosen.what == "systematic":
        with tempfile.TemporaryDirectory() as folder:
            return 1 if survivors(chosen.only, chosen.lines or Path(folder) / "lines.json") else 0
    missed = 0
    for one in LISTED:
        if chosen.only not in one.name:
            continue
        verdict = workshop.judged(one.path, one.applied(), [one.test])
        missed += not verdict.by
        print(
            f"{'noticed' if verdict.by else 'MISSED '} {verdict.seconds:5.1f} s  {one.name}: {', '.join(verdict.by)}",
            flush=True,
        )
    if not chosen.only:
        table.write()
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
