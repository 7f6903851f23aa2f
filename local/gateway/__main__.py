"""`python -m local.gateway SPECIFICATION`: serve the gateway that a JSON specification describes."""

import argparse
import asyncio
import logging
from pathlib import Path

from local.gateway.server import GatewayServer
from local.gateway.specification import Gateway


def main() -> None:
    """Serve until a signal stops the process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("specification", type=Path)
    logging.basicConfig(format="%(message)s")
    asyncio.run(_serve(Gateway.load(parser.parse_args().specification.read_text("utf-8"))))


async def _serve(gateway: Gateway) -> None:
    server = GatewayServer(gateway)
    await server.serve(server.listen())


main()
