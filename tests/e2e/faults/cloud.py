"""Run the local cloud with faults: the same handlers and gateway, a fault proxy before AWS, and killable processes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local import aws
from local.cloud import LocalCloud, Options, local_cloud
from local.ports import free_block
from local.processes import Supervisor
from local.settings import PORTS_TAKEN, Settings
from tests.e2e.brokers import PROVIDERS, Brokers, brokers_of
from tests.e2e.currency_flows import COLLECT_RATES
from tests.e2e.faults.live_relay import LiveRelay, live_relay
from tests.e2e.faults.machines import CODE, VARIABLE, Machines
from tests.e2e.faults.proxy import FaultProxy, proxy_url
from tests.support.drivers.elapsed_time import delete_rate_counters
from tests.support.drivers.loopback import loopback_client
from tests.support.drivers.queues import messages_left
from tests.support.fakes.host import Host, listening_host

PLAID_FASTER = 3000
"""Plaid's seven attempts in 13.7 s instead of 682.5 min; SnapTrade's four in 7 s instead of 3.5 h."""
SNAPTRADE_FASTER = 1800
DEFERRED = "DeferredWebhooksQueue"
NOTIFICATIONS = "NotifyQueue"
NOTIFICATIONS_GIVEN_UP = "NotifyDeadLetterQueue"


@dataclass(frozen=True)
class FaultyCloud:
    cloud: LocalCloud
    brokers: Brokers
    proxy: FaultProxy
    machines: Machines
    live: LiveRelay
    host: Host

    def calm(self) -> None:
        """Remove all faults, and make the providers retry quickly."""
        delete_rate_counters(self.cloud)
        self.brokers.reset()
        for provider, factor in zip(PROVIDERS, (PLAID_FASTER, SNAPTRADE_FASTER), strict=True):
            self.brokers.order(provider, "retries", mode="compressed", factor=factor)
            address = self.cloud.plaid_simulator if provider == "plaid" else self.cloud.snaptrade_simulator
            self.brokers.client.delete(f"{address}/_sim/deliveries").raise_for_status()

    def spoiled(self) -> int:
        """Return the number of calls to AWS that were made to fail, nudges among them."""
        return self.proxy.fired() + self.machines.spoiled() + self.live.spoiled

    def waiting(self, logical_id: str) -> int:
        """Return the number of messages in a queue, including those in flight."""
        return messages_left(self.cloud, logical_id)

    def purge(self, logical_id: str) -> None:
        """Delete the messages of a queue."""
        aws.sqs(self.cloud.ministack_url).purge_queue(QueueUrl=self.cloud.physical[logical_id])

    def try_again_after(self, queue: str, seconds: int) -> None:
        """Set the visibility timeout of a queue; slower processing causes a duplicate delivery."""
        client, url = aws.sqs(self.cloud.ministack_url), self.cloud.physical[queue]
        client.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": str(seconds)})


@contextmanager
def faulty_cloud(folder: Path) -> Iterator[FaultyCloud]:
    """Start the cloud without faults, with a host app that takes every message."""
    port, supervisor, machines = free_block(PORTS_TAKEN + 1), Supervisor(), Machines(folder / "machines")
    machines.folder.mkdir()
    proxy_port = port + PORTS_TAKEN
    with (
        listening_host() as host,
        loopback_client() as client,
        live_relay(f"http://127.0.0.1:{port}", client) as live,
        local_cloud(
            Settings(port=port, state=folder / "cloud", parameters={"NotifyUrl": host.url}),
            _options(machines, proxy_port, live),
            supervisor,
        ) as cloud,
        brokers_of(cloud) as brokers,
    ):
        log = cloud.logs.parent / "fault-proxy.txt"  # outside the folder of the functions' logs
        proxy = FaultProxy.start(supervisor, proxy_port, cloud.ministack_url, log, client)
        faulty = FaultyCloud(cloud, brokers, proxy, machines, live, host)
        faulty.try_again_after(DEFERRED, 2)
        faulty.try_again_after("TasksQueue", 5)
        cloud.run_schedule(COLLECT_RATES)
        yield faulty


def _options(machines: Machines, proxy_port: int, live: LiveRelay) -> Options:
    return Options(
        environment={
            "AWS_ENDPOINT_URL": proxy_url(proxy_port),
            "LIVE_PUBLISH_URL": live.url,
            VARIABLE: str(machines.folder),
        },
        python_path=(CODE,),
        throttled=False,
        concurrency=2,
    )
