"""`python -m local.simulators.snaptrade`: serve the SnapTrade simulator."""

import argparse
from pathlib import Path

from local.simulators.serving import serve
from local.simulators.snaptrade.app import CLIENT_ID, CONSUMER_KEY, WEBHOOK_SECRET, create_app


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m local.simulators.snaptrade", description="A stateful fake of SnapTrade."
    )
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, help="JSON file that keeps the state across restarts")
    parser.add_argument("--client-id", default=CLIENT_ID)
    parser.add_argument("--consumer-key", default=CONSUMER_KEY)
    parser.add_argument("--webhook-secret", default=WEBHOOK_SECRET)
    parser.add_argument("--webhook-url", required=True)
    parser.add_argument("--personal", action="store_true", help="use a personal key: one user, no registration")
    options = parser.parse_args()
    app = create_app(
        client_id=options.client_id,
        consumer_key=options.consumer_key,
        webhook_secret=options.webhook_secret,
        webhook_url=options.webhook_url,
        state=options.state,
        is_personal=options.personal,
    )
    serve(app, options.port)


if __name__ == "__main__":
    main()
