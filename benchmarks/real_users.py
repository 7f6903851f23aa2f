"""Play users and webhooks for real: each user opens the page, polls, sees the banner and clicks; nothing is simulated.

Only the times at which users come and webhooks are sent are those of the simulation.
"""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

import httpx
import numpy as np

from benchmarks.scale import users
from benchmarks.scale.parameters import Workload
from benchmarks.scale.users import SOURCES, Generator
from benchmarks.stage import Account, Stage

_SPEED_UP_S = 2.0
"""How often the rate counters are deleted: the run is compressed, the providers' limits are not."""


@dataclass
class Played:
    """What users and providers saw, in seconds."""

    webhooks: int = 0
    pending_s: list[float] = field(default_factory=list)
    banner_s: list[float] = field(default_factory=list)
    requests: dict[str, int] = field(default_factory=dict)
    refused: int = 0


@dataclass
class RealUsers:
    """Plays one run. `sent_at` and `_seen`: by user and provider."""

    stage: Stage
    accounts: list[Account]
    workload: Workload
    generator: Generator
    played: Played = field(default_factory=Played)

    async def play(self) -> Played:
        """Play until the last webhook is sent and the last page is closed."""
        visible = users.sessions(self.workload, self.generator)
        sent_at = users.webhook_times(self.workload, self.generator)
        thinking = self.generator.exponential(self.workload.think_s, (self.workload.users, len(SOURCES)))
        pending: list[dict[str, float]] = [{} for _ in self.accounts]
        self._began = time.monotonic()
        limits = httpx.Limits(max_connections=64)
        async with httpx.AsyncClient(timeout=60, limits=limits) as client:
            clearing = asyncio.create_task(self._delete_rate_counters())
            try:
                await asyncio.gather(
                    *(
                        self._browse(client, n, visible.polls[n], thinking[n], pending[n])
                        for n in range(len(self.accounts))
                    ),
                    *(
                        self._send(client, n, provider, float(sent_at[number, n]), pending[n])
                        for n in range(len(self.accounts))
                        for number, provider in enumerate(SOURCES)
                    ),
                )
            finally:
                clearing.cancel()
        return self.played

    async def _send(
        self, client: httpx.AsyncClient, user: int, provider: str, at: float, pending: dict[str, float]
    ) -> None:
        """Have the simulator send one webhook. It answers once Tidings has answered."""
        await self._wait_until(at)
        began = self._now()
        account = self.accounts[user]
        named = {"item_id": account.plaid[0]} if provider == "plaid" else {"connection_id": account.snaptrade[0]}
        answer = await client.post(f"{self.stage.simulator(provider)}/_sim/webhook", json=named)
        deliveries = answer.raise_for_status().json()["deliveries"]
        if [one["status"] for one in deliveries] != [200]:
            raise RuntimeError(f"a webhook was answered {deliveries}")
        self.played.webhooks += 1
        self.played.pending_s.append(self._now() - began)
        pending[provider] = began

    async def _browse(
        self,
        client: httpx.AsyncClient,
        user: int,
        polls: Any,  # noqa: ANN401 - an array
        thinking: Any,  # noqa: ANN401
        pending: dict[str, float],
    ) -> None:
        """Open the page, poll, and click after each banner."""
        clicks: list[asyncio.Task[None]] = []
        shown: set[str] = set()
        for number, at in enumerate(polls.tolist()):
            await self._wait_until(at)
            if number == 0:
                await self._get(client, user, "/holdings")
            told = await self._get(client, user, "/pending-updates")
            updated = {name for name, one in told["providers"].items() if one["has_pending_updates"]}
            for provider in sorted(updated - shown):
                if provider in pending:
                    self.played.banner_s.append(self._now() - pending[provider])
                    shown.add(provider)
            if updated and (not clicks or clicks[-1].done()):
                delay = float(thinking[min(len(clicks), len(thinking) - 1)])
                clicks.append(asyncio.create_task(self._click(client, user, delay)))
        await asyncio.gather(*clicks)

    async def _click(self, client: httpx.AsyncClient, user: int, delay_s: float) -> None:
        await asyncio.sleep(delay_s)
        self._count("/holdings/refresh")
        answer = await client.post(
            f"{self.stage.cloud.front}/holdings/refresh", headers={**self.stage.origin, **self._cookie(user)}
        )
        self.played.refused += answer.status_code != httpx.codes.OK

    async def _get(self, client: httpx.AsyncClient, user: int, path: str) -> Any:  # noqa: ANN401 - JSON
        self._count(path)
        answer = await client.get(self.stage.cloud.front + path, headers=self._cookie(user))
        return answer.raise_for_status().json()

    def _cookie(self, user: int) -> dict[str, str]:
        return {"cookie": f"session_id={self.accounts[user].cookie}"}

    def _count(self, path: str) -> None:
        self.played.requests[path] = self.played.requests.get(path, 0) + 1

    def _now(self) -> float:
        return time.monotonic() - self._began

    async def _wait_until(self, at: float) -> None:
        await asyncio.sleep(max(0.0, at - self._now()))

    async def _delete_rate_counters(self) -> None:
        while True:
            await asyncio.to_thread(self.stage.delete_rate_counters)
            await asyncio.sleep(_SPEED_UP_S)


def generator_of(seed: int) -> Generator:
    """Return the generator with which the simulation of this seed begins too."""
    return np.random.default_rng(seed)
