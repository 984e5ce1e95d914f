"""The report's words in both languages, from words.toml beside this file; numbers as people read them."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from importlib.resources import files

from msgspec import Struct

from dashboards.reports.month import Month
from sensors.calendar import SHANGHAI
from sensors.catalogue.model import Catalogue
from sensors.model import Language, Name
from sensors.standards import aqi
from sensors.standards.water_limits import quality

NOTHING = "–"

_MINUS = "\N{MINUS SIGN}"
_FORMULA = re.compile(r"(?:PM2\.5|PM10|(?<![A-Za-z0-9])(?:SO2|NO2|O3))(?![A-Za-z0-9])")
_NOTICES = {"环办": "Huanban ", "〔": "[", "〕": "] ", "号": ""}
_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def with_subscripts(text: str) -> str:
    """Formulas of the pollutants as they are printed: `PM₂.₅` for PM2.5, `SO₂`, `NO₂`, `O₃`."""
    return _FORMULA.sub(lambda found: found[0].translate(_LOWERED), text)


@cache
def texts() -> Mapping[str, Mapping[str, str]]:
    """Every text by its key, `zh` and `en` each."""
    raw = (files("dashboards.reports") / "words.toml").read_text(encoding="utf-8")
    return tomllib.loads(raw)


class ReportWords(Struct, frozen=True):
    """Speaks one language; `words("revision", n=3)` fills a text's places."""

    language: Language

    def __call__(self, key: str, /, **filled: object) -> str:
        """The text of a key.

        Raises:
            KeyError: there is none; a test looks for every key in both languages.
        """
        return with_subscripts(texts()[key][self.language].format(**filled))

    def has(self, key: str) -> bool:
        """Whether there is a text."""
        return key in texts()

    def name(self, name: Name) -> str:
        """A name in this language, formulas with their subscripts."""
        return with_subscripts(name.zh if self.language == "zh" else name.en)

    def joined_sentences(self, sentences: Iterable[str]) -> str:
        """One after the other, with a blank between them where the language has one."""
        return ("" if self.language == "zh" else " ").join(sentences)

    def standard(self, name: str) -> str:
        """A standard's name as this language writes it: notices `环办〔2011〕22号`, `Huanban [2011] 22`."""
        if self.language == "zh":
            return name
        for chinese, latin in _NOTICES.items():
            name = name.replace(chinese, latin)
        return name

    def parameter(self, parameter: str, catalogue: Catalogue) -> str:
        """A parameter's name; the six pollutants by their formula in both languages."""
        if self.has(f"parameter_{parameter}"):
            return self(f"parameter_{parameter}")
        found = catalogue.parameters.get(parameter)
        return self.name(found.name) if found else parameter

    def month(self, month: Month) -> str:
        """`2016年12月`, `December 2016`."""
        if self.language == "zh":
            return f"{month.year}年{month.month}月"
        return f"{self.months[month.month - 1]} {month.year}"

    def days(self, month: Month) -> str:
        """The month's days, both ends included: `2016年12月1日—31日`, `1–31 December 2016`."""
        return self("days_of_month", month=self.month(month), days=month.days)

    def year_so_far(self, month: Month) -> str:
        """From January to the month: `1—10月`, `January to October`."""
        return self("year_so_far", month=self.months[month.month - 1])

    def chapter(self, number: int, title: str) -> str:
        """A chapter's heading: `三、水环境质量`, `3 Water`."""
        written = self("chapter_numbers").split()
        sign = written[number - 1] if number <= len(written) else str(number)
        return self("chapter_heading", n=sign, title=title)

    @property
    def months(self) -> list[str]:
        """January to December."""
        return self("months").split()

    def weekday(self, number: int) -> str:
        """Monday is 0."""
        return self("weekdays").split()[number]

    def level(self, number: int) -> str:
        """A level of the AQI in words."""
        return self.name(aqi.levels()[number - 1].category)

    def level_short(self, number: int) -> str:
        """One sign of it, for a cell."""
        return self("levels_short").split()[number - 1]

    def water_class(self, number: int) -> str:
        """`Ⅲ类`, `class III`; 6 is worse than V."""
        return self("water_class", name=self.name(quality(number).name))

    def class_short(self, number: int) -> str:
        """`Ⅲ` or `III`, and for what is worse than V a sign that fits a cell."""
        return self("classes_short").split()[number - 1]

    def moment(self, time: datetime | None) -> str:
        """Month, day, hour and minute in Shanghai."""
        return NOTHING if time is None else f"{time.astimezone(SHANGHAI):%m-%d %H:%M}"

    def day(self, time: datetime) -> str:
        """`2016-12-31` in Shanghai."""
        return f"{time.astimezone(SHANGHAI):%Y-%m-%d}"


def parameter_unit(parameter: str, catalogue: Catalogue) -> str:
    """A parameter's unit; "" where it has none, as pH and a class."""
    row = catalogue.parameters.get(parameter)
    return "" if row is None or row.unit in {"-", NOTHING} else row.unit


def number(value: Decimal | float | None, decimals: int | None = None) -> str:
    """A number with a true minus sign; a dash for none."""
    if value is None:
        return NOTHING
    text = f"{value:f}" if isinstance(value, Decimal) else f"{value:.{1 if decimals is None else decimals}f}"
    return text.replace("-", _MINUS)


def percent(share: float | None) -> str:
    """A share as a percentage with one decimal."""
    return NOTHING if share is None else f"{100 * share:.1f} %"


def signed(value: float) -> str:
    """With plus or minus and one decimal."""
    text = f"{value:+.1f}"
    return "0.0" if text in {"+0.0", "-0.0"} else text.replace("-", _MINUS)


def hours(length: timedelta) -> str:
    """A length in hours."""
    return f"{length / timedelta(hours=1):g} h"
