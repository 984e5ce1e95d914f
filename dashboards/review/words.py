"""Hints in words, from words.toml beside this file; each says what was seen and never what it means."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files

import msgspec
from msgspec import Struct

from dashboards.review.hints.hint import (
    BelowLimit,
    Hint,
    HintKind,
    LeavesNeighbours,
    MaintenanceDrop,
    NightFlat,
    PartAboveWhole,
    Repeats,
)
from sensors.calendar import SHANGHAI
from sensors.catalogue.model import Catalogue
from sensors.model import Language, Name
from sensors.standards.rounding import to_significant


@cache
def texts() -> Mapping[str, Name]:
    """Every text by its key."""
    raw = (files("dashboards.review") / "words.toml").read_bytes()
    return msgspec.toml.decode(raw, type=dict[str, Name])


def number(value: float) -> str:
    """A number of evidence: three significant digits, whole ones whole."""
    return f"{value:.0f}" if abs(value) >= 100 or value == round(value) else to_significant(value, 3)  # noqa: PLR2004 - digits


class HintWords(Struct, frozen=True):
    """Says hints in one language, with the names of the catalogue."""

    language: Language
    catalogue: Catalogue

    def title(self, kind: HintKind) -> str:
        """What a kind of hint is called."""
        return self._text(kind)

    def reason(self, hint: Hint) -> str:
        """What was seen, with its numbers."""
        parameter = self.catalogue.parameters.get(hint.parameter)
        unit = parameter.unit if parameter is not None else ""
        match hint.reason:
            case PartAboveWhole() as seen:
                return self._part_above_whole(seen, unit)
            case BelowLimit() as seen:
                return self._below_limit(seen, unit)
            case Repeats() as seen:
                return self._repeats(seen, unit)
            case LeavesNeighbours() as seen:
                return self._leaves_neighbours(seen)
            case NightFlat() as seen:
                return self._night_flat(seen, unit)
            case MaintenanceDrop() as seen:
                return self._maintenance_drop(seen, unit)

    def parameter(self, id_: str) -> str:
        """What a parameter is called; its id where the catalogue does not know it."""
        found = self.catalogue.parameters.get(id_)
        return id_ if found is None else found.symbol or self._name(found.name)

    def site(self, id_: str) -> str:
        """What a site is called."""
        found = self.catalogue.sites.get(id_)
        return id_ if found is None else self._name(found.name)

    def _name(self, name: Name) -> str:
        return name.zh if self.language == "zh" else name.en

    def _text(self, key: str, **filled: object) -> str:
        return self._name(texts()[key]).format(**filled)

    def _also(self, parameters: Sequence[str]) -> str:
        names = ("、" if self.language == "zh" else ", ").join(map(self.parameter, parameters))
        return self._text("also", names=names) if names else ""

    def _part_above_whole(self, seen: PartAboveWhole, unit: str) -> str:
        return self._text(
            "say_part_above_whole",
            steps=seen.steps,
            compared=seen.compared,
            whole=self.parameter(seen.whole),
            ratio=number(seen.ratio),
            excess=number(seen.excess),
            at=_time(seen.at),
            unit=unit,
        )

    def _below_limit(self, seen: BelowLimit, unit: str) -> str:
        return self._text(
            "say_below_limit" if seen.upper else "say_above_limit",
            held=seen.held,
            width=number(seen.width),
            limit=number(seen.limit),
            source=seen.source,
            former="" if seen.in_force else self._text("not_in_force"),
            expected=number(seen.expected),
            beyond=seen.beyond,
            unit=unit,
        )

    def _repeats(self, seen: Repeats, unit: str) -> str:
        when = "same_time" if not seen.lag else "hours_before" if seen.lag > 0 else "hours_after"
        return self._text(
            "say_repeats",
            steps=seen.steps,
            other=self.site(seen.other),
            when=self._text(when, lag=number(abs(seen.lag))),
            changes=seen.changes,
            largest=number(seen.largest),
            also=self._also(seen.also),
            unit=unit,
        )

    def _leaves_neighbours(self, seen: LeavesNeighbours) -> str:
        return self._text(
            "say_leaves_neighbours",
            neighbours=seen.neighbours,
            ratio=number(seen.ratio),
            usual=number(seen.usual),
            others=number(seen.others),
            also=self._also(seen.also),
        )

    def _night_flat(self, seen: NightFlat, unit: str) -> str:
        return self._text(
            "say_night_flat",
            steps=seen.steps,
            value=number(seen.value),
            moving=seen.moving,
            neighbours=seen.neighbours,
            range=number(seen.range),
            again=number(100 * seen.again),
            also=self._also(seen.also),
            unit=unit,
        )

    def _maintenance_drop(self, seen: MaintenanceDrop, unit: str) -> str:
        return self._text(
            "say_maintenance_drop",
            begin=_time(seen.begin),
            said_by=self._text(f"by_{seen.said_by}"),
            compared=self._text(seen.compared),
            before=number(seen.before),
            after=number(seen.after),
            beside=self._text("beside_neighbours" if seen.neighbours else "by_itself"),
            ratio=number(seen.ratio),
            usual=number(seen.usual),
            also=self._also(seen.also),
            unit=unit,
        )


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%m-%d %H:%M}"
