"""Name markets: providers use ISO 10383 codes (MICs) of exchanges or of their segments, or names.

A market is where a ticker names one security. The national exchanges of the United States are one market: under the
National Market System plan for the selection and reservation of securities symbols (SEC release 34-58904), their
tickers and FINRA's for over-the-counter trading are reserved in one place.
"""

from typing import NamedTuple


class Suffix(NamedTuple):
    """The market of a ticker's suffix, and its currency."""

    market: str
    currency: str


UNITED_STATES = "US"

SUFFIXES = {
    "AS": Suffix("XAMS", "EUR"),
    "AX": Suffix("XASX", "AUD"),
    "BO": Suffix("XBOM", "INR"),
    "BR": Suffix("XBRU", "EUR"),
    "CN": Suffix("XCNQ", "CAD"),
    "CO": Suffix("XCSE", "DKK"),
    "DE": Suffix("XETR", "EUR"),
    "F": Suffix("XFRA", "EUR"),
    "HE": Suffix("XHEL", "EUR"),
    "HK": Suffix("XHKG", "HKD"),
    "IR": Suffix("XDUB", "EUR"),
    "JO": Suffix("XJSE", "ZAR"),
    "KQ": Suffix("XKOS", "KRW"),
    "KS": Suffix("XKRX", "KRW"),
    "L": Suffix("XLON", "GBP"),
    "LS": Suffix("XLIS", "EUR"),
    "MC": Suffix("XMAD", "EUR"),
    "MI": Suffix("XMIL", "EUR"),
    "MX": Suffix("XMEX", "MXN"),
    "NE": Suffix("NEOE", "CAD"),
    "NEO": Suffix("NEOE", "CAD"),
    "NS": Suffix("XNSE", "INR"),
    "NZ": Suffix("XNZE", "NZD"),
    "OL": Suffix("XOSL", "NOK"),
    "PA": Suffix("XPAR", "EUR"),
    "SA": Suffix("BVMF", "BRL"),
    "SI": Suffix("XSES", "SGD"),
    "SS": Suffix("XSHG", "CNY"),
    "ST": Suffix("XSTO", "SEK"),
    "SW": Suffix("XSWX", "CHF"),
    "SZ": Suffix("XSHE", "CNY"),
    "T": Suffix("XTKS", "JPY"),
    "TA": Suffix("XTAE", "ILS"),
    "TO": Suffix("XTSE", "CAD"),
    "TW": Suffix("XTAI", "TWD"),
    "US": Suffix(UNITED_STATES, "USD"),
    "V": Suffix("XTSX", "CAD"),
    "VI": Suffix("XWBO", "EUR"),
    "WA": Suffix("XWAR", "PLN"),
}

