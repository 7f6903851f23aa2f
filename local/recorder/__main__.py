"""`python -m local.recorder --port N --target-port N --file FILE`: record AWS calls to MiniStack."""

import argparse
import asyncio
import signal
from pathlib import Path

from local.recorder.proxy import run


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--target-port", type=int, required=True)
    parser.add_argument("--file", type=Path, required=True)
    options = parser.parse_args()
    asyncio.run(_until_stopped(options))


async def _until_stopped(options: argparse.Namespace) -> None:
    serving = asyncio.ensure_future(run(options.port, options.target_port, options.file))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, serving.cancel)
    await asyncio.wait([serving])
    if not serving.cancelled():
        serving.result()


main()
