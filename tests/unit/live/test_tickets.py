"""Tickets for live updates: what verifies, and what does not."""

import base64
import hashlib
import hmac
import string

import pytest

from tests.unit.live.conftest import TICKET_KEY, Keys
from tidings.errors import StoreUnavailable
from tidings.live.tickets import LIFETIME_S, Ticket, issue_ticket, verify_ticket

pytestmark = pytest.mark.threat(id="forged-ticket")

CHANNEL = "0123456789abcdef0123456789abcdef01234567"
NOW = 1_790_000_000_500


def sign(signed: str, key: str = TICKET_KEY) -> str:
    digest = hmac.new(key.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


@pytest.mark.usefixtures("keys")
def test_issued_ticket_verifies_until_it_expires() -> None:
    text, expires_at = issue_ticket(CHANNEL, NOW)
    assert expires_at == NOW // 1000 + 300, "five minutes at most"
    assert verify_ticket(text, NOW) == Ticket(CHANNEL, expires_at)
    assert verify_ticket(text, expires_at * 1000 - 1) == Ticket(CHANNEL, expires_at)
    assert verify_ticket(text, expires_at * 1000) is None


@pytest.mark.usefixtures("keys")
def test_ticket_of_a_function_whose_clock_is_a_minute_ahead_verifies() -> None:
    latest_s = NOW // 1000 + LIFETIME_S + 60
    assert verify_ticket(sign(f"v1.{CHANNEL}.{latest_s}"), latest_s * 1000 - 360_000) == Ticket(CHANNEL, latest_s)
    assert verify_ticket(sign(f"v1.{CHANNEL}.{latest_s}"), latest_s * 1000 - 360_001) is None


@pytest.mark.usefixtures("keys")
def test_ticket_is_version_channel_expiry_and_their_hmac() -> None:
    text, expires_at = issue_ticket(CHANNEL, NOW)
    assert text == sign(f"v1.{CHANNEL}.{expires_at}")


@pytest.mark.usefixtures("keys")
def test_ticket_with_any_character_changed_is_refused() -> None:
    text, _ = issue_ticket(CHANNEL, NOW)
    for place, character in enumerate(text):
        for other in set(string.hexdigits + "._-v ") - {character}:
            changed = text[:place] + other + text[place + 1 :]
            assert verify_ticket(changed, NOW) is None, changed


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize(
    "signed",
    [
        f"v2.{CHANNEL}.{NOW // 1000 + 10}",
        f"v1.{CHANNEL.upper()}.{NOW // 1000 + 10}",
        f"v1.{CHANNEL[:-1]}.{NOW // 1000 + 10}",
        f"v1.*.{NOW // 1000 + 10}",
        f"v1.{CHANNEL}.-1",
        f"v1.{CHANNEL}.٣٣",
        f"v1.{CHANNEL}.{NOW // 1000 + LIFETIME_S + 3600}",
        f"v1.{CHANNEL}.99999999999",
    ],
    ids=["version", "upper case", "short channel", "wildcard", "negative", "other digits", "hour", "for ever"],
)
def test_signed_ticket_of_another_form_is_refused(signed: str) -> None:
    assert verify_ticket(sign(signed), NOW) is None


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize("text", ["", ".", "...", "v1", "\ud800", "a" * 10_000, f"v1.{CHANNEL}.{NOW}"])
def test_text_that_is_no_ticket_is_refused(text: str) -> None:
    assert verify_ticket(text, NOW) is None


@pytest.mark.usefixtures("keys")
def test_ticket_with_a_line_break_after_it_is_refused() -> None:
    text, _ = issue_ticket(CHANNEL, NOW)
    assert verify_ticket(text + "\n", NOW) is None


def test_ticket_of_the_previous_key_verifies_until_that_key_is_gone(keys: Keys) -> None:
    text, _ = issue_ticket(CHANNEL, NOW)
    keys["live_ticket"] = {"key": "new", "key_previous": TICKET_KEY}
    assert verify_ticket(text, NOW)
    assert verify_ticket(issue_ticket(CHANNEL, NOW)[0], NOW)
    assert issue_ticket(CHANNEL, NOW)[0] != text, "the new key signs"
    keys["live_ticket"] = {"key": "new"}
    assert verify_ticket(text, NOW) is None


@pytest.mark.parametrize("stored", [{}, {"key_previous": "old"}])
def test_deployment_without_a_key_neither_issues_nor_accepts(keys: Keys, stored: dict[str, str]) -> None:
    text, _ = issue_ticket(CHANNEL, NOW)
    keys["live_ticket"] = stored
    with pytest.raises(StoreUnavailable):
        issue_ticket(CHANNEL, NOW)
    with pytest.raises(StoreUnavailable):
        verify_ticket(text, NOW)
