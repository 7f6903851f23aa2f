"""`make deploy`: the saved answers with a Release that changes whenever the build or a parameter does."""

from pathlib import Path

import pytest

from tools.deploy import build_command, compute_release, read_overrides

SAVED = r"""
[default.deploy.parameters]
parameter_overrides = "AllowedOrigins=\"https://a.example.com\" PlaidClientName=\"My App\" Release=\"unreleased\""
"""
PARAMETERS = ['AllowedOrigins="https://a.example.com"', 'PlaidClientName="My App"']


@pytest.fixture
def build(tmp_path: Path) -> Path:
    (tmp_path / "CommonLayer").mkdir()
    (tmp_path / "CommonLayer" / "code.py").write_bytes(b"1")
    (tmp_path / "template.yaml").write_bytes(b"Resources: {}")
    return tmp_path


def test_release_is_the_same_for_the_same_build_and_parameters(build: Path) -> None:
    first = compute_release(build, PARAMETERS)
    (build / "CommonLayer" / "code.py").write_bytes(b"1")
    assert compute_release(build, [*reversed(PARAMETERS), "Release=other"]) == first


def test_release_changes_with_a_byte_of_the_build(build: Path) -> None:
    first = compute_release(build, PARAMETERS)
    (build / "CommonLayer" / "code.py").write_bytes(b"2")
    assert compute_release(build, PARAMETERS) != first


def test_release_changes_with_the_name_of_a_file(build: Path) -> None:
    first = compute_release(build, PARAMETERS)
    (build / "CommonLayer" / "code.py").rename(build / "CommonLayer" / "other.py")
    assert compute_release(build, PARAMETERS) != first


def test_release_changes_with_a_parameter(build: Path) -> None:
    assert compute_release(build, PARAMETERS) != compute_release(build, PARAMETERS[:1])


def test_deploy_asks_for_parameters_before_any_are_saved(build: Path) -> None:
    shipped = "[default.deploy.parameters]\nresolve_s3 = true\n"
    assert build_command("default", read_overrides(shipped, "default"), build) == [
        *("sam", "deploy", "--config-env", "default", "--guided")
    ]


def test_deploy_passes_saved_parameters_with_a_new_release(build: Path) -> None:
    command = build_command("default", read_overrides(SAVED, "default"), build)
    release = f"Release={compute_release(build, PARAMETERS)}"
    assert command == ["sam", "deploy", "--config-env", "default", "--parameter-overrides", *PARAMETERS, release]


def test_saved_parameters_may_be_a_list() -> None:
    listed = '[staging.deploy.parameters]\nparameter_overrides = ["AllowedOrigins=https://a.example.com"]\n'
    assert read_overrides(listed, "staging") == ["AllowedOrigins=https://a.example.com"]
    assert read_overrides(listed, "default") == []
