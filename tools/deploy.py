"""Deploy the build with the answers in samconfig.toml and a new Release, or ask for the answers (`make deploy`).

A deployment that changes a parameter alone publishes no version of a function: users would stay on the old values
although it succeeds. The Release, a hash of the build and of all parameters, makes every change live.
"""

import hashlib
import os
import re
import sys
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / ".aws-sam" / "build"
CONFIGURATION = ROOT / "samconfig.toml"
_LENGTH = 16
_OVERRIDE = re.compile(r'(?:[^\s"]|"(?:\\.|[^"\\])*")+')


def compute_release(build: Path, parameters: Iterable[str]) -> str:
    """Hash the files of a build, and the parameters as `Name=Value` in any order. A Release among them is left out."""
    digest = hashlib.sha256()
    for path in sorted(path for path in build.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(build).as_posix()}\n{path.stat().st_size}\n".encode())
        digest.update(path.read_bytes())
    digest.update("\n".join(_without_release(sorted(parameters))).encode())
    return digest.hexdigest()[:_LENGTH]


def read_overrides(configuration: str, environment: str) -> list[str]:
    """Read the saved parameters of an environment in samconfig.toml, quoted as they are; at first there are none."""
    section: dict[str, Any] = tomllib.loads(configuration).get(environment, {})
    saved = section.get("deploy", {}).get("parameters", {}).get("parameter_overrides", [])
    return _OVERRIDE.findall(saved) if isinstance(saved, str) else list(saved)


def build_command(environment: str, overrides: Sequence[str], build: Path) -> list[str]:
    """Return the command that deploys; it asks for every parameter if none is saved."""
    command = ["sam", "deploy", "--config-env", environment]
    if not overrides:
        return [*command, "--guided"]
    release = compute_release(build, overrides)
    return [*command, "--parameter-overrides", *_without_release(overrides), f"Release={release}"]


def _without_release(parameters: Iterable[str]) -> list[str]:
    return [one for one in parameters if not one.startswith("Release=")]


def main(environment: str = "default") -> None:
    command = build_command(environment, read_overrides(CONFIGURATION.read_text("utf-8"), environment), BUILD)
    os.execvp(command[0], command)  # noqa: S606 - the SAM CLI on the PATH, which may ask questions


if __name__ == "__main__":
    main(*sys.argv[1:])
