"""Which function reaches the credentials: the others can neither read nor decrypt them."""

import pytest

from tests.support.aws.iam import Call
from tests.support.aws.stack import Stack
from tidings.store.tables import ProviderItem

pytestmark = pytest.mark.invariant(id="I9")

BLIND_TO_CREDENTIALS = [
    "WebhookPlaidFunction",
    "WebhookSnapTradeFunction",
    "DeferredWebhooksFunction",
    "PendingFunction",
    "HoldingsFunction",
]
ITEMS = "ProviderItemsTable"


@pytest.mark.threat(id="function-takeover")
@pytest.mark.parametrize("function", BLIND_TO_CREDENTIALS)
@pytest.mark.parametrize(
    ("action", "attributes", "select", "return_values"),
    [
        pytest.param("GetItem", {"item", "credential"}, "SPECIFIC_ATTRIBUTES", None, id="named in a projection"),
        pytest.param("GetItem", {"item"}, "ALL_ATTRIBUTES", None, id="all attributes, by name"),
        pytest.param("GetItem", {"item"}, None, None, id="all attributes, by default"),
        pytest.param("GetItem", set(), "SPECIFIC_ATTRIBUTES", None, id="a request that names no attribute"),
        pytest.param("UpdateItem", {"item", "credential"}, None, None, id="tested, written or copied"),
        pytest.param("UpdateItem", {"item"}, None, "ALL_OLD", id="returned by a write"),
        pytest.param("UpdateItem", {"item"}, None, "UPDATED_NEW", id="returned by a write that copied it"),
        pytest.param("DeleteItem", {"item"}, None, "ALL_OLD", id="returned by a removal"),
        pytest.param("ConditionCheckItem", {"item", "credential"}, None, None, id="tested in a transaction"),
        pytest.param("ConditionCheckItem", {"item"}, None, "ALL_OLD", id="returned by a failed test"),
        pytest.param("PutItem", {"item", "credential"}, None, None, id="replaced"),
        pytest.param("Query", {"item", "credential"}, "SPECIFIC_ATTRIBUTES", None, id="queried"),
        pytest.param("Scan", set(), "ALL_ATTRIBUTES", None, id="scanned"),
        pytest.param("BatchGetItem", {"item", "credential"}, "SPECIFIC_ATTRIBUTES", None, id="read in a batch"),
    ],
)
def test_function_without_credential_access_can_not_reach_it(
    stack: Stack,
    function: str,
    action: str,
    attributes: set[str],
    select: str | None,
    return_values: str | None,
) -> None:
    call = Call(function, f"dynamodb:{action}", ITEMS, frozenset(attributes), select, return_values)
    assert not stack.permissions.allows(call)


@pytest.mark.parametrize(
    ("action", "attributes", "select", "return_values"),
    [
        pytest.param("GetItem", {"item", "credential"}, "SPECIFIC_ATTRIBUTES", None, id="named in a projection"),
        pytest.param("GetItem", {"item"}, None, None, id="all attributes, by default"),
        pytest.param("UpdateItem", {"item", "credential"}, None, "ALL_OLD", id="returned by a write"),
        pytest.param("UpdateItem", {"item", "credential"}, None, "ALL_NEW", id="returned by a write, as it is now"),
    ],
)
def test_tasks_function_writes_credentials_but_can_not_read_them(
    stack: Stack, action: str, attributes: set[str], select: str | None, return_values: str | None
) -> None:
    call = Call("TasksFunction", f"dynamodb:{action}", ITEMS, frozenset(attributes), select, return_values)
    assert not stack.permissions.allows(call)


@pytest.mark.parametrize("function", [name for name in BLIND_TO_CREDENTIALS if name != "PendingFunction"])
def test_function_without_credential_access_can_read_the_owner(stack: Stack, function: str) -> None:
    read = Call(function, "dynamodb:GetItem", ITEMS, frozenset({"item", "user_id"}), "SPECIFIC_ATTRIBUTES")
    write = Call(function, "dynamodb:UpdateItem", ITEMS, frozenset({"item", "user_id", "expires_at"}), None, "NONE")
    part_of_transaction = Call(function, "dynamodb:UpdateItem", ITEMS, write.attributes)
    assert stack.permissions.forbidden([read, write, part_of_transaction]) == []


def test_only_expected_functions_may_decrypt(stack: Stack) -> None:
    decrypting = {one.function for one in stack.permissions.all if one.action == "kms:Decrypt"}
    assert decrypting == {"RefreshFunction", "ConnectionsFunction", "ReconcileFunction"}


def test_credential_key_requires_an_encryption_context(stack: Stack) -> None:
    policy = stack.resolve(stack.template["Resources"]["CredentialKey"]["Properties"]["KeyPolicy"])
    granting = [one for one in policy["Statement"] if {"kms:Encrypt", "kms:Decrypt"} & set(one["Action"])]
    assert [one["Condition"] for one in granting] == [{"Null": {"kms:EncryptionContextKeys": "false"}}]
    assert not [action for one in policy["Statement"] for action in one["Action"] if "*" in action]
    assert all(one["Principal"] == {"AWS": "arn:aws:iam::000000000000:root"} for one in policy["Statement"])


def test_attribute_list_omits_only_the_credential(stack: Stack) -> None:
    listed = set(stack.template["Mappings"]["ProviderItems"]["WithoutCredential"]["Attributes"])
    assert listed == set(ProviderItem.get_attributes()) - {"credential"}
    assert {"item", "user_id"} <= listed, "AWS: the keys of the table and of its indexes must be listed"
