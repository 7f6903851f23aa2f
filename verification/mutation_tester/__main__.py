"""`make mutation-tests`: take each clause of the protocol and of the signature code out; a test must notice.

python -m <this package>                 the listed mutations, each with the test that must notice; writes the tables
python -m <this package> systematic      every small change of the signature code and of the conditional writes
python -m <this package> tables          only write the tables of docs/mutations.md
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from . import runner, table
from .listed import LISTED
from .mutation import Mutation
from .named_tests import node_id
from .systematic import survivors


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog=f"python -m {__package__}")
    parser.add_argument("what", nargs="?", choices=["listed", "systematic", "tables"], default="listed")
    parser.add_argument("--only", default="", help="a part of the wanted mutations' names")
    parser.add_argument("--handful", type=int, help="so many listed ones, others every day, none that starts an engine")
    chosen = parser.parse_args(arguments)
    if chosen.what == "tables":
        table.write()
        return 0
    runner.warm_up()
    if chosen.what == "systematic":
        return 1 if survivors(chosen.only) else 0
    if not chosen.handful and not chosen.only:
        table.write()
    mutations = _handful(chosen.handful) if chosen.handful else LISTED
    return 1 if _missed([mutation for mutation in mutations if chosen.only in mutation.name]) else 0


def _missed(mutations: Sequence[Mutation]) -> int:
    missed = 0
    for mutation in mutations:
        verdict = runner.judge(mutation.module, mutation.applied(), [node_id(mutation.test)])
        missed += not verdict.by
        print(f"{verdict} {mutation.name}", flush=True)
    print(f"{len(mutations)} mutations, {len(mutations) - missed} noticed, {missed} missed")
    return missed


def _handful(size: int) -> Sequence[Mutation]:
    quick = [mutation for mutation in LISTED if not mutation.on_engine]
    today = datetime.now(UTC).toordinal() * size
    return [quick[(today + number) % len(quick)] for number in range(size)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
