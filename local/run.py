"""`make run`: run the whole system on this machine until Ctrl-C."""

import os
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType

from local.cloud import LocalCloud, Options, local_cloud
from local.errors import LocalCloudError
from local.processes import StoppedError, Supervisor
from local.settings import DEFAULT_PORT, Settings


def main() -> int:
    """Run until a signal asks to stop, and return the exit code."""
    stopping = _stop_on_signals()
    try:
        return _run(Settings.from_environment(os.environ), stopping)
    except StoppedError:
        print("stopped while starting", flush=True)
        return 130
    except LocalCloudError as error:
        print(f"make run: {error}", file=sys.stderr, flush=True)
        return 1


def _run(settings: Settings, stopping: threading.Event) -> int:
    began = time.monotonic()
    supervisor = Supervisor(stopping)
    with local_cloud(settings, Options(console=True, report=_report), supervisor) as cloud:
        cloud.run_schedule("ExchangeRatesFunctionRun")  # the rule's first hour may be a weekend away
        cloud.run_schedule("ReconcileFunctionRun")  # lists the brokers, for which nobody should wait 15 minutes
        _print_summary(cloud, settings, time.monotonic() - began)
        ended = supervisor.watch()
        print("stopping", flush=True)
    if ended is not None:
        raise LocalCloudError(ended)
    return 0


def _stop_on_signals() -> threading.Event:
    """Set an event on a signal: an exception from a handler could leave a started process that nothing stops."""
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    return stopping


def _report(line: str) -> None:
    print(f"  {line} ...", flush=True)


def _print_summary(cloud: LocalCloud, settings: Settings, took_s: float) -> None:
    plaid = settings.plaid.base_url or f"{cloud.plaid_simulator} (simulator)"
    snaptrade = settings.snaptrade.base_url or f"{cloud.snaptrade_simulator} (simulator)"
    print(
        f"""
Tidings is up after {took_s:.1f} s: {cloud.front}

  Open that page, sign in, connect a broker, let it trade, refresh. Or, in another terminal: {_demo_command(settings)}
  Webhooks    {cloud.function_urls.get("WebhookPlaidFunction")} (Plaid)
              {cloud.function_urls.get("WebhookSnapTradeFunction")} (SnapTrade)
  Plaid       {plaid}
  SnapTrade   {snaptrade}
  Logs        {_shown(cloud.logs)}
  Ctrl-C stops everything; the stored data stays in {_shown(settings.state.resolve())}.
""",
        flush=True,
    )


def _demo_command(settings: Settings) -> str:
    return "make demo" if settings.port == DEFAULT_PORT else f"PORT={settings.port} make demo"


def _shown(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


if __name__ == "__main__":
    sys.exit(main())
