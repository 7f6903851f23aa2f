"""The demo's stand-in for the host app's backend: whose messages it takes, and where it can't listen."""

from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook

from local.demo import Demo
from local.host_app import host_app
from local.ports import free_block
from local.settings import SIGNING_SECRET
from tests.support.drivers.loopback import loopback

BODY = '{"type": "updates.available"}'


def _signed_with(secret: str) -> dict[str, str]:
    now = datetime.now(UTC)
    signature = Webhook(secret).sign("msg_1", now, BODY)
    return {"webhook-id": "msg_1", "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}


def test_host_app_keeps_only_messages_with_the_right_signature() -> None:
    url = f"http://127.0.0.1:{free_block(1)}/tidings"
    with host_app(url) as app:
        assert app is not None
        other = "whsec_b3RoZXIta2V5LW90aGVyLWtleS1vdGhlci1rZXk="
        answers = [loopback.post(url, content=BODY, headers=_signed_with(one)) for one in (other, SIGNING_SECRET)]
        assert [answer.status_code for answer in answers] == [401, 204]
        assert app.wait_for(lambda _message: True) == {"type": "updates.available"}


def test_host_app_leaves_an_address_to_whoever_listens_there() -> None:
    url = f"http://127.0.0.1:{free_block(1)}/tidings"
    with host_app(url), host_app(url) as second:
        assert second is None


@pytest.mark.parametrize("url", ["", "https://app.example.com/tidings"])
def test_host_app_does_not_listen_for_another_machine(url: str) -> None:
    with host_app(url) as app:
        assert app is None


def test_demo_without_notify_url_says_how_to_see_the_message(capsys: pytest.CaptureFixture[str]) -> None:
    Demo("", "", "").notify_the_host_app(None, "", 1)

    assert "NOTIFY_URL=http://localhost:4000/tidings make run" in capsys.readouterr().out
