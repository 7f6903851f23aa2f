"""Deliver webhooks, log the attempts, and retry as the provider does."""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Callable, Coroutine
from dataclasses import asdict, dataclass, field
from types import TracebackType
from typing import Any, Literal, NamedTuple, Self

import httpx

TIMEOUT_S = 10.0
MAX_RESPONSE_CHARS = 500
MAX_SENT_PER_SUBJECT = 200
RetryMode = Literal["off", "real", "compressed"]


class SignedWebhook(NamedTuple):
    """The exact body and headers of a webhook."""

    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True)
class Notification:
    """One webhook to deliver. Each attempt calls `sign`: Plaid signs anew, SnapTrade repeats the same bytes."""

    url: str
    event: str
    webhook_id: str
    sign: Callable[[], SignedWebhook]
    subject: str = ""
    connection_id: str | None = None
    variant: str = "genuine"


@dataclass
class DeliveryAttempt:
    """One attempt and the receiver's response; without a response `status` is None and `error` gives the reason."""

    event: str
    url: str
    webhook_id: str
    variant: str
    attempt: int
    status: int | None = None
    answer: str = ""
    error: str | None = None
    retry_after: str | None = None
    at: float = field(default_factory=time.time)
    duration_s: float = 0.0


@dataclass(frozen=True)
class RetrySchedule:
    """Delays in seconds before the second, third... attempt, and the statuses that end the retries."""

    delays_s: tuple[float, ...]
    accepted_statuses: frozenset[int]
    honors_retry_after: bool = False
    longest_retry_after_s: float = 4 * 3600

    def compute_delay_s(self, retry: int, last: DeliveryAttempt) -> float:
        """Return the delay before a retry: the receiver's Retry-After where the provider honors it."""
        if self.honors_retry_after and last.status == 429 and (last.retry_after or "").isdecimal():
            return min(float(last.retry_after or 0), self.longest_retry_after_s)
        return self.delays_s[retry]


class WebhookSender:
    """The provider's delivery service, an async context manager; leaving it cancels pending retries."""

    def __init__(self, schedule: RetrySchedule) -> None:
        self.schedule = schedule
        self.retries: RetryMode = "off"
        self.factor = 1.0
        self.timeout_s = TIMEOUT_S
        self.receive: Callable[[str, SignedWebhook], httpx.Response | None] = lambda _url, _signed: None
        """Receives webhooks in this process. Those without a response are sent by HTTP."""
        self._log: deque[DeliveryAttempt] = deque(maxlen=10_000)
        self._sent: defaultdict[str, deque[tuple[Notification, SignedWebhook]]] = defaultdict(
            lambda: deque(maxlen=MAX_SENT_PER_SUBJECT)
        )
        self._tasks: set[asyncio.Task[object]] = set()
        self._client: httpx.AsyncClient | None = None

    async def __aenter__(self) -> Self:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
        self._client = httpx.AsyncClient(limits=limits, trust_env=False)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()

    def run_in_background(self, work: Coroutine[Any, Any, object]) -> None:
        """Run a coroutine that ends with this sender at the latest."""
        task: asyncio.Task[object] = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def deliver(self, notification: Notification) -> DeliveryAttempt:
        """Make the first attempt; retries, if enabled, follow in the background."""
        first = await self._attempt(notification, 1)
        if (
            self.retries != "off"
            and notification.variant == "genuine"
            and first.status not in self.schedule.accepted_statuses
        ):
            self.run_in_background(self._retry(notification, first))
        return first

    async def deliver_all(self, notifications: list[Notification]) -> list[DeliveryAttempt]:
        return list(await asyncio.gather(*(self.deliver(notification) for notification in notifications)))

    def find_last_genuine(
        self, subject: str, connection_id: str | None = None
    ) -> tuple[Notification, SignedWebhook] | None:
        for notification, signed in reversed(self._sent[subject]):
            if connection_id in (None, notification.connection_id):
                return notification, signed
        return None

    def list_attempts(self) -> list[dict[str, Any]]:
        return [asdict(delivery) for delivery in self._log]

    def clear(self) -> None:
        self._log.clear()

    async def _retry(self, notification: Notification, last: DeliveryAttempt) -> None:
        for retry in range(len(self.schedule.delays_s)):
            await asyncio.sleep(self.schedule.compute_delay_s(retry, last) / self.factor)
            last = await self._attempt(notification, retry + 2)
            if last.status in self.schedule.accepted_statuses:
                return

    async def _attempt(self, notification: Notification, attempt: int) -> DeliveryAttempt:
        if self._client is None:
            raise RuntimeError("enter the context of the webhook sender first")
        signed = notification.sign()
        if notification.variant == "genuine":
            self._sent[notification.subject].append((notification, signed))
        delivery = DeliveryAttempt(
            notification.event, notification.url, notification.webhook_id, notification.variant, attempt
        )
        self._log.append(delivery)
        began = time.perf_counter()
        try:
            response = self.receive(notification.url, signed) or await self._client.post(
                notification.url, content=signed.body, headers=signed.headers, timeout=self.timeout_s
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            delivery.error = f"{type(error).__name__}: {error}"
        else:
            delivery.status = response.status_code
            delivery.answer = response.text[:MAX_RESPONSE_CHARS]
            delivery.retry_after = response.headers.get("retry-after")
        delivery.duration_s = round(time.perf_counter() - began, 6)
        return delivery
