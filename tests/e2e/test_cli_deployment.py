"""`tidings doctor`, `status` and `teardown` against a local cloud of their own: fresh, used, down, and torn down."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.cloud import LocalCloud, local_cloud
from local.settings import Settings
from tests.e2e import leftovers
from tests.e2e.brokers import Brokers, brokers_of
from tests.e2e.command import tidings
from tests.e2e.description import Description
from tests.e2e.user import User, signed_in


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LocalCloud, Brokers]]:
    """Start a local cloud as the first `make run` does."""
    with local_cloud(Settings(port=0, state=tmp_path_factory.mktemp("fresh"))) as cloud, brokers_of(cloud) as brokers:
        yield cloud, brokers
        leftovers.check(cloud, brokers, record=None)


@pytest.fixture
def user(fresh: tuple[LocalCloud, Brokers], description: Description) -> Iterator[User]:
    with signed_in(*fresh, description.check) as person:
        yield person


def test_deployment_commands_work_from_first_start_to_teardown(user: User) -> None:
    cloud, brokers = user.cloud, user.brokers
    well = tidings(cloud, "doctor")
    assert (well.returncode, well.stderr) == (0, ""), well.stdout
    assert well.stdout.splitlines()[-1].endswith(" ok, 0 warnings, 0 problems.")

    smoke = tidings(cloud, "smoke")
    assert (smoke.returncode, smoke.stderr) == (0, ""), smoke.stdout
    skipped, summary = smoke.stdout.splitlines()
    assert skipped.startswith("skipped  cold start")
    assert summary.endswith(" ok, 0 warnings, 0 problems, 1 not checked.")
    assert json.loads(tidings(cloud, "items", "list", "--json").stdout)["found"] == 0

    item_id = user.link_and_refresh("plaid")
    user.link_and_refresh("snaptrade")
    brokers.trade("plaid", item_id)
    used = tidings(cloud, "doctor", "--json")
    findings = json.loads(used.stdout)["findings"]
    assert [one for one in findings if one["level"] != "ok"] == []
    told = json.loads(tidings(cloud, "status", "--json").stdout)
    assert {one["provider"]: one["items"] for one in told["providers"]} == {"plaid": 1, "snaptrade": 1}
    assert told["sources"]["pending"] == 1
    replayed = json.loads(tidings(cloud, "events", "replay", "--since", "1h", "--json").stdout)["events"]
    assert {one["verdict"] for one in replayed} == {"nothing to do"}
    assert {one["provider"] for one in replayed} == {"plaid", "snaptrade"}
    shown = [
        tidings(cloud, "events", "list"),
        tidings(cloud, "events", "redrive"),
        tidings(cloud, "status"),
        tidings(cloud, "items", "list"),
        tidings(cloud, "items", "show", item_id),
        tidings(cloud, "users", "show", user.user_id),
        tidings(cloud, "sessions", "list"),
    ]
    assert [one.stderr for one in shown] == [""] * len(shown)
    leaked = [secret for secret in brokers.secrets for one in (well, used, *shown) if secret in one.stdout]
    assert leaked == []

    ended = tidings(cloud, "teardown", "--yes")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.splitlines()[-1] == "Nothing is left at the providers."
    assert brokers.listed("plaid", "items", "items") == brokers.listed("snaptrade", "users", "users") == []
    user.call("GET", "/connections", 401)
    assert tidings(cloud, "teardown", "--yes").returncode == 0


def test_doctor_and_status_name_what_is_down(fresh: tuple[LocalCloud, Brokers]) -> None:
    cloud, brokers = fresh
    cloud.drop_table("HoldingsTable")
    brokers.order("plaid", "faults", path="/webhook_verification_key", kind="close")
    said = tidings(cloud, "doctor")
    assert said.returncode == 1
    assert "problem  tables       HoldingsTable does not exist" in said.stdout
    assert "warning  keys         plaid can't be reached" in said.stdout
    cloud.provision()
    cloud.stop_ministack()
    down = tidings(cloud, "items", "list")
    assert (down.returncode, down.stdout) == (1, "")
    assert down.stderr.startswith("Error: AWS can't be reached: Could not connect to the endpoint URL")
    assert len(down.stderr.splitlines()) == 1
    cloud.start_ministack()


def test_deployment_commands_without_local_cloud_find_no_stack(fresh: tuple[LocalCloud, Brokers]) -> None:
    refused = tidings(fresh[0], "teardown", "--yes", "--delete-stack")
    assert refused.returncode == 2
    assert refused.stderr.splitlines()[-1] == "Error: The local cloud is not a stack: stop it, then run `make clean`."


def test_piped_table_is_plain_text(fresh: tuple[LocalCloud, Brokers], tmp_path: Path) -> None:
    said = tidings(fresh[0], "items", "list")
    assert "\x1b" not in said.stdout
    assert not [line for line in said.stdout.splitlines() if line != line.rstrip()]
