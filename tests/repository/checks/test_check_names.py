"""Test .ci/check_names in a repository of its own: paths of one machine fail, Lambda's folders pass."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.aws.stack import ROOT

GIT = shutil.which("git") or "git"
# Joined here, so that the check does not find this file.
TEMPORARY, VARIABLE, HOME = ("/".join(("", name, "")) for name in ("tmp", "var", "home"))
LAMBDA = f"{VARIABLE}task and {VARIABLE}runtime"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    subprocess.run([GIT, "init", "--quiet", str(tmp_path)], check=True)
    return tmp_path


def check_names(repository: Path, content: str) -> "subprocess.CompletedProcess[str]":
    (repository / "notes.txt").write_text(f"{content}\n", "utf-8")
    subprocess.run([GIT, "add", "notes.txt"], cwd=repository, check=True)
    command = [str(ROOT / ".ci" / "check_names")]
    return subprocess.run(command, cwd=repository, check=False, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    "content",
    [
        f"{TEMPORARY}state",
        f"{VARIABLE}folders",
        f"{HOME}somebody",
        "https://registry." + "npmjs.org",
        f"{LAMBDA}, {TEMPORARY}state",
    ],
)
def test_machine_path_or_registry_host_fails_with_its_line(repository: Path, content: str) -> None:
    done = check_names(repository, content)
    assert done.returncode == 1
    assert done.stdout.startswith("notes.txt:1:")


@pytest.mark.parametrize("content", ["nothing special", LAMBDA, "a function may write to /tmp"])
def test_lambda_folder_passes(repository: Path, content: str) -> None:
    done = check_names(repository, content)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_folder_without_repository_is_an_error(tmp_path: Path) -> None:
    command = [str(ROOT / ".ci" / "check_names")]
    done = subprocess.run(
        command, cwd=tmp_path, check=False, capture_output=True, text=True, env={"GIT_DIR": str(tmp_path)}
    )
    assert done.returncode != 0
