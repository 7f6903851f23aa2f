"""Signatures: the published library verifies them, and accepts nothing else."""

import base64
import time

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from tidings.announce.signing import sign_headers, signing_keys
from tidings.errors import NotConfigured

SECRET = "whsec_" + base64.b64encode(b"a" * 24).decode()
OTHER = "whsec_" + base64.b64encode(b"b" * 64).decode()
BODY = '{"type":"updates.available","data":{"user_id":"ä"}}'.encode()


def headers(**secret: str) -> dict[str, str]:
    return sign_headers(signing_keys(secret), "msg_1", int(time.time()), BODY)


@pytest.mark.threat(id="forged-notification")
def test_library_verifies_the_signature() -> None:
    assert Webhook(SECRET).verify(BODY, headers(signing_secret=SECRET))["type"] == "updates.available"


@pytest.mark.threat(id="leaked-notify-secret")
@pytest.mark.parametrize("known", [SECRET, OTHER])
def test_message_carries_both_signatures_while_rotating(known: str) -> None:
    signed = headers(signing_secret=SECRET, signing_secret_previous=OTHER)
    assert len(signed["webhook-signature"].split(" ")) == 2
    assert Webhook(known).verify(BODY, signed)


@pytest.mark.threat(id="forged-notification")
@pytest.mark.parametrize(
    ("secret", "body", "changed"),
    [
        (OTHER, BODY, {}),
        (SECRET, BODY + b" ", {}),
        (SECRET, BODY, {"webhook-id": "msg_2"}),
        (SECRET, BODY, {"webhook-timestamp": str(int(time.time()) - 1)}),
        (SECRET, BODY, {"webhook-timestamp": "1790000000"}),
    ],
    ids=["other key", "changed body", "other id", "other time", "replayed later"],
)
def test_signature_covers_id_time_and_body(secret: str, body: bytes, changed: dict[str, str]) -> None:
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body, {**headers(signing_secret=SECRET), **changed})


@pytest.mark.parametrize(
    "secret",
    [
        {},
        {"signing_secret": "plain"},
        {"signing_secret": SECRET.removeprefix("whsec_")},
        {"signing_secret": "whsec_***"},
        {"signing_secret": SECRET[:-4] + "*" + SECRET[-4:]},
        {"signing_secret": SECRET + "A"},
        {"signing_secret": SECRET + "ä"},
        {"signing_secret": "whsec_" + base64.b64encode(b"a" * 23).decode()},
        {"signing_secret": "whsec_" + base64.b64encode(b"a" * 65).decode()},
        {"signing_secret": SECRET, "signing_secret_previous": "whsec_"},
    ],
)
def test_missing_or_malformed_secret_signs_nothing(secret: dict[str, str]) -> None:
    with pytest.raises(NotConfigured):
        signing_keys(secret)
