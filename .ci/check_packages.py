"""Check that every package states the project's licence and the changelog's latest version."""

import argparse
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LICENSE = "Apache-2.0"
PYTHON = ("layers/common", "cli")
NPM = "frontend/react"
PAGE = "frontend/page/package.json"
_RELEASE = re.compile(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d{2}-\d{2}$", re.MULTILINE)


def find_faults(root: Path, release: str | None) -> Iterator[str]:
    released = _RELEASE.search((root / "CHANGELOG.md").read_text("utf-8"))
    if released is None:
        yield "CHANGELOG.md names no release as `## [1.2.3] - 2026-12-31`"
        return
    if release not in {None, released[1]}:
        yield f"the latest version in CHANGELOG.md is {released[1]}, not {release}"
    required = json.loads((root / PAGE).read_text("utf-8"))["dependencies"]["@tidings/react"]
    if required != released[1]:
        yield f"{PAGE} requires version {required}, CHANGELOG.md has {released[1]}"
    licence = (root / "LICENSE").read_bytes()
    for folder, metadata in _read_metadata(root).items():
        if metadata["version"] != released[1]:
            yield f"{folder} has version {metadata['version']}, CHANGELOG.md has {released[1]}"
        if metadata.get("license") != LICENSE:
            yield f"{folder} has licence {metadata.get('license')}, the project has {LICENSE}"
        copy = root / folder / "LICENSE"
        if not copy.is_file() or copy.read_bytes() != licence:
            yield f"{folder}/LICENSE is not a copy of LICENSE"


def _read_metadata(root: Path) -> dict[str, dict[str, Any]]:
    found = {NPM: json.loads((root / NPM / "package.json").read_text("utf-8"))}
    for folder in PYTHON:
        found[folder] = tomllib.loads((root / folder / "pyproject.toml").read_text("utf-8"))["project"]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path, nargs="?", default=ROOT)
    parser.add_argument("--release", metavar="VERSION", help="the version that must be the changelog's latest")
    options = parser.parse_args()
    faults = list(find_faults(options.root, options.release))
    print(*faults, sep="\n", end="\n" if faults else "")
    sys.exit(1 if faults else None)


if __name__ == "__main__":
    main()
