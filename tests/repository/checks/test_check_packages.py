"""Test .ci/check_packages.py on a copy of the packages' metadata in which one thing is changed."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.aws.stack import ROOT

PACKAGES = {"layers/common": "pyproject.toml", "cli": "pyproject.toml", "frontend/react": "package.json"}
PAGE = "frontend/page/package.json"
FILES = (
    "LICENSE",
    "CHANGELOG.md",
    PAGE,
    *(f"{folder}/{name}" for folder in PACKAGES for name in ("LICENSE", PACKAGES[folder])),
)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def check_packages(root: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(ROOT / ".ci" / "check_packages.py"), str(root), *options]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)


def replace(file: Path, old: str, new: str) -> None:
    content = file.read_text("utf-8")
    assert old in content
    file.write_text(content.replace(old, new), "utf-8")


def test_project_as_it_is_passes(copy: Path) -> None:
    done = check_packages(copy)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("folder", PACKAGES)
def test_package_with_another_licence_fails(copy: Path, folder: str) -> None:
    replace(copy / folder / PACKAGES[folder], "Apache-2.0", "MIT")
    done = check_packages(copy)
    assert (done.returncode, done.stdout) == (1, f"{folder} has licence MIT, the project has Apache-2.0\n")


@pytest.mark.parametrize("folder", PACKAGES)
def test_package_with_another_licence_text_fails(copy: Path, folder: str) -> None:
    replace(copy / folder / "LICENSE", "WITHOUT WARRANTIES", "WITH WARRANTIES")
    done = check_packages(copy)
    assert (done.returncode, done.stdout) == (1, f"{folder}/LICENSE is not a copy of LICENSE\n")


def test_release_without_new_versions_fails_for_every_package(copy: Path) -> None:
    replace(copy / "CHANGELOG.md", "## [Unreleased]\n", "## [Unreleased]\n\n## [99.0.0] - 2999-01-01\n")
    done = check_packages(copy)
    assert done.returncode == 1
    assert f"{PAGE} requires version " in done.stdout
    assert all(f"{folder} has version " in done.stdout for folder in PACKAGES)


def test_only_the_latest_version_can_be_released(copy: Path) -> None:
    replace(copy / "CHANGELOG.md", "## [Unreleased]\n", "## [Unreleased]\n\n## [99.0.0] - 2999-01-01\n")
    assert "not 99.0.0" not in check_packages(copy, "--release", "99.0.0").stdout
    assert (
        "the latest version in CHANGELOG.md is 99.0.0, not 0.1.0\n" in check_packages(copy, "--release", "0.1.0").stdout
    )


def test_changelog_without_a_release_fails(copy: Path) -> None:
    (copy / "CHANGELOG.md").write_text("# Changelog\n", "utf-8")
    assert check_packages(copy).returncode == 1
