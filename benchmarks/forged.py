"""Measure the cost of forged requests: CPU, calls to DynamoDB, Plaid and the issuer, and how they delay a poll."""

import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from secrets import token_bytes, token_hex
from statistics import median, quantiles
from typing import Protocol

import httpx

from benchmarks.code import Code
from benchmarks.processes import Warm
from benchmarks.report import Row, Section
from benchmarks.stage import WEBHOOK_ROUTES, Account, Event, Stage, event

BUDGET_MS = 2.0
READ_MS = 10.0
"""For a forged webhook that names an unknown key of Plaid, which costs one read of the stored keys."""
LARGEST_MS = 50.0
POLL_MS = 500.0
KEY_LOOKUPS = 10
"""Maximum key look-ups of a process at Plaid in a minute, whatever is forged; fewer at the issuer."""

_COUNT = 200
_POLLS = 150
_PATIENCE_S = 60
_LARGEST_BYTES = 256 * 1024
_WRONG = {"signature": "A" * 43 + "="}


class Genuine(Protocol):
    """Signs the requests that forgeries are derived from: a stage, or a test's own simulators."""

    def webhooks(self, provider: str, source_id: str, count: int, **order: object) -> Sequence[Event]: ...

    def token(self, **order: object) -> str: ...


Forgeries = Mapping[str, Callable[[int], Sequence[Event]]]
"""For each kind, a function that returns the given number of requests."""


@dataclass(frozen=True)
class Cost:
    """The mean cost of a forged request in a warm process. `statuses`: the response statuses."""

    cpu_ms: float
    statuses: set[int]
    store_calls: int
    key_lookups: int


def of_plaid(genuine_of: Genuine, account: Account) -> Forgeries:
    route, source_id = WEBHOOK_ROUTES["plaid"], account.plaid[0]
    [genuine] = genuine_of.webhooks("plaid", source_id, 1)
    signed = genuine["headers"]["plaid-verification"].rpartition(".")[0]

    def wrong(count: int) -> list[Event]:
        tokens = (f"{signed}.{_random_signature()}" for _ in range(count))
        return [event(route, headers={"plaid-verification": token}, body=genuine["body"]) for token in tokens]

    return {
        "unsigned": lambda count: [event(route, body=genuine["body"])] * count,
        "a known key id, a wrong signature": wrong,
        "a new key id each": lambda count: genuine_of.webhooks("plaid", source_id, count, variant="forged"),
    }


