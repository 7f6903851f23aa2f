"""Schemathesis against the running cloud: no 5xx, and no answer that docs/openapi.json does not describe."""

import copy
import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.cloud import LocalCloud, Options, local_cloud
from local.settings import Settings, SnapTrade
from tests.e2e import leftovers
from tests.e2e.brokers import PROVIDERS, Brokers, brokers_of
from tests.e2e.description import Description
from tests.e2e.user import signed_in
from tests.support.stack import ROOT

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "12"))
"""Of each operation, beside the ones that cover each keyword of its schema. `make fuzz` asks for more."""
TIMEOUT_S = 100 + 3 * EXAMPLES
DOCUMENT = ROOT / "docs" / "openapi.json"
DESCRIBED = json.loads(DOCUMENT.read_text("utf-8"))
COMMAND = ROOT / ".venv-schemathesis" / "bin" / "schemathesis"
NOT_HELD = {
    "unsupported_method": "the gateway answers 404, as API Gateway does",
    "positive_data_acceptance": "whether a token is good only the provider knows",
    "ignored_auth": "the hooks sign every call in; tests/e2e/test_bad_input.py takes the session away",
}


@pytest.fixture(scope="module")
def fuzzed(
    tmp_path_factory: pytest.TempPathFactory, description: Description
) -> Iterator[tuple[LocalCloud, Brokers, list[str]]]:
    """A cloud that lets everything through, and the cookies of users who are connected to both providers."""
    settings = Settings(port=0, state=tmp_path_factory.mktemp("fuzzed"), parameters={"PaidRefresh": "on"})
    with local_cloud(settings, Options(throttled=False)) as cloud, brokers_of(cloud) as brokers:
        for _ in range(2):
            with signed_in(cloud, brokers, description.check) as user:
                for provider in PROVIDERS:
                    user.fetched(provider)
        yield cloud, brokers, sorted(brokers.cookies)
        leftovers.check(cloud, brokers, record=None)


@pytest.mark.timeout(TIMEOUT_S)
def test_no_error_of_ours_and_no_undescribed_answer(
    fuzzed: tuple[LocalCloud, Brokers, list[str]], tmp_path: Path
) -> None:
    cloud, _, cookies = fuzzed
    done = _run(cloud, cookies, tmp_path, "--max-examples", str(EXAMPLES))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Tested: {sum(map(len, DESCRIBED['paths'].values()))}\n" in done.stdout


def test_what_is_not_described_would_be_told(fuzzed: tuple[LocalCloud, Brokers, list[str]], tmp_path: Path) -> None:
    cloud, _, cookies = fuzzed
    document = copy.deepcopy(DESCRIBED)
    del document["paths"]["/plaid/webhook"]["post"]["responses"]["403"]
    document["components"]["schemas"]["CombinedPending"]["properties"]["has_pending_updates"] = {"type": "integer"}
    wrong = tmp_path / "openapi.json"
    wrong.write_text(json.dumps(document), "utf-8")
    only = ("--include-path", "/plaid/webhook", "--include-path", "/pending-updates", "--max-examples", "1")
    done = _run(cloud, cookies, tmp_path, *only, document=wrong)
    assert done.returncode == 1
    assert set(re.findall(r"- ST\d+ (.+)", done.stdout)) == {"Undocumented status code", "Response violates schema"}


def _run(
    cloud: LocalCloud, cookies: list[str], folder: Path, *more: str, document: Path = DOCUMENT
) -> "subprocess.CompletedProcess[str]":
    command = [
        *(str(COMMAND), "run", str(document), "--url", cloud.front, "--no-color", "--phases", "coverage,fuzzing"),
        *("--checks", "all", "--exclude-checks", ",".join(NOT_HELD), "--continue-on-failure", "--seed", "1", *more),
    ]
    known = {"FRONT": cloud.front, "COOKIES": " ".join(cookies), "CONSUMER_KEY": SnapTrade.consumer_key}
    hooks = {"SCHEMATHESIS_HOOKS": "tests.e2e.schemathesis_hooks", "PYTHONPATH": str(ROOT)}
    environment = {**os.environ, **known, **hooks}
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder, env=environment)
