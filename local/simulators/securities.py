"""Made-up securities for portfolios of any size, the same at both providers."""

from decimal import Decimal


def generated_price(number: int) -> Decimal:
    """Between 5.00 and 504.99, cents included."""
    return Decimal(500 + number * 37 % 50_000) / 100


def generated_isin(number: int) -> str:
    """A well-formed US ISIN (ISO 6166, check digit by Luhn) in a range that no issuer uses."""
    stem = f"USZZ{number:07}"
    digits = "".join(str(int(character, 36)) for character in stem)
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled // 10 + doubled % 10
    return f"{stem}{-total % 10}"
