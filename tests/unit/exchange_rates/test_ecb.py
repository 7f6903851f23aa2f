"""Parse the European Central Bank's file: verbatim, and whole or not at all."""

from datetime import UTC, date, datetime

import pytest

from local.simulators.ecb.publication import Publication
from tidings.errors import UnusableResponse
from tidings.exchange_rates import ecb
from tidings.exchange_rates.rates import DayRates

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
