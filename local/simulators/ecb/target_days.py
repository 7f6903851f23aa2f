"""Know the working days of TARGET, the Eurosystem's payment system: the ECB publishes rates on these days alone."""

from datetime import date, timedelta

_FIXED_HOLIDAYS = frozenset({(1, 1), (5, 1), (12, 25), (12, 26)})


def is_target_day(day: date) -> bool:
    """Return whether TARGET is open: no weekend, 1 January, Good Friday, Easter Monday, 1 May, 25 or 26 December."""
    easter = easter_sunday(day.year)
    is_easter = day in {easter - timedelta(days=2), easter + timedelta(days=1)}
    return day.isoweekday() < 6 and (day.month, day.day) not in _FIXED_HOLIDAYS and not is_easter


def easter_sunday(year: int) -> date:
    """Compute Easter Sunday by the anonymous Gregorian algorithm (Meeus, Astronomical Algorithms, chapter 8)."""
    century, year_of_century = divmod(year, 100)
    golden = year % 19
    leap_century, century_rest = divmod(century, 4)
    correction = (century - (century + 8) // 25 + 1) // 3
    moon = (19 * golden + century - leap_century - correction + 15) % 30
    leap_year, year_rest = divmod(year_of_century, 4)
    weekday = (32 + 2 * century_rest + 2 * leap_year - moon - year_rest) % 7
    late = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)
