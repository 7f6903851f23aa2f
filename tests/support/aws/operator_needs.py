"""Read which AWS permissions each command of `tidings` needs, as docs/operations.md lists them.

`tests/integration/cli/test_operator_permissions.py` proves the list by the calls that the commands make.
"""

import re

from tests.support.aws.stack import ROOT

Needs = dict[str, set[str]]
"""Actions by resource."""

_DOCUMENT = ROOT / "docs" / "operations.md"
_ROW = re.compile(r"^\| `([a-z -]+)` \| (.+) \|$", re.MULTILINE)


def read_documented_needs() -> dict[str, Needs]:
    """Read the table by command, without the permissions that every command needs."""
    section = _DOCUMENT.read_text("utf-8").partition("### What each command may")[2].partition("\n## ")[0]
    found: dict[str, Needs] = {}
    for command, cell in _ROW.findall(section):
        parts = [part.partition(": ") for part in cell.replace("`", "").split("; ")]
        found[command] = {on: set(actions.split()) for on, _, actions in parts}
    return found
