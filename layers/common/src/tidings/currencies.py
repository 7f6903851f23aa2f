"""ISO 4217's currencies, and the codes in which exchanges quote a hundredth of one.

A code of neither kind, such as BTC, names an asset and no currency.
"""

from decimal import Decimal

_ISO_4217 = frozenset(
    """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF
    CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL
    HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD
    MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR
    RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS
    UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
    """.split()  # noqa: SIM905 - readable
)
_MINOR_UNITS = {"GBX": "GBP", "GBp": "GBP", "ILA": "ILS", "ZAC": "ZAR", "ZAc": "ZAR"}
"""Case matters: GBp is a penny, GBP is a pound."""

_MINOR_DIGITS = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split(), 0),  # noqa: SIM905
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    "CLF": 4,
}
"""ISO 4217's decimals, where they are not two."""

_OFFSHORE = frozenset({"CNH", "GGP", "IMP", "JEP", "TVD"})
"""Money without a code of its own in ISO 4217: an asset, but no coin."""

ONE = Decimal(1)
HUNDREDTH = Decimal("0.01")


def is_currency(code: str) -> bool:
    """Return whether the code is one of ISO 4217's currencies."""
    return code in _ISO_4217


def minor_digits(code: str) -> int:
    """Return how many decimals an amount of the currency has by ISO 4217."""
    return _MINOR_DIGITS.get(code, 2)


def asset_type(code: str) -> str:
    """Return the type of holding that a code of no currency names."""
    return "other" if code in _OFFSHORE else "crypto"


def major_unit(code: str) -> tuple[str, Decimal]:
    """Return the code of the currency, and the factor that converts an amount to it: 0.01 for a minor unit, else 1."""
    major = _MINOR_UNITS.get(code)
    if major is not None:
        return major, HUNDREDTH
    upper = code.upper()
    return (upper if upper in _ISO_4217 else code), ONE
