"""Prepare the code as in a deployed function: compiled, on an import path without development packages."""

import os
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_LAYER = ROOT / "layers" / "common"
_UNCOMPILED = shutil.ignore_patterns("__pycache__", "*.pyc")


@dataclass(frozen=True)
class Code:
    """The layer's and the functions' code in a folder, and an interpreter with the layer's packages."""

    folder: Path
    python: str
    version: str
    packages: Path

    @property
    def packages_path(self) -> str:
        """Return the PYTHONPATH of the layer's packages without the project's code."""
        return str(self.packages)

    def path(self, function_folder: str) -> str:
        """Return the PYTHONPATH of the function in that folder."""
        own = self.folder / "functions" / Path(function_folder).name
        return os.pathsep.join([str(own), str(self.folder / "layer"), str(self.packages)])


def of_this_python(folder: Path) -> Code:
    """Compile the code for this interpreter, with its environment's packages."""
    return _compiled(folder, sys.executable, Path(sysconfig.get_path("purelib")))


def of_python(folder: Path, version: str) -> Code | None:
    """Compile the code for another Python with the layer's locked packages. Returns None if it is not installed."""
    found = subprocess.run([str(ROOT / ".ci" / "find-python"), version], capture_output=True, text=True, check=False)
    if found.returncode != 0:
        return None
    python, packages = found.stdout.strip(), folder / "packages"
    command = [str(Path(sys.executable).with_name("uv")), "pip", "install", "--quiet", "--compile-bytecode"]
    locked = ["--require-hashes", "--no-deps", "--requirement", str(_LAYER / "requirements.txt")]
    subprocess.run([*command, "--python", python, "--target", str(packages), *locked], check=True)
    return _compiled(folder, python, packages)


def _compiled(folder: Path, python: str, packages: Path) -> Code:
    shutil.copytree(_LAYER / "src", folder / "layer", ignore=_UNCOMPILED)
    shutil.copytree(ROOT / "functions", folder / "functions", ignore=_UNCOMPILED)
    compiling = [python, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
    subprocess.run([*compiling, str(folder / "layer"), str(folder / "functions")], check=True)
    command = [python, "-c", "import platform; print(platform.python_version())"]
    version = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    return Code(folder, python, version, packages)
