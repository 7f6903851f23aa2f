"""`make mutation-tests`: change the code a little; a test must notice.

python -m <this package>                      everything below but the sample; writes the tables of docs/mutations.md
python -m <this package> listed               each clause of the protocol, with the test that must notice its absence
python -m <this package> systematic MODULE    every small change of a module or package; all of them without MODULE
python -m <this package> template             every number of the template that depends on others
python -m <this package> sample               a few small changes, others every day
python -m <this package> tables               only write the tables
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from . import runner, table
from .listed import LISTED
from .mutation import Mutation
from .named_tests import node_id
from .quiet_pytest import warm_up
from .sample import try_sample
from .systematic import try_modules
from .template_numbers import try_template

_WHAT = ["all", "listed", "systematic", "template", "sample", "tables"]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog=f"python -m {__package__}")
    parser.add_argument("what", nargs="?", choices=_WHAT, default="all")
    parser.add_argument("module", nargs="?", default="", help="systematic: a module, or a package with all its modules")
    parser.add_argument("--again", action="store_true", help="systematic: only what no test noticed last time")
    parser.add_argument("--only", default="", help="listed: a part of the wanted mutations' names")
    parser.add_argument("--size", type=int, default=4, help="sample: how many listed ones; twice as many small changes")
    chosen = parser.parse_args(arguments)
    missed = _missed(chosen)
    if chosen.what in {"all", "systematic", "template", "tables"}:
        table.write()
    return 1 if missed else 0


def _missed(chosen: argparse.Namespace) -> int:
    missed = 0
    if chosen.what not in {"tables", "sample"}:
        warm_up()
    if chosen.what in {"all", "listed"}:
        missed += _try_listed([mutation for mutation in LISTED if chosen.only in mutation.name])
    if chosen.what in {"all", "template"}:
        missed += try_template()
    if chosen.what in {"all", "systematic"}:
        missed += try_modules(chosen.module, again=chosen.again)
    if chosen.what == "sample":
        today = datetime.now(UTC).toordinal()
        missed += try_sample(today, chosen.size, 2 * chosen.size)
    return missed


def _try_listed(mutations: Sequence[Mutation]) -> int:
    missed = 0
    for mutation in mutations:
        verdict = runner.judge(mutation.module, mutation.applied(), [node_id(mutation.test)])
        missed += not verdict.by
        print(f"{verdict} {mutation.name}", flush=True)
    print(f"{len(mutations)} mutations, {len(mutations) - missed} noticed, {missed} missed")
    return missed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
