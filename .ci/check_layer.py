"""Checks the layer that `sam build` made: `check_layer.py arm64`. Runs on Python 3.13, whose byte code it reads."""

import importlib.util
import marshal
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType

LAYER = Path(".aws-sam/build/CommonLayer")
MACHINES = {"x86_64": 62, "arm64": 183}  # e_machine of an ELF header
SERVICES = {"dynamodb", "kms", "secretsmanager", "sqs"}
UNCHECKED_HASH = 1
UNZIPPED_BUDGET_MB = 60  # Lambda's limit is 250 MB, for function and layers together


def faults(architecture: str) -> Iterator[str]:
    python = LAYER / "python"
    for library in python.rglob("*.so"):
        machine = struct.unpack_from("<H", library.read_bytes()[:20], 18)[0]
        if machine != MACHINES[architecture]:
            yield f"{library} is not for {architecture}"
    for source in python.rglob("*.py"):
        yield from _byte_code_faults(source)
    for unwanted in ("bin", "tests", "pyproject.toml", "requirements.txt", "Makefile"):
        yield from (f"{path} does not belong there" for path in LAYER.rglob(unwanted))
    services = {path.name for path in (python / "botocore" / "data").iterdir() if path.is_dir()}
    if services != SERVICES:
        yield f"botocore describes {sorted(services)}, in use are {sorted(SERVICES)}"
    size = sum(path.stat().st_size for path in LAYER.rglob("*") if path.is_file()) / 1e6
    if size > UNZIPPED_BUDGET_MB:
        yield f"{size:.0f} MB unzipped, the budget is {UNZIPPED_BUDGET_MB} MB"


def _byte_code_faults(source: Path) -> Iterator[str]:
    compiled = Path(importlib.util.cache_from_source(str(source)))
    if not compiled.exists():
        yield f"{source} is not compiled"
        return
    content = compiled.read_bytes()
    if content[:4] != importlib.util.MAGIC_NUMBER or struct.unpack_from("<I", content, 4)[0] != UNCHECKED_HASH:
        yield f"{compiled} would be compiled again by Lambda"
    code: CodeType = marshal.loads(content[16:])  # noqa: S302 - our own build
    if code.co_filename != f"/opt/{source.relative_to(LAYER)}":
        yield f"{compiled} names the place where it was built: {code.co_filename}"


def main() -> None:
    found = list(faults(sys.argv[1]))
    print(*found[:20], sep="\n", end="\n" if found else "")
    sys.exit(f"{len(found)} faults in the layer" if found else None)


if __name__ == "__main__":
    main()
