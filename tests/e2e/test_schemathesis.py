"""Run Schemathesis against the local cloud: no 5xx, and no response that docs/openapi.json does not describe."""

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
from tests.support.aws.stack import ROOT

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "12"))
"""Random examples per operation, beside those that cover each keyword of its schema. `make fuzz` sets more."""
TIMEOUT_S = 600 + 20 * EXAMPLES
DOCUMENT = ROOT / "docs" / "openapi.json"
DESCRIPTION = json.loads(DOCUMENT.read_text("utf-8"))
COMMAND = ROOT / ".venv-schemathesis" / "bin" / "schemathesis"
EXCLUDED_CHECKS = {
    "unsupported_method": "the gateway returns 404, as API Gateway does",
    "positive_data_acceptance": "only the provider knows whether a token is valid",
    "ignored_auth": "the hooks sign in every call; tests/e2e/test_bad_input.py sends none",
}


@pytest.fixture(scope="module")
def fuzz_target(
    tmp_path_factory: pytest.TempPathFactory, description: Description
) -> Iterator[tuple[LocalCloud, Brokers, list[str]]]:
    """A local cloud without throttling, and the cookies of two users with connections at both providers."""
    settings = Settings(port=0, state=tmp_path_factory.mktemp("fuzzed"), parameters={"PaidRefresh": "on"})
    with local_cloud(settings, Options(throttled=False)) as cloud, brokers_of(cloud) as brokers:
        for _ in range(2):
            with signed_in(cloud, brokers, description.check) as user:
                for provider in PROVIDERS:
                    user.link_and_refresh(provider)
        yield cloud, brokers, sorted(brokers.cookies)
        leftovers.check(cloud, brokers, record=None)


@pytest.mark.threat(id="hostile-body")
@pytest.mark.threat(id="leaked-internals")
@pytest.mark.timeout(TIMEOUT_S)
def test_every_route_returns_only_described_responses(
    fuzz_target: tuple[LocalCloud, Brokers, list[str]], tmp_path: Path
) -> None:
    cloud, _, cookies = fuzz_target
    done = _run(cloud, cookies, tmp_path, "--max-examples", str(EXAMPLES))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Tested: {sum(map(len, DESCRIPTION['paths'].values()))}\n" in done.stdout


def test_undescribed_response_fails_the_run(fuzz_target: tuple[LocalCloud, Brokers, list[str]], tmp_path: Path) -> None:
    cloud, _, cookies = fuzz_target
    document = copy.deepcopy(DESCRIPTION)
    del document["paths"]["/plaid/webhook"]["post"]["responses"]["403"]
    document["components"]["schemas"]["CombinedPending"]["properties"]["has_pending_updates"] = {"type": "integer"}
    incomplete = tmp_path / "openapi.json"
    incomplete.write_text(json.dumps(document), "utf-8")
    only = ("--include-path", "/plaid/webhook", "--include-path", "/pending-updates", "--max-examples", "1")
    done = _run(cloud, cookies, tmp_path, *only, document=incomplete)
    assert done.returncode == 1
    assert set(re.findall(r"- ST\d+ (.+)", done.stdout)) == {"Undocumented status code", "Response violates schema"}


def _run(
    cloud: LocalCloud, cookies: list[str], folder: Path, *options: str, document: Path = DOCUMENT
) -> "subprocess.CompletedProcess[str]":
    command = [
        *(str(COMMAND), "run", str(document), "--url", cloud.front, "--no-color", "--phases", "coverage,fuzzing"),
        *("--checks", "all", "--exclude-checks", ",".join(EXCLUDED_CHECKS)),
        *("--continue-on-failure", "--seed", "1", *options),
    ]
    target = {"FRONT": cloud.front, "COOKIES": " ".join(cookies), "CONSUMER_KEY": SnapTrade.consumer_key}
    hooks = {"SCHEMATHESIS_HOOKS": "tests.e2e.schemathesis_hooks", "PYTHONPATH": str(ROOT)}
    environment = {**os.environ, **target, **hooks}
    # Schemathesis writes .schemathesis and .hypothesis into its working directory: keep them out of the tree.
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder, env=environment)
