"""Runs the product with a fixed time, fixed random ids and a fixed KMS key."""

import copy
import json
import os
import random
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any
from unittest import mock

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.kms.models import kms_backends

from tests.integration.compatibility.provider_stub import ProviderStub
from tests.integration.compatibility.stored_words import Contents, dump
from tests.support.drivers.api_calls import ApiResponse
from tests.support.drivers.app import App
from tests.support.drivers.operator import Operator, build_deployment, drain_queue
from tests.support.fakes.clock import StoppedClock

FIXTURES = Path(__file__).parent / "fixtures"
BEGAN_AT = 1_800_000_000_000
QUEUES = {
    "tasks": "TASKS_QUEUE_URL",
    "deferred webhooks": "DEFERRED_WEBHOOKS_QUEUE_URL",
    "reconcile": "RECONCILE_QUEUE_URL",
}
END = "at the end"
_GROWING = ("WebhookEventsTable", "ProviderBudgetsTable")
KEY_ID = "00000000-0000-4000-8000-000000000001"


def load_fixture(name: str) -> Any:  # noqa: ANN401 - JSON
    return json.loads((FIXTURES / f"{name}.json").read_text())


def create_fixed_key() -> None:
    """Create a KMS key that is the same in every run, so that recorded ciphertexts can be decrypted."""
    keys = kms_backends[DEFAULT_ACCOUNT_ID][os.environ["AWS_REGION"]].keys
    key = copy.copy(next(iter(keys.values())))
    key.id, key.key_material = KEY_ID, b"key material of thirty-two bytes"
    keys[KEY_ID] = key


@dataclass
class Recorder:
    """`moments`: the tables while something was under way; `messages`: what was sent, by queue."""

    app: App
    clock: StoppedClock
    providers: ProviderStub
    dynamodb: Any
    webhooks: dict[str, Any] = field(default_factory=lambda: load_fixture("webhooks")["webhooks"])
    moments: dict[str, Contents] = field(default_factory=dict)
    messages: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in QUEUES})

    @contextmanager
    def at(self, seconds: float) -> Iterator[None]:
        """Stop the clock at this time. The random ids of the step depend only on the time."""
        self.clock.now = BEGAN_AT + round(1000 * seconds)
        random_bytes = _create_generator(str(self.clock.now))
        with ExitStack() as fixed:
            fixed.enter_context(mock.patch.object(random.SystemRandom, "randbytes", lambda _, size: random_bytes(size)))
            fixed.enter_context(mock.patch.object(os, "urandom", random_bytes))
            fixed.enter_context(mock.patch.object(random, "uniform", lambda low, high: (low + high) / 2))
            yield
        for name, variable in QUEUES.items():
            # Providers and sources are called concurrently: the order within a step means nothing.
            self.messages[name] += sorted(drain_queue(os.environ[variable]))

    def note(self, moment: str) -> None:
        """Keep the tables' contents; those of the log and the rate limits only at the end."""
        contents = dump(self.dynamodb)
        kept = contents if moment == END else {name: contents[name] for name in contents if name not in _GROWING}
        self.moments[moment] = kept

    def request(
        self, seconds: float, route: str, cookie: str, body: object = None, *, status: int = 200
    ) -> ApiResponse:
        with self.at(seconds):
            response = self.app.request(route, cookie, body=body)
        assert response.status == status, response.text
        return response

    def receive(self, name: str, *, status: int = 200, seconds: float | None = None) -> str | None:
        """Deliver a recorded webhook at its recorded time; its outcome."""
        sent = self.webhooks[name]
        with self.at(sent["at_s"] if seconds is None else seconds):
            response = self.app.deliver(sent["provider"], (sent["headers"], sent["body"].encode()))
        assert response.status == status, response.text
        outcome: str | None = response.json.get("status") if status == 200 else None
        return outcome

    def operate(self, seconds: float, *arguments: str) -> str:
        """Run an operator's command; its output."""
        now_s = BEGAN_AT / 1000 + seconds
        with self.at(seconds), mock.patch.object(time, "time", return_value=now_s):
            said = Operator(build_deployment()).run(*arguments)
        assert said.code == 0, said.err
        return said.out

    def sign_in(self, user_id: str, seconds: float) -> str:
        """Create a session as an operator; its cookie."""
        named = ("--user-id", user_id, "--email", f"{user_id}@example.com")
        return self.operate(seconds, "sessions", "create", *named).strip()


def _create_generator(seed: str) -> Any:  # noqa: ANN401 - a function
    def generate(size: int) -> bytes:
        return (sha256(seed.encode()).digest() * (size // 32 + 1))[:size]

    return generate
