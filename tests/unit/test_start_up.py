"""What a process creates when it imports a function's handler module, and only then."""

import json
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_IMPORT_HANDLERS = """
import importlib, json, sys
import tests.support.aws.environment
from tidings.aws import clients

created, create = {}, clients.aws_client
for module in sys.argv[1:]:
    services = created[module] = []
    clients.aws_client = lambda service: services.append(service) or create(service)
    importlib.import_module(f"functions.{module}")
print(json.dumps(created))
"""
_IMPORT_ALL = """
import json, pkgutil
import tests.support.aws.environment
import tidings
from botocore.session import Session

created = []
Session.create_client = lambda self, service, **_: created.append(service)
for module in pkgutil.walk_packages(tidings.__path__, "tidings."):
    __import__(module.name)
print(json.dumps(created))
"""
_CLIENTS = {
    "webhook_plaid.handler": ["dynamodb", "secretsmanager"],
    "webhook_snaptrade.handler": ["dynamodb", "secretsmanager"],
    "deferred_webhooks.handler": ["dynamodb"],
    "announce.handler": ["secretsmanager", "sqs"],
    "live_ticket.handler": ["dynamodb", "secretsmanager"],
    "live_authorizer.handler": ["secretsmanager"],
    "notify.handler": ["dynamodb", "secretsmanager", "sqs"],
    "tasks.handler": ["dynamodb", "secretsmanager"],
    "reconcile.handler": ["dynamodb", "sqs"],
    "pending.handler": ["dynamodb"],
    "holdings.read": ["dynamodb"],
    "holdings.refresh": ["dynamodb", "secretsmanager", "kms"],
    "connections.handler": ["dynamodb", "secretsmanager", "kms"],
}


_IMPORT_ANNOUNCE = """
import json, sys
import tests.support.aws.environment
import functions.announce.handler
heavy = {"pynamodb", "pydantic", "concurrent.futures.thread", "tidings.store.tables"}
print(json.dumps(sorted(heavy & sys.modules.keys())))
"""

_COLLECTIONS = """
import gc, json, sys
import tests.support.aws.environment
import tidings
collections = []
gc.callbacks.append(lambda phase, _: collections.append(phase))
import functions.holdings.refresh
print(json.dumps([collections, gc.get_freeze_count() > 50_000, gc.get_threshold()[0] < 100_000]))
"""


def print_of(program: str, *arguments: str) -> object:
    """Run a program in a new process and return what it printed."""
    command = [sys.executable, "-c", program, *arguments]
    printed = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=True).stdout
    return json.loads(printed.splitlines()[-1])


def test_handler_modules_create_the_clients_of_their_requests() -> None:
    assert print_of(_IMPORT_HANDLERS, *_CLIENTS) == _CLIENTS


def test_importing_the_product_creates_no_client() -> None:
    assert print_of(_IMPORT_ALL) == []


def test_announce_function_starts_without_the_table_models() -> None:
    """It reads records of the stream, and starts for a nudge that should arrive within a second."""
    assert print_of(_IMPORT_ANNOUNCE) == []


def test_no_garbage_is_collected_while_starting_nor_in_what_it_made() -> None:
    assert print_of(_COLLECTIONS) == [[], True, True]
