"""Run many cases of every target (`make fuzz`). If Atheris is installed, it guides half of them by coverage.

Each target runs in its own process, since libFuzzer ends the process. The exit code is 1 if a target found a fault.
"""

import argparse
import importlib
import subprocess
import sys
import time
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import tests.support.aws.environment  # noqa: F401 - set before tidings is imported
from verification.fuzzer.choices import SeededChoices

_SEEDS, _SEED_BYTES = 64, 2048


class FuzzedChoices:
    """Choices from a coverage-guided fuzzer's bytes."""

    def __init__(self, data: bytes) -> None:
        atheris = importlib.import_module("atheris")
        self._data = atheris.FuzzedDataProvider(data)

    def choose_below(self, limit: int) -> int:
        return int(self._data.ConsumeIntInRange(0, limit - 1))

    def choose_bytes(self, size: int) -> bytes:
        return bytes(self._data.ConsumeBytes(size)).ljust(size, b"\0")


def run_guided(name: str, cases: int, corpus: Path) -> None:
    """Run a target guided by coverage.

    Never returns: libFuzzer ends the process, and prints the trace and input of a fault that it found.
    """
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["tidings"]):
        targets = importlib.import_module("verification.fuzzer.targets")
    for seed in range(_SEEDS):
        (corpus / str(seed)).write_bytes(SeededChoices(seed).choose_bytes(_SEED_BYTES))
    options = (f"-runs={cases}", f"-max_len={_SEED_BYTES}", "-seed=1", "-timeout=10", f"-artifact_prefix={corpus}/")
    run = targets.TARGETS[name].run
    with importlib.import_module("verification.fuzzer.targets").with_known_keys():
        atheris.Setup([sys.argv[0], *options, str(corpus)], lambda data: run(FuzzedChoices(data)) and None)
        atheris.Fuzz()


def run_seeded(name: str, cases: int) -> None:
    """Run a target with seeded cases, and print how often each outcome occurred."""
    targets = importlib.import_module("verification.fuzzer.targets")
    outcomes: Counter[str] = Counter()
    with importlib.import_module("verification.fuzzer.targets").with_known_keys():
        for seed in range(cases):
            try:
                outcomes[targets.TARGETS[name].run(SeededChoices(seed))] += 1
            except BaseException as error:
                error.add_note(f"{name}, case {seed}")
                raise
    print(f"  {', '.join(f'{outcome} {count:,}' for outcome, count in outcomes.most_common())}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m verification.fuzzer")
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--target")
    parser.add_argument("--corpus", type=Path, help="folder in which Atheris keeps the cases of the guided target")
    arguments = parser.parse_args()
    if arguments.target and arguments.corpus:
        run_guided(arguments.target, arguments.cases, arguments.corpus)
    if arguments.target:
        run_seeded(arguments.target, arguments.cases)
        return 0
    names = list(importlib.import_module("verification.fuzzer.targets").TARGETS)
    ways = ["guided", "seeded"] if find_spec("atheris") else ["seeded"]
    print(
        f"{arguments.cases:,} cases" + ("" if find_spec("atheris") else "; Atheris is not installed: no case is guided")
    )
    return max([_run(name, way, arguments.cases // len(names) // len(ways)) for name in names for way in ways])


def _run(name: str, way: str, cases: int) -> int:
    began = time.monotonic()
    command = [sys.executable, "-m", "verification.fuzzer", "--target", name, "--cases", str(cases)]
    with TemporaryDirectory() as corpus:
        command += ["--corpus", corpus] if way == "guided" else []
        done = subprocess.run(command, check=False, capture_output=True, text=True)
    verdict = "FAULT" if done.returncode else "no fault"
    print(f"{name}, {way}: {cases:,} cases in {time.monotonic() - began:.0f} s: {verdict}")
    print(done.stdout + done.stderr if done.returncode else done.stdout, end="", flush=True)
    return 1 if done.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