_CODES: dict[str, tuple[str, ...]] = {
    UNITED_STATES: (
        "XNYS", "XNAS", "XASE", "ARCX", "BATS", "BATY", "BZX", "EDGA", "EDGX", "IEXG", "LTSE", "MEMX", "EPRL", "XBOS",
        "XCBO", "XCHI", "XCIS", "XNCM", "XNDQ", "XNGS", "XNIM", "XNMS", "XPHL", "XPSX", "XBXO",
        "NYS", "NAS", "ASE", "AMEX", "NYSE", "NYSEAMERICAN", "NYSEMKT", "NYSEARCA", "NYSENATIONAL", "NYSECHICAGO",
        "ARCA", "ARCAEDGE", "PCX", "NASDAQ", "NASDAQCM", "NASDAQGM", "NASDAQGS", "NMS", "NGM", "NCM", "CBOE",
        "CBOEBZX", "IEX", "NEWYORKSTOCKEXCHANGE", "AMERICANSTOCKEXCHANGE", "OTC", "OTCM", "OTCB", "OTCQ",
        "OTCQB", "OTCQX", "OTCBB", "OTCMKTS", "OTCMARKETS", "OOTC", "PINX", "PINK", "PINKSHEETS", "PSGM", "XOTC",
        "EXPM", "US", "USA",
    ),
    "XTSE": ("TSX", "TSE", "TOR", "TORONTO", "TORONTOSTOCKEXCHANGE"),
    "XTSX": ("TSXV", "VENTURE", "TSXVENTURE", "TSXVENTUREEXCHANGE", "XTNX"),
    "NEOE": ("NEO", "NEOC", "NEOD", "NEON", "NEOEXCHANGE", "CBOECA", "CBOECANADA", "AEQUITAS"),
    "XCNQ": ("CSE", "CNQ", "CNSX", "PURE", "CANADIANSECURITIESEXCHANGE"),
    "XLON": ("LSE", "LON", "LONDON", "LONDONSTOCKEXCHANGE", "AIM", "AIMX", "XLOD", "XLOM", "LSEETF"),
    "XETR": ("XETRA", "XETA", "XETB", "XETS", "IBIS", "IBIS2", "ETR", "GER"),
    "XFRA": ("FRA", "FWB", "FWB2", "FRAA", "FRAB", "FRANKFURT"),
    "XPAR": ("PAR", "SBF", "EPA", "PARIS", "EURONEXTPARIS", "ALXP", "XMLI"),
    "XAMS": ("AMS", "AEB", "AMSTERDAM", "EURONEXTAMSTERDAM", "TNLA"),
    "XBRU": ("BRU", "EBR", "BRUSSELS", "EURONEXTBRUSSELS", "ALXB", "ENXB"),
    "XLIS": ("LIS", "ELI", "LISBON", "EURONEXTLISBON", "ALXL", "ENXL"),
    "XDUB": ("ISE", "DUBLIN", "EURONEXTDUBLIN", "XMSM", "XESM"),
    "XMIL": ("BIT", "BVME", "MIL", "MILAN", "MILANO", "BORSAITALIANA", "MTAA", "ETFP", "EXGM", "MTAH"),
    "XOSL": ("OSE", "OSL", "OSLO", "EURONEXTOSLO", "XOAS", "MERK"),
    "XSWX": ("SWX", "SIX", "EBS", "VTX", "XVTX", "VIRTX", "XQMH", "SIXSWISSEXCHANGE"),
    "XMAD": ("BME", "BMEX", "BM", "XMCE", "MADRID", "XBAR", "XBIL", "XVAL"),
    "XWBO": ("WBO", "VSE", "VIENNA", "WBAH", "XVIE"),
    "XWAR": ("WSE", "WAR", "WARSAW", "XNCO"),
    "XSTO": ("STO", "SFB", "STOCKHOLM", "FNSE"),
    "XCSE": ("CPH", "COPENHAGEN", "FNDK"),
    "XHEL": ("HEL", "HEX", "HELSINKI", "FNFI"),
    "XASX": ("ASX", "AUSTRALIA"),
    "XNZE": ("NZX", "NZE"),
    "XHKG": ("HKEX", "HKG", "SEHK", "HONGKONG"),
    "XTKS": ("TYO", "TSEJ", "JPX", "XJPX", "TOKYO"),
    "XSES": ("SGX", "SES", "SINGAPORE"),
    "XKRX": ("KRX", "KSE"),
    "XKOS": ("KOSDAQ", "KOE"),
    "XTAI": ("TWSE", "TAI"),
    "XSHG": ("SSE", "SHH", "SHANGHAI"),
    "XSHE": ("SZSE", "SHZ", "SHENZHEN"),
    "XNSE": ("NSE", "NSI"),
    "XBOM": ("BSE", "BOM"),
    "XTAE": ("TASE", "TLV"),
    "XJSE": ("JSE", "JNB"),
    "BVMF": ("B3", "BOVESPA", "SAO"),
    "XMEX": ("BMV", "MEXI"),
}  # fmt: skip
"""By market, the other codes and names of its exchanges, segments included."""

_MARKETS = {code: market for market, codes in _CODES.items() for code in codes}


def market_of(exchange: str) -> str:
    """Return the market of an exchange's code or name; an unknown one stands for itself."""
    squashed = "".join(sign for sign in exchange.upper() if sign.isalnum())
    return _MARKETS.get(squashed, squashed)
