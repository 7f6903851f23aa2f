"""What `make run` and `make demo` load and install, and what they say when they cannot start."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import distribution
from pathlib import Path

import pytest

from local import demo
from local.cloud import ROOT, LocalCloud
from local.ports import free_block
from local.settings import PORTS_TAKEN

# Each takes from 0.3 s to 4 s to import. Their packages are in the lock that also has what tests need.
HEAVY = {"boto3", "hypothesis", "jsonschema", "lark", "moto", "playwright", "rfc3987_syntax", "samtranslator"}
PINNED = re.compile(r"^([a-z0-9._-]+)==(\S+)", re.MULTILINE)
ONLY_FOR_TESTS = {"cfn-lint", "hypothesis", "moto", "mypy", "plaid-python", "playwright", "pytest", "ruff", "sympy"}


def _lock(name: str) -> Mapping[str, str]:
    return dict(PINNED.findall((ROOT / "requirements" / f"{name}.txt").read_text("utf-8")))


def _loaded_modules(statement: str) -> set[str]:
    command = [sys.executable, "-c", f"{statement}; import sys; print(*sys.modules)"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return {module.partition(".")[0] for module in listing.split()}


def _make(target: str, *, port: int, state: Path) -> "subprocess.CompletedProcess[str]":
    variables = {**os.environ, "PORT": str(port), "TIDINGS_STATE_DIR": str(state)}
    command = [sys.executable, "-m", f"local.{target}"]
    return subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("module", ["local.run", "local.gateway.server", "local.simulators.plaid.app"])
def test_start_up_imports_no_heavy_module(module: str) -> None:
    assert HEAVY & _loaded_modules(f"import {module}") == set()


def test_translation_does_not_load_the_grammar_of_rfc_3987() -> None:
    loaded = _loaded_modules(
        "from local.translation import load_template, parameter_values, translate; from pathlib import Path;"
        "template = load_template(Path('template.yaml'));"
        "translate(template, parameter_values(template, {'AllowedOrigins': 'https://app.example.com'}))"
    )

    assert "samtranslator" in loaded
    assert loaded & {"rfc3987_syntax", "lark"} == set()


def test_run_lock_contains_nothing_that_only_tests_use() -> None:
    run = _lock("run")

    assert ONLY_FOR_TESTS & set(run) == set()
    assert set(_lock("dev")) >= ONLY_FOR_TESTS


def test_dev_lock_contains_the_run_lock() -> None:
    assert _lock("run").items() <= _lock("dev").items()


@pytest.mark.parametrize("project", ["tidings", "tidings-cli"])
def test_run_lock_contains_the_projects_dependencies(project: str) -> None:
    required = {re.split(r"[^a-z0-9-]", name.lower())[0] for name in distribution(project).requires or ()}

    assert required - {"tidings"} <= set(_lock("run"))


def test_demo_without_a_local_cloud_names_its_port(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    port = free_block(PORTS_TAKEN)
    monkeypatch.setenv("PORT", str(port))

    assert demo.main([]) == 1
    message = capsys.readouterr().err
    assert message.startswith(f"make demo: nothing answers at http://127.0.0.1:{port}: ")
    assert "PORT=4000 make demo" in message


def test_second_run_with_the_same_state_names_port_and_state(cloud: LocalCloud) -> None:
    state = cloud.logs.parent
    refused = _make("run", port=free_block(PORTS_TAKEN), state=state)

    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert f"another local cloud runs with the state in {state}" in refused.stderr
    assert "`PORT=4000 TIDINGS_STATE_DIR=.local/4000 make run`" in refused.stderr
