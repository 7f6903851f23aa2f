"""Which deployment a command speaks to: a stack on AWS, or the local cloud of `make run`.

The product reads its table names when it is imported, so a target is chosen before anything of it is.
"""

import functools
import os
from collections.abc import Callable, Mapping
from typing import ParamSpec, TypeVar

import boto3
import click
from botocore.exceptions import BotoCoreError, ClientError

P = ParamSpec("P")
T = TypeVar("T")

_TABLES = {
    "PROVIDER_ITEMS_TABLE": "ProviderItemsTable",
    "UPDATE_STATE_TABLE": "UpdateStateTable",
    "HOLDINGS_TABLE": "HoldingsTable",
    "SESSIONS_TABLE": "SessionsTable",
    "LINK_SESSIONS_TABLE": "LinkSessionsTable",
    "WEBHOOK_EVENTS_TABLE": "WebhookEventsTable",
    "PROVIDER_BUDGETS_TABLE": "ProviderBudgetsTable",
}
_SECRETS = {"PLAID_SECRET_ID": "PlaidSecret", "SNAPTRADE_SECRET_ID": "SnapTradeSecret"}
_PARAMETERS = {"PLAID_ENVIRONMENT": "PlaidEnvironment", "SNAPTRADE_KEY_TYPE": "SnapTradeKeyType"}
_NAMED = {**_TABLES, **_SECRETS}
_KEY = "CredentialKey"
_LOCAL_PREFIX = "tidings-local-"
_MINISTACK_PORT_OFFSET = 5
_SIMULATOR_PORT_OFFSETS = {"PLAID_BASE_URL": 3, "SNAPTRADE_BASE_URL": 4}


def chosen(command: Callable[P, T]) -> Callable[P, T]:
    """Speak to the deployment that the command line names before the command runs (but not before its --help)."""

    @functools.wraps(command)
    def on_target(*args: P.args, **kwargs: P.kwargs) -> T:
        options = click.get_current_context().find_root().params
        if options["local"] == bool(options["stack"]):
            raise click.UsageError("Say which deployment: --stack NAME or --local, before the command.")
        if options["local"]:
            _use_local(options["port"])
        else:
            _use_stack(options["stack"])
        return command(*args, **kwargs)

    return on_target


def _use_local(port: int) -> None:
    """Speak to the local cloud whose page is at `port`. ClickException when it does not answer."""
    os.environ.update(
        {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port + _MINISTACK_PORT_OFFSET}",
            "AWS_ACCESS_KEY_ID": "operator",
            "AWS_SECRET_ACCESS_KEY": "operator",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
    )
    try:
        key = boto3.client("kms").describe_key(KeyId=f"alias/{_LOCAL_PREFIX}{_KEY}")["KeyMetadata"]["Arn"]
    except (BotoCoreError, ClientError) as error:
        raise click.ClickException(f"No local cloud answers on port {port}: start it with `make run`.") from error
    for variable, offset in _SIMULATOR_PORT_OFFSETS.items():
        os.environ.setdefault(variable, f"http://127.0.0.1:{port + offset}")
    os.environ.setdefault("PLAID_ENVIRONMENT", "sandbox")
    os.environ.setdefault("SNAPTRADE_KEY_TYPE", "commercial")
    _use({logical_id: _LOCAL_PREFIX + logical_id for logical_id in _NAMED.values()} | {_KEY: key})


def _use_stack(name: str) -> None:
    """Speak to a deployed stack. ClickException when AWS does not show it."""
    try:
        client = boto3.client("cloudformation")
        pages = client.get_paginator("list_stack_resources").paginate(StackName=name)
        found = {
            one["LogicalResourceId"]: one["PhysicalResourceId"]
            for page in pages
            for one in page["StackResourceSummaries"]
        }
        parameters = client.describe_stacks(StackName=name)["Stacks"][0].get("Parameters", [])
    except (BotoCoreError, ClientError) as error:
        raise click.ClickException(f"Stack {name} can't be read: {error}") from error
    missing = [logical_id for logical_id in [*_NAMED.values(), _KEY] if logical_id not in found]
    if missing:
        raise click.ClickException(f"Stack {name} is not a Tidings deployment: it has no {', '.join(missing)}.")
    given = {one["ParameterKey"]: one["ParameterValue"] for one in parameters}
    os.environ.update({variable: given[name] for variable, name in _PARAMETERS.items() if name in given})
    _use(found)


def _use(physical: Mapping[str, str]) -> None:
    os.environ.update({variable: physical[logical_id] for variable, logical_id in _NAMED.items()})
    os.environ["CREDENTIAL_KEY_ID"] = physical[_KEY]
