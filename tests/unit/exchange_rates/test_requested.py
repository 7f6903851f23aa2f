"""Which currency a request gets its total in."""

import pytest

from tidings.api.request import Request
from tidings.errors import BadRequest
from tidings.exchange_rates.requested import requested_currency


def request_with(query: dict[str, str]) -> Request:
    return Request("GET /holdings", "GET", "/holdings", {}, {}, {}, query, b"")


@pytest.mark.parametrize(
    ("main", "requested", "currency"),
    [("USD", None, "USD"), ("USD", "USD", "USD"), ("USD", "CAD", "CAD"), ("TWD", "TWD", "TWD"), ("TWD", "EUR", "EUR")],
)
def test_requested_currency_is_main_or_published(
    monkeypatch: pytest.MonkeyPatch, main: str, requested: str | None, currency: str
) -> None:
    monkeypatch.setenv("MAIN_CURRENCY", main)
    assert requested_currency(request_with({} if requested is None else {"currency": requested})) == currency


@pytest.mark.parametrize("requested", ["", "usd", "BTC", "TWD"])
def test_other_currency_is_refused_with_the_known_codes_in_order(
    monkeypatch: pytest.MonkeyPatch, requested: str
) -> None:
    monkeypatch.setenv("MAIN_CURRENCY", "AED")
    with pytest.raises(BadRequest) as refused:
        requested_currency(request_with({"currency": requested}))
    detail = refused.value.detail or ""
    assert detail.startswith("currency must be one of AED, AUD, ")
    assert detail.endswith(", ZAR.")
    assert "EUR, GBP" in detail
