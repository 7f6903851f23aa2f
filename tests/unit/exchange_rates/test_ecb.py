"""Parse the European Central Bank's file: verbatim, and whole or not at all."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from local.simulators.ecb.publication import Publication
from tidings.errors import UnusableResponse
from tidings.exchange_rates import ecb
from tidings.exchange_rates.rates import DayRates
from tidings.http import client
from tidings.http.client import HttpResponse

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" '
    'xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">\n<gesmes:subject>Reference rates</gesmes:subject>'
)
DAYS = (
    '<Cube time="2026-04-02"><Cube currency="USD" rate="1.0820"/><Cube currency="JPY" rate="164.10"/></Cube>'
    '<Cube time="2026-04-01"><Cube currency="USD" rate="1.0712"/></Cube>'
)


def document(days: str = DAYS, head: str = HEAD) -> bytes:
    return f"{head}<Cube>{days}</Cube></gesmes:Envelope>".encode()


def test_file_is_parsed_verbatim() -> None:
    assert ecb.parse_days(document()) == [
        DayRates(date(2026, 4, 2), "ecb", {"USD": "1.0820", "JPY": "164.10"}),
        DayRates(date(2026, 4, 1), "ecb", {"USD": "1.0712"}),
    ]


@pytest.mark.parametrize(
    "broken",
    [
        None,
        b"",
        b"<html>Service unavailable</html>",
        b"not xml",
        document()[:-60],
        document(""),
        document('<Cube time="2026-04-02"></Cube>'),
        document(DAYS.replace('time="2026-04-01"', 'time="1 April"')),
        document(DAYS.replace("1.0712", "N/A")),
        document(DAYS.replace("1.0712", "0")),
        document(DAYS.replace("1.0712", "0.0000")),
        document(DAYS.replace("1.0712", "-1.07")),
        document(DAYS.replace("1.0712", "1e3")),
        document(DAYS.replace("1.0712", "NaN")),
        document(DAYS.replace('"USD" rate="1.0712"', '"usd" rate="1.0712"')),
        document(DAYS.replace(' rate="1.0712"', "")),
        document(head=HEAD.replace("?>", '?><!DOCTYPE a [<!ENTITY b "c">]>')),
    ],
)
def test_file_that_cannot_be_read_whole_is_refused(broken: bytes | None) -> None:
    with pytest.raises(UnusableResponse):
        ecb.parse_days(broken)


def test_source_lists_the_currencies_that_it_publishes() -> None:
    publication = Publication(now=datetime(2026, 4, 2, 20, tzinfo=UTC))
    [newest, *_] = ecb.parse_days(publication.document())
    assert newest.per_euro.keys() == ecb.CODES


def test_file_is_fetched_as_it_is_within_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: dict[str, Any] = {}

    def send(method: str, url: str, **limits: Any) -> HttpResponse:  # noqa: ANN401
        sent.update(limits, method=method, url=url)
        return HttpResponse(200, {}, limits["parse"](document()))

    monkeypatch.setenv("ECB_BASE_URL", "https://rates.example/")
    monkeypatch.setattr(client, "send_request", send)
    assert ecb.fetch_days(123.0) == ecb.parse_days(document())
    assert sent == {
        "method": "GET",
        "url": "https://rates.example/stats/eurofxref/eurofxref-hist-90d.xml",
        "headers": {"accept": "application/xml, text/xml"},
        "body": None,
        "deadline": 123.0,
        "cap_s": 15.0,
        "max_bytes": 1024 * 1024,
        "parse": bytes,
    }


@pytest.mark.parametrize("status", [304, 404, 503])
def test_other_response_than_the_file_names_its_status(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    monkeypatch.setattr(client, "send_request", lambda *_, **__: HttpResponse(status, {}, document()))
    with pytest.raises(UnusableResponse) as refused:
        ecb.fetch_days(123.0)
    assert str(status) in (refused.value.detail or "")


@pytest.mark.parametrize(
    ("code", "rate", "accepted"),
    [
        ("USD", "999999999.999999999", True),
        ("USD", "1", True),
        ("USD", "0.000000001", True),
        ("USD", "1000000000", False),
        ("USD", "1.", False),
        ("USD", ".5", False),
        ("USD", "1.0000000001", False),
        ("USD", " 1.5", False),
        ("US", "1", False),
        ("USDX", "1", False),
    ],
)
def test_rate_is_a_plain_number_of_a_code(code: str, rate: str, accepted: bool) -> None:
    text = document(f'<Cube time="2026-04-02"><Cube currency="{code}" rate="{rate}"/></Cube>')
    if accepted:
        assert ecb.parse_days(text)[0].per_euro == {code: rate}
        return
    with pytest.raises(UnusableResponse):
        ecb.parse_days(text)


def test_one_bad_rate_among_good_ones_refuses_the_file() -> None:
    for rates in (("1.5", "x"), ("x", "1.5")):
        pairs = zip(("USD", "JPY"), rates, strict=True)
        cubes = "".join(f'<Cube currency="{code}" rate="{rate}"/>' for code, rate in pairs)
        with pytest.raises(UnusableResponse):
            ecb.parse_days(document(f'<Cube time="2026-04-02">{cubes}</Cube>'))
