"""The prompts in docs/deploy.md are those of `sam deploy --guided`: every parameter, its default, in its order."""

import re

from tests.repository.docs.test_docs import prose
from tests.support.aws.stack import ROOT, Stack

PAGE = ROOT / "docs" / "deploy.md"


def prompts() -> list[tuple[str, str]]:
    """Each parameter and default in the table of prompts, in its order."""
    rows = [line for line in prose(PAGE).splitlines() if line.startswith("| `Parameter ")]
    asked = [row.split("|")[1] for row in rows]
    return [pair for cell in asked for pair in re.findall(r"`(?:Parameter )?(\w+) \[([^\]]*)\]`", cell)]


def test_deploy_prompts_match_template_parameters() -> None:
    declared = Stack.from_template().source["Parameters"]
    assert prompts() == [(name, str(spec.get("Default", ""))) for name, spec in declared.items()]


def test_outputs_named_in_deploy_page_exist() -> None:
    outputs = set(Stack.from_template().template["Outputs"])
    named = set(re.findall(r"`(\w+(?:Url|Arn|Name|Target))`", prose(PAGE))) - {"WebhookBaseUrl"}
    parameters = set(Stack.from_template().source["Parameters"])
    assert named - parameters - outputs == set()
    assert {"ApiUrl", "PlaidWebhookUrl", "SnapTradeWebhookUrl"} <= named
