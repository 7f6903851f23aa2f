"""Generate securities for portfolios of any size, the same at both providers."""

from decimal import Decimal

_PRICE_STEP = Decimal("0.0001")


def generate_price(number: int) -> Decimal:
    """Generate a price between 5.00 and 504.99."""
    return Decimal(500 + number * 37 % 50_000) / 100


def move_price(price: str, percent: Decimal) -> str:
    """Change a price by `percent`, rounded to four places and at least 0.0001."""
    moved = (Decimal(price) * (1 + percent / 100)).quantize(_PRICE_STEP)
    return f"{max(moved, _PRICE_STEP).normalize():f}"


def generate_isin(number: int) -> str:
    """Generate a well-formed US ISIN (ISO 6166, Luhn check digit) in a range that no issuer uses."""
    stem = f"USZZ{number:07}"
    digits = "".join(str(int(character, 36)) for character in stem)
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled // 10 + doubled % 10
    return f"{stem}{-total % 10}"
