"""`python -m local.simulators.plaid`: serve the Plaid simulator."""

import argparse
from pathlib import Path

from local.simulators.plaid.app import CLIENT_ID, SECRET, create_app
from local.simulators.serving import serve


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.simulators.plaid", description="A stateful fake of Plaid.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, help="JSON file that keeps the state across restarts")
    parser.add_argument("--client-id", default=CLIENT_ID)
    parser.add_argument("--secret", default=SECRET)
    options = parser.parse_args()
    serve(create_app(client_id=options.client_id, secret=options.secret, state=options.state), options.port)


if __name__ == "__main__":
    main()
