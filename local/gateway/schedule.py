"""Invoke functions on a schedule, as EventBridge rules do, and on demand."""

import asyncio
import json
import uuid
from datetime import UTC, datetime

from local.account import ACCOUNT, REGION
from local.gateway.cron import Cron
from local.gateway.environments import FunctionService, InvocationError
from local.gateway.specification import Schedule


class ScheduledRule:
    """One rule and the function that it invokes."""

    def __init__(self, schedule: Schedule, service: FunctionService) -> None:
        self._schedule = schedule
        self._service = service
        self._repeating: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start invoking; at a rate, the first invocation follows after one interval, as on EventBridge."""
        if self._schedule.is_enabled:
            self._repeating = asyncio.create_task(self._repeat())

    def stop(self) -> None:
        """Stop invoking."""
        if self._repeating is not None:
            self._repeating.cancel()

    async def run(self) -> None:
        """Invoke the function now. Raises InvocationError if the invocation fails."""
        await self._service.invoke(json.dumps(self._event()).encode())

    def pause_s(self, now: datetime) -> float | None:
        """Return the seconds until the next invocation; None if there is none."""
        if self._schedule.cron is None:
            return self._schedule.every_s
        following = Cron.parse(self._schedule.cron).next_after(now)
        return None if following is None else (following - now).total_seconds()

    async def _repeat(self) -> None:
        while (pause_s := self.pause_s(datetime.now(UTC))) is not None:
            await asyncio.sleep(pause_s)
            try:
                await self.run()
            except InvocationError:
                continue  # FunctionService has logged the error

    def _event(self) -> dict[str, object]:
        return {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": ACCOUNT,
            "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": REGION,
            "resources": [f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{self._schedule.logical_id}"],
            "detail": {},
        }
