"""Values and limits as messages write them: rounded by law, a class or an index by its name. Pure."""

from decimal import Decimal, InvalidOperation

from alerts.notify.words import MeasuredName, format_value
from sensors.model import Language, Name
from sensors.standards.aqi import level_of, levels
from sensors.standards.rounding import decimal_of, published, round_half_even, to_significant

_MOST_DECIMALS = 6


def value_text(
    value: float | None, measured: MeasuredName, language: Language, *, limit: float | None = None
) -> str:
    """`88 µg/m³`, `Ⅳ类`, `205 重度污染`, `2.5 h`; the unit follows what has one.

    A value beyond its limit that would round to the limit keeps as many decimals as it takes to differ.
    """
    if value is None or measured.unit in {"class", "s"}:
        return format_value(value, measured.unit, language)
    if measured.is_index:
        return f"{value:.0f} {getattr(_level_name(value), language)}"
    return f"{number_text(value, measured, limit=limit)} {measured.unit}".strip()


def number_text(value: float, measured: MeasuredName, *, limit: float | None = None) -> str:
    """The number alone, rounded half to even; without decimals of the law six significant digits."""
    if measured.decimals is None:
        return to_significant(value)
    try:
        for places in range(measured.decimals, _MOST_DECIMALS + 1):
            found = published(value, places)
            if limit is None or value == limit or found != decimal_of(limit):
                return f"{found:f}"
    except InvalidOperation:
        pass
    return to_significant(value)


def limit_text(limit: float, measured: MeasuredName, language: Language, *, unit: bool = True) -> str:
    """A limit as it is written in the law; a multiple of a mean is rounded as the values are."""
    if measured.unit in {"class", "s"}:
        return format_value(limit, measured.unit, language)
    shown = to_significant(limit)
    if measured.decimals is not None and _decimals_in(shown) > measured.decimals + 1:
        shown = f"{round_half_even(limit, measured.decimals):f}"
    return f"{shown} {measured.unit}".strip() if unit else shown


def _decimals_in(text: str) -> int:
    exponent = Decimal(text).as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0


def _level_name(aqi: float) -> Name:
    return level_of(round(min(max(aqi, 0.0), levels()[-1].up_to))).category
