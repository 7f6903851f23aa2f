"""Deploy the build with the answers in samconfig.toml and a new Release, and protect the stack (`make deploy`).

A deployment that changes a parameter alone publishes no version of a function: users would stay on the old values
although it succeeds. The Release, a hash of the build and of all parameters, makes every change live.
"""

import hashlib
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
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


def read_section(configuration: str, environment: str, command: str) -> dict[str, Any]:
    """Return the settings of a command of the SAM CLI in samconfig.toml; `global` has those of all commands."""
    section: dict[str, Any] = tomllib.loads(configuration).get(environment, {}).get(command, {}).get("parameters", {})
    return section


def read_overrides(configuration: str, environment: str) -> list[str]:
    """Read the saved parameters of an environment, quoted as they are; at first there are none."""
    found: dict[str, str] = {}
    for command in ("global", "deploy"):
        saved = read_section(configuration, environment, command).get("parameter_overrides", [])
        for one in _OVERRIDE.findall(saved) if isinstance(saved, str) else saved:
            found[one.partition("=")[0]] = one
    return list(found.values())


def build_command(configuration: str, environment: str, build: Path) -> list[str]:
    """Return the command that deploys."""
    overrides = _without_release(read_overrides(configuration, environment))
    release = f"Release={compute_release(build, overrides)}"
    return ["sam", "deploy", "--config-env", environment, "--parameter-overrides", *overrides, release]


def protect_command(configuration: str, environment: str) -> list[str]:
    """Return the command that protects the same stack."""
    of_all, own = (read_section(configuration, environment, command) for command in ("global", "deploy"))
    settings = {**of_all, **own}
    options = {"--stack": "stack_name", "--profile": "profile", "--region": "region"}
    given = [text for option, name in options.items() if name in settings for text in (option, settings[name])]
    return [str(Path(sys.executable).with_name("tidings")), *given, "protect"]


def _without_release(parameters: Iterable[str]) -> list[str]:
    return [one for one in parameters if not one.startswith("Release=")]


def main(environment: str = "default") -> None:
    configuration = CONFIGURATION.read_text("utf-8")
    protecting = protect_command(configuration, environment)
    deployed = subprocess.run(build_command(configuration, environment, BUILD), check=False)
    sys.exit(deployed.returncode or subprocess.run(protecting, check=False).returncode)


if __name__ == "__main__":
    main(*sys.argv[1:])
