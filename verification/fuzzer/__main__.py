"""`make fuzz`: many cases once. Atheris chooses them by what of the product they reach, where it is installed.

Each target runs in a process of its own, for the guided run ends its process. The exit code is 1 if one found a fault.
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
from verification.fuzzer.choices import Seeded

_SEEDS, _SEED_BYTES = 64, 2048


class Octets:
    """Choices from a fuzzer's bytes."""

    def __init__(self, data: bytes) -> None:
        atheris = importlib.import_module("atheris")
        self._data = atheris.FuzzedDataProvider(data)

    def below(self, limit: int) -> int:
        return int(self._data.ConsumeIntInRange(0, limit - 1))

    def octets(self, size: int) -> bytes:
        return bytes(self._data.ConsumeBytes(size)).ljust(size, b"\0")


def guided(name: str, cases: int, corpus: Path) -> None:
    """Never returns: libFuzzer ends the process, with the fault's trace and its input if it found one."""
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["tidings"]):
        targets = importlib.import_module("verification.fuzzer.targets")
    for seed in range(_SEEDS):
        (corpus / str(seed)).write_bytes(Seeded(seed).octets(_SEED_BYTES))
    options = (f"-runs={cases}", f"-max_len={_SEED_BYTES}", "-seed=1", "-timeout=10", f"-artifact_prefix={corpus}/")
    run = targets.TARGETS[name].run
    with importlib.import_module("verification.fuzzer.targets").keys_known():
        atheris.Setup([sys.argv[0], *options, str(corpus)], lambda data: run(Octets(data)) and None)
        atheris.Fuzz()


def seeded(name: str, cases: int) -> None:
    """How the cases ended, each with its count."""
    targets = importlib.import_module("verification.fuzzer.targets")
    ended: Counter[str] = Counter()
    with importlib.import_module("verification.fuzzer.targets").keys_known():
        for seed in range(cases):
            try:
                ended[targets.TARGETS[name].run(Seeded(seed))] += 1
            except BaseException as error:
                error.add_note(f"{name}, case {seed}")
                raise
    print(f"  {', '.join(f'{how} {count:,}' for how, count in ended.most_common())}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m verification.fuzzer")
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--target")
    parser.add_argument("--corpus", type=Path, help="a folder: Atheris guides the target's cases, and keeps them there")
    asked = parser.parse_args()
    if asked.target and asked.corpus:
        guided(asked.target, asked.cases, asked.corpus)
    if asked.target:
        seeded(asked.target, asked.cases)
        return 0
    names = list(importlib.import_module("verification.fuzzer.targets").TARGETS)
    ways = ["guided", "seeded"] if find_spec("atheris") else ["seeded"]
    print(f"{asked.cases:,} cases" + ("" if find_spec("atheris") else "; no Atheris here: none is guided"))
    return max([_run(name, way, asked.cases // len(names) // len(ways)) for name in names for way in ways])


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
