"""Check the layer that `sam build` wrote: check_layer.py arm64. Runs on Python 3.13, to read the layer's byte code."""

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
UNZIPPED_BUDGET_MB = 60  # Lambda allows 250 MB for a function with its layers.


def find_faults(architecture: str) -> Iterator[str]:
    python = LAYER / "python"
    for library in python.rglob("*.so"):
        machine = struct.unpack_from("<H", library.read_bytes()[:20], 18)[0]
        if machine != MACHINES[architecture]:
            yield f"{library} is not for {architecture}"
    for source in python.rglob("*.py"):
        yield from _find_byte_code_faults(source)
    for unwanted in ("bin", "tests", "pyproject.toml", "requirements.txt", "Makefile"):
        yield from (f"{path} does not belong into the layer" for path in LAYER.rglob(unwanted))
    services = {path.name for path in (python / "botocore" / "data").iterdir() if path.is_dir()}
    if services != SERVICES:
        yield f"botocore describes {sorted(services)}, Tidings uses {sorted(SERVICES)}"
    size = sum(path.stat().st_size for path in LAYER.rglob("*") if path.is_file()) / 1e6
    if size > UNZIPPED_BUDGET_MB:
        yield f"the layer is {size:.0f} MB unzipped, the budget is {UNZIPPED_BUDGET_MB} MB"


def _find_byte_code_faults(source: Path) -> Iterator[str]:
    compiled = Path(importlib.util.cache_from_source(str(source)))
    if not compiled.exists():
        yield f"{source} is not compiled"
        return
    content = compiled.read_bytes()
    if content[:4] != importlib.util.MAGIC_NUMBER or struct.unpack_from("<I", content, 4)[0] != UNCHECKED_HASH:
        yield f"{compiled} is checked by date, so Lambda would compile it at every start"
    code: CodeType = marshal.loads(content[16:])  # noqa: S302 - from the build above, not from a stranger
    if code.co_filename != f"/opt/{source.relative_to(LAYER)}":
        yield f"{compiled} names a path of the build machine: {code.co_filename}"


def main() -> None:
    faults = list(find_faults(sys.argv[1]))
    print(*faults[:20], sep="\n", end="\n" if faults else "")
    sys.exit(f"{len(faults)} faults in the layer" if faults else None)


if __name__ == "__main__":
    main()
