"""`make deploy`: the saved answers with a Release that changes whenever the build or a parameter does."""

import sys
from pathlib import Path

import pytest

from tools import deploy
from tools.deploy import build_command, compute_release, protect_command, read_overrides

SAVED = r"""
[default.global.parameters]
stack_name = "tidings"

[default.deploy.parameters]
stack_name = "tidings-eu"
region = "eu-west-1"
parameter_overrides = "AllowedOrigins=\"https://a.example.com\" PlaidClientName=\"My App\" Release=\"unreleased\""

[production.deploy.parameters]
stack_name = "other"
region = "us-east-1"
parameter_overrides = "AllowedOrigins=https://b.example.com"
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


def test_deploy_passes_saved_parameters_with_a_new_release(build: Path) -> None:
    command = build_command(SAVED, "default", build)
    release = f"Release={compute_release(build, PARAMETERS)}"
    assert command == ["sam", "deploy", "--config-env", "default", "--parameter-overrides", *PARAMETERS, release]


def test_saved_parameters_may_be_a_list() -> None:
    listed = '[staging.deploy.parameters]\nparameter_overrides = ["AllowedOrigins=https://a.example.com"]\n'
    assert read_overrides(listed, "staging") == ["AllowedOrigins=https://a.example.com"]
    assert read_overrides(listed, "default") == []


def test_parameters_of_all_commands_are_deployed_too() -> None:
    """The SAM CLI alone would lose them: it reads one of both texts."""
    shared = '[default.global.parameters]\nparameter_overrides = "Architecture=x86_64 Tracing=on"\n'
    own = '[default.deploy.parameters]\nparameter_overrides = "AllowedOrigins=https://a.example.com Tracing=off"\n'
    assert read_overrides(shared + own, "default") == [
        *("Architecture=x86_64", "Tracing=off", "AllowedOrigins=https://a.example.com")
    ]


def test_stack_that_is_protected_is_the_one_that_was_deployed() -> None:
    tidings = str(Path(sys.executable).with_name("tidings"))
    deployed = [tidings, "--stack", "tidings-eu", "--region", "eu-west-1", "protect"]
    assert protect_command(SAVED, "default") == deployed
    assert protect_command(SAVED, "production") == [tidings, "--stack", "other", "--region", "us-east-1", "protect"]
    assert protect_command('[default.global.parameters]\nstack_name = "t"\nprofile = "p"\n', "default") == [
        *(tidings, "--stack", "t", "--profile", "p", "protect")
    ]


@pytest.mark.parametrize(("deployed", "protected", "ends"), [(0, 0, 0), (0, 4, 4), (3, 0, 3)])
def test_deploy_protects_after_a_success_only(
    build: Path, monkeypatch: pytest.MonkeyPatch, deployed: int, protected: int, ends: int
) -> None:
    configuration, said = build / "samconfig.toml", build / "said"
    configuration.write_text(SAVED)
    for name, code in (("sam", deployed), ("tidings", protected)):
        program = build / name
        program.write_text(f'#!/bin/sh\necho {name} >>"{said}"\nexit {code}\n')
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(build), prepend=":")
    monkeypatch.setattr(sys, "executable", str(build / "python"))
    monkeypatch.setattr(deploy, "CONFIGURATION", configuration)
    monkeypatch.setattr(deploy, "BUILD", build / "CommonLayer")
    with pytest.raises(SystemExit) as ended:
        deploy.main("default")
    assert (ended.value.code, said.read_text().split()) == (ends, ["sam"] if deployed else ["sam", "tidings"])
