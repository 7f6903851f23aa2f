"""The reconciler's queue, the schedule of checks and one item's check, without I/O."""

import json
import random
import time
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.fakes.product_modules import replace_in_product
from tidings import clock, providers
from tidings.aws import queues, secrets
from tidings.aws.queues import QueueMessage
from tidings.concurrency import remaining_s
from tidings.model import ItemKey, ProviderName, Source
from tidings.provider_access.credentials import Credentials
from tidings.reconcile import brokers, handler, metric_zeros, policy, unfinished_links
from tidings.store import check_schedule, credentials, items, user_state
from tidings.store.check_schedule import Page, PagedItem
from tidings.store.items import EncryptedCredential
from tidings.store.user_state import UserState

NOW = 1_771_500_000_000
HOUR_MS = 3_600_000
MAX_SILENCE_HOURS = 26
ITEM = ItemKey("plaid", "item")
STORED = EncryptedCredential("ann", b"secret", 1)


def row(**values: Any) -> Source:  # noqa: ANN401 - a row's values
    """Build the item's only source, which is silent unless the values say otherwise."""
    return Source("plaid", "item", "item", "link", **values)


def paged(name: str, provider: ProviderName = "plaid", *, due: bool = True, backed_off: bool = False) -> PagedItem:
    return PagedItem(ItemKey(provider, name), due, backed_off)


def page(*items: PagedItem, last: ItemKey | None = None) -> Page:
    return Page(items, last)


class World:
    """`pages`: those of the schedule, in order. `asked`: after which item each began. `error`: of the check."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 100.0
        self.page_takes_s = 0.0
        self.pages = [page()]
        self.lost_error: Exception | None = None
        self.encrypted: EncryptedCredential | None = STORED
        self.rows: tuple[Source, ...] = (row(),)
        self.is_configured = True
        self.error: Exception | None = None
        self.outcomes: dict[str, int] = {}
        self.checked: list[Any] = []
        self.asked: list[ItemKey | None] = []
        self.sent: list[QueueMessage] = []
        self.limiters: list[tuple[Any, ...]] = []
        self.counted: list[int] = []
        self.done: list[tuple[Any, ...]] = []
        plaid = SimpleNamespace(
            CALLS_PER_MINUTE=50,
            CALLS_PER_CHECK=2,
            MAX_SILENCE_HOURS=MAX_SILENCE_HOURS,
            RATE_COUNTER="status",
            is_configured=lambda _: self.is_configured,
        )
        self.readers = {"plaid": plaid, "snaptrade": SimpleNamespace(CALLS_PER_MINUTE=4, CALLS_PER_CHECK=2)}
        monkeypatch.setattr(clock, "now_ms", lambda: NOW)
        replace_in_product(monkeypatch, time, monotonic=lambda: self.now_s)
        replace_in_product(monkeypatch, random, uniform=lambda low, high: (low + high) / 2)
        monkeypatch.setattr(providers, "status_reader", lambda name: self.readers[name])
        monkeypatch.setattr(secrets, "app_secret", lambda _: {})
        monkeypatch.setattr(queues, "send_reconcile_messages", self._send)
        monkeypatch.setattr(check_schedule, "list_page", self._list)
        monkeypatch.setattr(check_schedule, "schedule_check", self._write("scheduled"))
        monkeypatch.setattr(check_schedule, "back_off", self._write("backed off"))
        monkeypatch.setattr(items, "encrypted_credentials", self._encrypted)
        monkeypatch.setattr(credentials, "decrypt", lambda _, secret: secret.decode())
        monkeypatch.setattr(user_state, "read_user_state", lambda _: UserState(self.rows, {}))
        monkeypatch.setattr(metric_zeros, "write_zeros", lambda: self.done.append(("zeros",)))
        monkeypatch.setattr(unfinished_links, "record_lost_items", self._record_lost)
        monkeypatch.setattr(brokers, "renew", lambda: self.done.append(("brokers", remaining_s())))
        monkeypatch.setattr(handler, "RateLimiter", self._limit)
        monkeypatch.setattr(handler, "StatusCheck", self._build_check)

    def start_run(self) -> Any:  # noqa: ANN401 - Lambda's response
        return handler.handle({}, SimpleNamespace(aws_request_id="request"))

    def process(self, kind: str, about: object) -> Any:  # noqa: ANN401 - Lambda's response
        body = json.dumps({"kind": kind, "about": about})
        return handler.handle({"Records": [{"messageId": "1", "body": body}]}, None)["batchItemFailures"]

    def check(self, item: object = "plaid#item") -> Any:  # noqa: ANN401 - Lambda's response
        return self.process("look-1", {"item": item})

    def said(self, what: str) -> list[tuple[Any, ...]]:
        return [tuple(rest) for kind, *rest in self.done if kind == what]

    def _list(self, after: ItemKey | None, now: int, limit: int) -> Page:
        assert (now, limit) == (NOW, 500)
        self.asked.append(after)
        self.now_s += self.page_takes_s
        return self.pages.pop(0)

    def _send(self, messages: Sequence[QueueMessage]) -> None:
        self.sent += messages

    def _encrypted(self, wanted: Sequence[ItemKey]) -> dict[ItemKey, EncryptedCredential]:
        return {one: self.encrypted for one in wanted if self.encrypted and one == ITEM}

    def _limit(self, *given: object) -> Callable[[int], None]:
        self.limiters.append(given)
        return self.counted.append

    def _build_check(self, given: Credentials, _reader: object, item_id: str, rows: object, began_at: int) -> Any:  # noqa: ANN401 - a check
        def run() -> None:
            access = given.decrypt(item_id)
            access.count_calls(1)
            self.checked.append((given.user_id, access.credential, rows, began_at))
            if self.error:
                raise self.error
            self.rows = tuple(one._replace(last_reconcile_at=began_at) for one in self.rows)

        return SimpleNamespace(run=run, outcomes=self.outcomes)

    def _record_lost(self) -> None:
        self.done.append(("lost",))
        if self.lost_error:
            raise self.lost_error

    def _write(self, name: str) -> Callable[..., None]:
        return lambda *given: self.done.append((name, *given))


def daily() -> int:
    """Return when an item is due that has no other reason, in the middle of what is random."""
    return policy.daily_check_at(NOW)
