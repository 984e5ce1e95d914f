"""The sentences of words.toml and the catalogue's names, in one of the two languages."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from ingest.checks.registry import DEVICE_FLAG, check_words
from liangqu.service.wording.reasons import describe_reason
from sensors.calendar import SHANGHAI
from sensors.catalogue.model import Catalogue
from sensors.model import Language, Name

TEXTS = msgspec.toml.decode(
    Path(__file__).with_name("words.toml").read_bytes(), type=Mapping[str, Name], strict=True
)


class DemoWords:
    """The sentences in one language, and the names of the catalogue in it."""

    def __init__(self, language: Language, catalogue: Catalogue) -> None:
        self.language: Language = language
        self._english = language == "en"
        self._catalogue = catalogue

    def __call__(self, key: str, **values: object) -> str:
        """The sentence with its values."""
        return self.name(TEXTS[key]).format(**values)

    def name(self, name: Name) -> str:
        """In this language."""
        return name.en if self._english else name.zh

    def site(self, id_: str) -> str:
        """Its name, or its id where the catalogue does not know it."""
        site = self._catalogue.sites.get(id_)
        return self.name(site.name) if site else id_

    def symbol(self, parameter: str) -> str:
        """How both languages write it in a narrow column."""
        found = self._catalogue.parameters.get(parameter)
        return found.label if found else parameter

    def check(self, check: str, flag: str) -> str:
        """What a failed check says; a device flag by its letter or meaning."""
        meaning = f"flag_{flag}"
        if check == DEVICE_FLAG:
            return self(meaning) if meaning in TEXTS else f"{self.name(check_words(check))} {flag}"
        return self.name(check_words(check))

    def reason(self, reason: str) -> str:
        """Why something was refused, in words."""
        return self.name(describe_reason(reason))

    def listed(self, parts: Iterable[str]) -> str:
        """One after the other."""
        return (", " if self._english else "、").join(parts)

    def value(self, parameter: str, value: float) -> str:
        """With the decimals of the catalogue."""
        return f"{value:.{self._catalogue.parameters[parameter].decimals}f}"


def clock_time(time: datetime) -> str:
    """Month, day, hour and minute in Shanghai."""
    return f"{time.astimezone(SHANGHAI):%m-%d %H:%M}"
