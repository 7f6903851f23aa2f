"""All of AWS as MiniStack plays it: deploy the build into it, as far as MiniStack accepts it."""

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
from recorded_calls import record_calls

from local.account import REGION
from local.ministack import MiniStack
from local.processes import Supervisor
from local.translation import Template, load_template
from tools.deploy import compute_release

BUILT = Path(".aws-sam/build/template.yaml")
NESTED = "Observability"
STACK = "tidings-check"
PLACEHOLDER_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "check", "AWS_SECRET_ACCESS_KEY": "check", "AWS_REGION": REGION}


class Emulation(MiniStack):
    """All of AWS as MiniStack plays it. It also runs the functions, so its Python must be theirs: .venv-emulation.

    `called`: the actions of IAM that `sam deploy` used.
    """

    def __init__(self, supervisor: Supervisor, port: int, state: Path, log: Path) -> None:
        super().__init__(supervisor, port, state, log)
        self.called: set[str] = set()

    def _environment(self) -> dict[str, str]:
        return super()._environment() | {"SERVICES": "", "PERSIST_STATE": "0", "TMPDIR": str(self._state.resolve())}

    def client(self, service: str) -> Any:  # noqa: ANN401 - of a service named at run time
        session: Any = boto3.Session(aws_access_key_id="check", aws_secret_access_key="check", region_name=REGION)
        return session.client(service, endpoint_url=self.url)

    def deploy(self, parameters: Mapping[str, str], *, released: bool = True) -> None:
        """Deploy the build; `released` as `make deploy` does, with the Release of build and parameters."""
        values = dict(parameters)
        if released:
            values["Release"] = compute_release(BUILT.parent, (f"{name}={value}" for name, value in values.items()))
        command = [
            *(".venv-sam/bin/sam", "deploy", "--stack-name", STACK, "--resolve-s3", "--region", REGION),
            *("--template-file", str(reduced())),
            *("--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"),
            *("--no-confirm-changeset", "--no-progressbar"),
            *("--parameter-overrides", *(f"{name}={value}" for name, value in values.items())),
        ]
        environment = os.environ | PLACEHOLDER_CREDENTIALS | {"AWS_ENDPOINT_URL": self.url, "SAM_CLI_TELEMETRY": "0"}
        with record_calls() as recorded:
            environment |= recorded.environment
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        self.called |= recorded.actions
        if done.returncode:
            sys.exit(f"{done.stdout[-6000:]}\n{done.stderr[-2000:]}\nsam deploy failed")

    def post(self, function_url: str, body: bytes, headers: dict[str, str]) -> int:
        """Post to a function URL, whose host MiniStack serves by name; returns the status."""
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=30)
        host = function_url.removeprefix("https://").strip("/")
        connection.request("POST", "/", body, {"host": host, "content-type": "application/json", **headers})
        return connection.getresponse().status


def reduced() -> Path:
    """Write what MiniStack accepts of the built template and of the one nested in it; return the first one's path."""
    template = load_template(BUILT)
    location = template["Resources"][NESTED]["Properties"]["Location"]
    nested = without_expressions(load_template(BUILT.parent / location))
    template["Resources"][NESTED]["Properties"]["Location"] = written("observability-ministack.json", nested).name
    return written("template-ministack.json", without_expressions(template))


def without_expressions(template: Template) -> Template:
    """Leave out the alarms over an expression, which MiniStack refuses: only cfn-lint checks those."""
    resources = template["Resources"]
    left_out = [name for name, one in resources.items() if name.endswith("Alarm") and "Metrics" in one["Properties"]]
    alarms_of_it = sum(name.endswith("Alarm") for name in resources)
    print(f"  alarms over an expression, left out: {len(left_out)} of {alarms_of_it}")
    return {**template, "Resources": {name: one for name, one in resources.items() if name not in left_out}}


def written(name: str, template: Template) -> Path:
    """Write a template beside the built one."""
    path = BUILT.with_name(name)
    path.write_text(json.dumps(template, default=str), "utf-8")
    return path