def of_snaptrade(genuine_of: Genuine, account: Account) -> Forgeries:
    route = WEBHOOK_ROUTES["snaptrade"]
    [genuine] = genuine_of.webhooks("snaptrade", account.snaptrade[0], 1)
    # The most expensive body found: the longest numbers that Python parses, parsed and serialized twice.
    numbers = ",".join(["9" * 4300] * (_LARGEST_BYTES // 4301 - 1))
    brackets = "[" * (_LARGEST_BYTES // 2) + "]" * (_LARGEST_BYTES // 2)
    return {
        "unsigned": lambda count: [event(route, body=genuine["body"])] * count,
        "a wrong signature": lambda count: [event(route, headers=_WRONG, body=genuine["body"])] * count,
        "a wrong signature, 256 KiB of digits": lambda count: (
            [event(route, headers=_WRONG, body=f'{{"a":[{numbers}]}}')] * count
        ),
        "a wrong signature, 256 KiB of brackets": lambda count: [event(route, headers=_WRONG, body=brackets)] * count,
    }


def of_bearer(genuine_of: Genuine, _account: Account) -> Forgeries:
    genuine = genuine_of.token()
    signed = genuine.rpartition(".")[0]
    return {
        "garbage": lambda count: [_poll("a.b.c")] * count,
        "a known key id, a wrong signature": lambda count: [
            _poll(f"{signed}.{_random_signature()}") for _ in range(count)
        ],
        "a new key id each": lambda count: [
            _poll(genuine_of.token(header={"kid": token_hex(8)})) for _ in range(count)
        ],
    }


def _poll(token: str) -> Event:
    return event("GET /pending-updates", headers={"authorization": f"Bearer {token}"})


def _random_signature() -> str:
    return urlsafe_b64encode(token_bytes(64)).rstrip(b"=").decode()


FORGED: Mapping[str, tuple[str, Callable[[Genuine, Account], Forgeries]]] = {
    "Plaid webhook": ("WebhookPlaidFunction", of_plaid),
    "SnapTrade webhook": ("WebhookSnapTradeFunction", of_snaptrade),
    "bearer token": ("PendingFunction", of_bearer),
}


def cost(code: Code, stage: Stage, account: Account, function: str, events: Sequence[Event]) -> Cost:
    """Measure the cost in a new warm process that has cached the genuine keys."""
    with Warm(code, stage, function) as warm:
        warm.answer(_genuine(stage, account, function))
        warm.order(watch=True)
        before = _key_lookups(stage)
        taken = warm.order(events=list(events))
    return Cost(
        cpu_ms=taken["cpu_ms"] / len(events),
        statuses={one["status"] for one in taken["answers"]},
        store_calls=sum(len(one["calls"]) for one in taken["answers"]),
        key_lookups=_key_lookups(stage) - before,
    )


def _genuine(stage: Stage, account: Account, function: str) -> Sequence[Event]:
    if function == "PendingFunction":
        return [_poll(stage.token())] * 10
    if function == "WebhookPlaidFunction":
        return stage.webhooks("plaid", account.plaid[0], 10)
    return stage.webhooks("snaptrade", account.snaptrade[0], 10)


def _key_lookups(stage: Stage) -> int:
    plaid, issuer = stage.cloud.plaid_simulator, stage.cloud.issuer.address
    calls = [call["path"] for url in (plaid, issuer) for call in httpx.get(f"{url}/_sim/calls").json()["calls"]]
    return sum(path.endswith(("/webhook_verification_key/get", "/keys")) for path in calls)


def flood_of(stage: Stage, account: Account) -> Mapping[str, Sequence[Event]]:
    """Create forged webhooks of both providers, by the address to send them to."""
    urls = stage.cloud.function_urls
    return {
        urls["WebhookPlaidFunction"]: stage.webhooks("plaid", account.plaid[0], 20, variant="forged"),
        urls["WebhookSnapTradeFunction"]: stage.webhooks("snaptrade", account.snaptrade[0], 20, variant="forged"),
    }


@contextmanager
def flood(forgeries: Mapping[str, Sequence[Event]]) -> Iterator[list[int]]:
    """Send forgeries to each address continuously. Yields the list of statuses, which grows."""
    ending, statuses = threading.Event(), list[int]()

    def send(url: str, forged: Sequence[Event]) -> None:
        with httpx.Client(timeout=_PATIENCE_S, trust_env=False) as client:
            while not ending.is_set():
                for one in forged:
                    answer = client.post(url, content=one["body"], headers=one["headers"])
                    statuses.append(answer.status_code)

    threads = [threading.Thread(target=send, args=one) for one in forgeries.items()]
    for thread in threads:
        thread.start()
    try:
        yield statuses
    finally:
        ending.set()
        for thread in threads:
            thread.join()


def polls_ms(front: str, cookie: str, count: int = _POLLS) -> list[float]:
    """Return the duration of each poll through the gateway."""
    taken, cookies = [], {"session_id": cookie}
    with httpx.Client(base_url=front, cookies=cookies, timeout=_PATIENCE_S, trust_env=False) as client:
        for _ in range(count):
            began = time.perf_counter()
            client.get("/pending-updates").raise_for_status()
            taken.append(1000 * (time.perf_counter() - began))
    return taken[10:]


def measure(code: Code, stage: Stage) -> Section:
    account = stage.account(plaid=1, snaptrade=1)
    rows = [
        _row(f"{what}, {kind}", cost(code, stage, account, function, forge(_COUNT)))
        for what, (function, forgeries) in FORGED.items()
        for kind, forge in forgeries(stage, account).items()
    ]
    front, forgeries = stage.cloud.front, flood_of(stage, account)
    alone = polls_ms(front, account.cookie)
    began = time.monotonic()
    with flood(forgeries) as statuses:
        meanwhile = polls_ms(front, account.cookie)
        rate = len(statuses) / (time.monotonic() - began)
    rows.append(Row("a poll through the gateway, alone", _spread(alone)))
    what = f"a poll while {rate:.0f} forged webhooks a second are refused"
    rows.append(Row(what, _spread(meanwhile), f"median ≤ {POLL_MS:g} ms", median(meanwhile) <= POLL_MS))
    return Section("Forged requests", "python -m benchmarks forged", rows, _NOTES)


def budget_ms(kind: str) -> float:
    return LARGEST_MS if "256 KiB" in kind else READ_MS if reads(kind) else BUDGET_MS


def reads(kind: str) -> int:
    """Return how many reads a forged request may cost."""
    return int(kind == "Plaid webhook, a new key id each")


def holds(found: Cost, kind: str) -> bool:
    within_reads = found.store_calls <= reads(kind) * _COUNT
    return found.cpu_ms <= budget_ms(kind) and within_reads and found.key_lookups <= KEY_LOOKUPS


def _row(kind: str, found: Cost) -> Row:
    statuses = ", ".join(str(status) for status in sorted(found.statuses))
    measured = f"{found.cpu_ms:.2f} ms, {found.store_calls} calls, {found.key_lookups} key look-ups; {statuses}"
    calls = "one read each" if reads(kind) else "no call"
    return Row(kind, measured, f"≤ {budget_ms(kind):g} ms, {calls}", holds(found, kind))


def _spread(taken: list[float]) -> str:
    return f"median {median(taken):.1f} ms, 95 % within {quantiles(taken, n=20)[-1]:.1f} ms"


_NOTES = f"""\
The mean CPU time of {_COUNT} forged requests in a warm function, logging and metrics included. The column's calls
are DynamoDB's. Key look-ups are all calls to Plaid or to the issuer of bearer tokens. At Plaid a process looks up
at most {KEY_LOOKUPS} unknown key ids a minute. It answers 503 to further ones, so that Plaid retries a genuine
webhook with a new key. It fetches the issuer's keys at most once in 30 s. The flood runs on the same two cores as
the polls, the gateway and MiniStack. On AWS it has environments of its own, and `WebhookReservedConcurrency` limits
them."""
