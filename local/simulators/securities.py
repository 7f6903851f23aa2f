"""Made-up securities for portfolios of any size, the same at both providers."""

from decimal import Decimal

_PRICE_STEP = Decimal("0.0001")


def generate_price(number: int) -> Decimal:
    """Between 5.00 and 504.99, cents included."""
    return Decimal(500 + number * 37 % 50_000) / 100


def move_price(price: str, percent: Decimal) -> str:
    """The price after a move of `percent`, to four places and never below one of them."""
    moved = (Decimal(price) * (1 + percent / 100)).quantize(_PRICE_STEP)
    return f"{max(moved, _PRICE_STEP).normalize():f}"


def generate_isin(number: int) -> str:
    """A well-formed US ISIN (ISO 6166, check digit by Luhn) in a range that no issuer uses."""
    stem = f"USZZ{number:07}"
    digits = "".join(str(int(character, 36)) for character in stem)
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled // 10 + doubled % 10
    return f"{stem}{-total % 10}"
