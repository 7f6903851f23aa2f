"""`make deploy` asks two questions the first time, and saves the answers where the SAM CLI reads them."""

import tomllib
from pathlib import Path

import pytest

from tests.support.aws.stack import ROOT
from tools import first_answers
from tools.deploy import read_overrides
from tools.first_answers import parse_origins, parse_stack, save

SHIPPED = (ROOT / "samconfig.toml").read_text("utf-8")


def test_shipped_configuration_has_both_environments_of_the_workflow() -> None:
    assert [read_overrides(SHIPPED, name) for name in ("default", "staging", "production")] == [
        [],
        ["AllowedOrigins=https://staging.example.com"],
        ["AllowedOrigins=https://app.example.com", "PlaidEnvironment=production"],
    ]
    settings = tomllib.loads(SHIPPED)
    deployed = {name: settings[name]["deploy"]["parameters"] for name in ("staging", "production")}
    assert {one["stack_name"] for one in deployed.values()} == {"tidings-staging", "tidings"}
    assert not any(one["confirm_changeset"] for one in deployed.values()), "nobody can answer a workflow's question"


@pytest.mark.parametrize("environment", ["default", "new"])
def test_saved_answers_are_read_again(environment: str) -> None:
    saved = save(SHIPPED, environment, "tidings-eu", "https://a.example.com,https://b.example.com")
    assert read_overrides(saved, environment) == ["AllowedOrigins=https://a.example.com,https://b.example.com"]
    parameters = tomllib.loads(saved)[environment]["deploy"]["parameters"]
    assert parameters["stack_name"] == "tidings-eu"


def test_questions_are_asked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "samconfig.toml"
    file.write_text(SHIPPED)
    monkeypatch.setattr(first_answers, "CONFIGURATION", file)
    answers = ["1st", "", "*", "https://app.example.com/path", "https://app.example.com, http://localhost:5173"]
    monkeypatch.setattr("builtins.input", lambda _question: answers.pop(0))
    first_answers.main()
    first_answers.main()
    assert answers == []
    parameters = tomllib.loads(file.read_text())["default"]["deploy"]["parameters"]
    assert parameters["stack_name"] == "tidings"
    assert parameters["parameter_overrides"] == "AllowedOrigins=https://app.example.com,http://localhost:5173"


@pytest.mark.parametrize(
    "answer", ["", "*", "app.example.com", "https://a.example.com/", "https://a,", "https://*.a.com"]
)
def test_what_is_no_origin_is_refused(answer: str) -> None:
    with pytest.raises(ValueError, match="comma separated"):
        parse_origins(answer)


def test_stack_name_must_be_valid() -> None:
    assert parse_stack("") == "tidings"
    with pytest.raises(ValueError, match="letters"):
        parse_stack("no_underscore")
