"""Settings: what each variable means, and that a missing one fails with its name."""

from collections.abc import Callable

import pytest

from tidings import settings
from tidings.settings import LiveEndpoints, MissingSetting, Oidc


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of the optional settings."""
    for name in (
        *("PLAID_BASE_URL", "SNAPTRADE_BASE_URL", "ECB_BASE_URL", "NOTIFY_QUEUE_URL", "OIDC_ISSUER", "LIVE_UPDATES"),
        *("TIDINGS_LIVE_HTTP_ENDPOINT", "TIDINGS_LIVE_REALTIME_ENDPOINT", "LIVE_WEBSOCKET_URL", "LIVE_PUBLISH_URL"),
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("read", "variable"),
    [
        (lambda: settings.table("UPDATE_STATE"), "UPDATE_STATE_TABLE"),
        (lambda: settings.secret_id("live_ticket"), "LIVE_TICKET_SECRET_ID"),
        (settings.credential_key_id, "CREDENTIAL_KEY_ID"),
        (settings.tasks_queue_url, "TASKS_QUEUE_URL"),
        (settings.deferred_webhooks_queue_url, "DEFERRED_WEBHOOKS_QUEUE_URL"),
        (settings.reconcile_queue_url, "RECONCILE_QUEUE_URL"),
        (settings.notify_dead_letter_queue_url, "NOTIFY_DEAD_LETTER_QUEUE_URL"),
        (settings.notify_url, "NOTIFY_URL"),
        (settings.plaid_client_name, "PLAID_CLIENT_NAME"),
        (settings.plaid_webhook_url, "PLAID_WEBHOOK_URL"),
        (settings.main_currency, "MAIN_CURRENCY"),
    ],
)
def test_required_variable_is_returned_or_named(
    read: Callable[[], str], variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "value")
    assert read() == "value"
    monkeypatch.setenv(variable, "")
    with pytest.raises(MissingSetting, match=f"^{variable}$"):
        read()
    monkeypatch.delenv(variable)
    with pytest.raises(MissingSetting, match=f"^{variable}$"):
        read()


@pytest.mark.parametrize(
    ("read", "variable"),
    [(settings.allowed_origins, "ALLOWED_ORIGINS"), (settings.plaid_country_codes, "PLAID_COUNTRY_CODES")],
)
def test_list_is_split_at_commas_without_spaces_and_empty_parts(
    read: Callable[[], tuple[str, ...]], variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, " a , b,, ")
    assert read() == ("a", "b")
    monkeypatch.delenv(variable)
    with pytest.raises(MissingSetting, match=variable):
        read()


@pytest.mark.parametrize(
    ("read", "variable", "seconds", "expected"),
    [
        (settings.refresh_cooldown_ms, "REFRESH_COOLDOWN_SECONDS", "60", 60_000),
        (settings.replay_window_ms, "REPLAY_WINDOW_SECONDS", "300", 300_000),
        (settings.stale_after_ms, "STALE_AFTER_HOURS", "24", 86_400_000),
        (settings.history_days, "HISTORY_DAYS", "730", 730),
    ],
)
def test_number_is_in_the_unit_of_its_name(
    read: Callable[[], int], variable: str, seconds: str, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, seconds)
    assert read() == expected


@pytest.mark.parametrize(
    ("read", "variable", "word", "exactly", "otherwise"),
    [
        (settings.snaptrade_webhook_auth, "SNAPTRADE_WEBHOOK_AUTH", "disabled", "disabled", "required"),
        (settings.snaptrade_key_type, "SNAPTRADE_KEY_TYPE", "personal", "personal", "commercial"),
        (settings.paid_refresh, "PAID_REFRESH", "on", True, False),
        (settings.live_updates, "LIVE_UPDATES", "on", True, False),
        (settings.exchange_rates, "EXCHANGE_RATES", "off", False, True),
    ],
)
def test_only_the_exact_word_switches(
    read: Callable[[], object],
    variable: str,
    word: str,
    exactly: object,
    otherwise: object,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(variable, word)
    assert read() == exactly
    for typo in (word.upper(), f"{word} ", f"{word}d", "true"):
        monkeypatch.setenv(variable, typo)
        assert read() == otherwise


def test_live_updates_are_off_unless_they_are_set() -> None:
    assert settings.live_updates() is False


@pytest.mark.parametrize(
    ("read", "variable", "default"),
    [
        (settings.plaid_base_url, "PLAID_BASE_URL", "https://production.plaid.com"),
        (settings.snaptrade_base_url, "SNAPTRADE_BASE_URL", "https://api.snaptrade.com"),
        (settings.ecb_base_url, "ECB_BASE_URL", "https://www.ecb.europa.eu"),
    ],
)
def test_address_of_a_service_can_be_replaced(
    read: Callable[[], str], variable: str, default: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAID_ENVIRONMENT", "production")
    assert read() == default
    monkeypatch.setenv(variable, "http://127.0.0.1:4000/X/")
    assert read() == "http://127.0.0.1:4000/X"


def test_notifications_have_a_queue_only_where_they_are_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.notify_queue_url() == ""
    monkeypatch.setenv("NOTIFY_QUEUE_URL", "https://queue.example")
    assert settings.notify_queue_url() == "https://queue.example"


def test_bearer_tokens_are_accepted_only_from_a_named_issuer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OIDC_AUDIENCE", "web, mobile")
    monkeypatch.setenv("OIDC_USER_ID_CLAIM", "uid")
    assert settings.oidc() is None
    monkeypatch.setenv("OIDC_ISSUER", "https://issuer.example")
    assert settings.oidc() == Oidc("https://issuer.example", ("web", "mobile"), "uid")
    monkeypatch.delenv("OIDC_USER_ID_CLAIM")
    with pytest.raises(MissingSetting, match="OIDC_USER_ID_CLAIM"):
        settings.oidc()


def test_live_updates_have_addresses_only_with_their_api(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDINGS_LIVE_REALTIME_ENDPOINT", "realtime.example")
    assert (settings.live_endpoints(), settings.live_publish_url()) == (None, None)
    monkeypatch.setenv("TIDINGS_LIVE_HTTP_ENDPOINT", "http.example")
    assert settings.live_endpoints() == LiveEndpoints("http.example", "wss://realtime.example/event/realtime")
    assert settings.live_publish_url() == "https://http.example/event"
    monkeypatch.setenv("LIVE_WEBSOCKET_URL", "ws://127.0.0.1:4000/live")
    monkeypatch.setenv("LIVE_PUBLISH_URL", "http://127.0.0.1:4000/publish")
    assert settings.live_endpoints() == LiveEndpoints("http.example", "ws://127.0.0.1:4000/live")
    assert settings.live_publish_url() == "http://127.0.0.1:4000/publish"
