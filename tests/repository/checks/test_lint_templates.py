"""Test .ci/lint_templates.py: which findings fail, and that one of the regions has no function URLs."""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.support.aws.stack import ROOT


@pytest.fixture(scope="module")
def linter() -> ModuleType:
    spec = importlib.util.spec_from_file_location("lint_templates", ROOT / ".ci" / "lint_templates.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_finding_without_exception_and_exception_without_finding_fail(linter: ModuleType) -> None:
    found = [linter.Finding("checkov", "CKV_1", name, "no key") for name in ("OneTable", "OtherQueue", "OtherQueue")]
    exceptions = [
        linter.LintException("checkov", "CKV_1", "*Table *Log", "encrypted before"),
        linter.LintException("cfn-lint", "CKV_1", "OtherQueue", "another tool"),
    ]
    assert linter.judge(found, exceptions) == [
        "checkov CKV_1 OtherQueue: no key",
        "explains nothing: cfn-lint CKV_1 OtherQueue",
    ]


def test_exception_without_a_reason_is_refused(linter: ModuleType, tmp_path: Path) -> None:
    listed = tmp_path / "exceptions.toml"
    listed.write_text('exceptions = [{tool = "checkov", rule = "CKV_1", resources = "*", reason = " "}]', "utf-8")
    with pytest.raises(ValueError, match="CKV_1"):
        linter.load_exceptions(listed)


@pytest.mark.parametrize(("left_out_in", "found"), [("eu-west-3", ["E3006"]), ("us-gov-west-1", [])])
def test_function_url_in_region_without_them_is_found(
    linter: ModuleType, tmp_path: Path, left_out_in: str, found: list[str]
) -> None:
    target = "arn:aws:lambda:us-east-1:123456789012:function:f"
    properties = {"AuthType": "NONE", "TargetFunctionArn": target}
    template = {
        "Conditions": {"HasUrl": {"Fn::Not": [{"Fn::Equals": [{"Ref": "AWS::Region"}, left_out_in]}]}},
        "Resources": {"SomeUrl": {"Type": "AWS::Lambda::Url", "Condition": "HasUrl", "Properties": properties}},
    }
    path = tmp_path / "template.json"
    path.write_text(json.dumps(template), "utf-8")
    assert [one.rule for one in linter.run_cfn_lint([path]) if one.rule.startswith("E")] == found
