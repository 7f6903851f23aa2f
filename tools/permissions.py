"""Generate docs/permissions.md from the translated template (`make permissions`). A test fails if it is stale."""

import logging
from collections.abc import Iterable, Iterator

from local.translation import load_template
from tests.support.aws.generations import deployed_resources
from tests.support.aws.iam import Permission
from tests.support.aws.stack import ROOT, Stack

FILE = ROOT / "docs" / "permissions.md"
_HEAD = """# Permissions

What each function may do on AWS, and nothing more. `make permissions` generates this page from `template.yaml`.
`tests/repository/template/test_permissions.py` states independently what each function may do.
`tests/e2e/test_all_flows.py` proves that every call of all flows is allowed and every permission is used.

*But `credential`*: every attribute of the row except the encrypted credential, which is neither read, tested, written
nor returned. *Returns nothing*: the write returns no attribute. In addition, managed policies of AWS let each function
write its logs and traces.
"""
_ROW = "| function | resource | actions | limits | what for |\n|---|---|---|---|---|"
_OPTIONS = {
    "`PaidRefresh` on": {"PaidRefresh": "on"},
    "`NotifyUrl`": {"NotifyUrl": "https://app.example.com/tidings"},
}
Rows = dict[tuple[str, str, str], list[Permission]]


def written() -> str:
    plain = _deployed(Stack.from_template())
    parts = [_HEAD, *_table(plain)]
    for title, parameters in _OPTIONS.items():
        known = {(one.function, one.action, one.resource) for one in plain}
        found = _deployed(Stack.from_template(**parameters))
        added = [one for one in found if (one.function, one.action, one.resource) not in known]
        parts += [f"\n## Only with {title}\n", *_table(added)]
    return "\n".join(parts) + "\n"


def _deployed(stack: Stack) -> list[Permission]:
    """Return the permissions of the functions whose conditions hold."""
    deployed = deployed_resources(stack)
    return [one for one in stack.permissions.all if one.function in deployed]


def _table(permissions: Iterable[Permission]) -> Iterator[str]:
    rows: Rows = {}
    order = list(load_template(ROOT / "template.yaml")["Resources"])
    for one in sorted(permissions, key=lambda one: (order.index(one.function), one.resource, one.sid)):
        rows.setdefault((one.function, one.resource, one.sid), []).append(one)
    yield _ROW
    for (function, resource, sid), found in rows.items():
        actions = " ".join(sorted({one.action.partition(":")[2] for one in found}))
        yield f"| `{function}` | `{resource}` | {actions} | {_limit(found[0])} | {_words(sid)} |"


def _limit(permission: Permission) -> str:
    """Describe a statement's conditions. Raises ValueError for a condition without a description."""
    keys = {key for tests in permission.conditions.values() for key in tests}
    if keys - {"dynamodb:Attributes", "dynamodb:Select", "dynamodb:ReturnValues"}:
        raise ValueError(sorted(keys))
    if "dynamodb:Attributes" in keys:
        return "but `credential`"
    return "returns nothing" if "dynamodb:ReturnValues" in keys else ""


def _words(sid: str) -> str:
    """Split a statement id into words: `FindOwner` becomes `find owner`. Product names keep their capitals."""
    spaced = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in sid).strip()
    return spaced.replace("snap trade", "SnapTrade").replace("plaid", "Plaid")


def main() -> None:
    logging.getLogger("samtranslator").setLevel(logging.ERROR)  # it warns that it can't send metrics
    FILE.write_text(written(), "utf-8")
    print(f"wrote {FILE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
