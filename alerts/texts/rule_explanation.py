"""A rule in words: what it watches where, against which limits today and by which clause. Pure."""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from msgspec import Struct

from alerts.notify.words import KINDS, MeasuredName, describe_measured
from alerts.rules.definition import Rule, parse_repeat
from alerts.rules.index import NONE, RuleIndex
from alerts.rules.limits import LevelBound
from alerts.texts.quantity import limit_text
from sensors.calendar import SHANGHAI
from sensors.model import LANGUAGES, Language, Name, Severity
from sensors.standards.air_limits import air_limit
from sensors.standards.statistics import statistic_kind
from sensors.standards.versions import NoStandard


class ExplainedLimit(Struct, frozen=True):
    """One limit that is in force today: beyond it, at these places, is of this severity.

    `origin` is the standard with its clause, the target's id, or "" of a number of the rule's own.
    `beyond_class`: only for values that are worse than the parameter's limit in the target's class too.
    """

    severity: Severity
    text: Name
    origin: str
    places: tuple[str, ...]
    beyond_class: bool


class ExplainedRule(Struct, frozen=True):
    """A rule as people read it.

    Attributes:
        rule: As it is defined.
        measured: What it watches: the name of each parameter with its statistic.
        places: Ids of the sites, zones and rivers where it applies.
        limits: Those in force today, mildest first; none where it watches what has no limit.
        repeat_daily: Whether its events are repeated in working hours.
    """

    rule: Rule
    measured: tuple[Name, ...]
    places: tuple[str, ...]
    limits: tuple[ExplainedLimit, ...]
    repeat_daily: bool


def explain(rule: Rule, index: RuleIndex, now: datetime) -> ExplainedRule:
    """The rule as of the day of `now` in Asia/Shanghai."""
    places = tuple(place for place in index.places(rule) if place != NONE)
    parameters = _parameters(rule, index, places)
    return ExplainedRule(
        rule,
        tuple(describe_measured(each, rule.statistic, index.catalogue).name for each in parameters),
        places,
        tuple(_limits(rule, index, places, parameters, now)),
        repeat_daily=parse_repeat(rule.repeat) is None,
    )


def _parameters(rule: Rule, index: RuleIndex, places: tuple[str, ...]) -> tuple[str, ...]:
    """Those it names; of one that names none what its statistic is of."""
    if rule.parameters:
        return rule.parameters
    if rule.statistic in KINDS or rule.statistic == "sample":
        return (NONE,)
    media = {index.catalogue.places[place].medium for place in places}
    return tuple(each.id for each in index.catalogue.parameters.values() if each.medium in media)


def _limits(
    rule: Rule, index: RuleIndex, places: tuple[str, ...], parameters: tuple[str, ...], now: datetime
) -> Iterator[ExplainedLimit]:
    """Places that share a limit are one row; of a rule without limits there is none."""
    if rule.statistic in KINDS and rule.statistic != "system":
        return
    found: dict[tuple[Severity, Name, str, bool], list[str]] = {}
    for parameter in parameters:
        measured = describe_measured(parameter, rule.statistic, index.catalogue)
        for place in places or (NONE,):
            for level in index.watch(rule, place, parameter).bounds(now).levels:
                text = Name(*(_text(rule, level.limit, measured, language) for language in LANGUAGES))
                origin = (
                    "" if level.source == rule.id else _origin(level, rule, index, (place, parameter), now)
                )
                key = level.severity, text, origin, level.floor is not None
                found.setdefault(key, []).append(place)
    for (severity, text, origin, beyond_class), where in found.items():
        yield ExplainedLimit(severity, text, origin, tuple(dict.fromkeys(where)), beyond_class)


def _text(rule: Rule, limit: float, measured: MeasuredName, language: Language) -> str:
    """`PM2.5 24h > 60 µg/m³`, `PM2.5 读数 > 5 × 24小时滑动均值`."""
    beyond = multiple_text(rule, limit, language) or limit_text(limit, measured, language)
    return f"{getattr(measured.short, language)} {sign_of(rule)} {beyond}"


def sign_of(rule: Rule) -> Literal[">", "<"]:
    """How a value stands to a limit that it is beyond."""
    return ">" if rule.direction == "above" else "<"


def multiple_text(rule: Rule, limit: float, language: Language) -> str:
    """`5 × rolling 24 h mean` of a rule that holds values against their own mean; "" of any other."""
    if rule.against is None:
        return ""
    return f"{limit:g} × {getattr(statistic_kind(rule.against).name, language)}"


def _origin(level: LevelBound, rule: Rule, index: RuleIndex, series: tuple[str, str], now: datetime) -> str:
    """The clause of a legal limit; of a target its id."""
    place, parameter = series
    site = index.catalogue.sites.get(place)
    area_class = 2 if site is None else site.area_class
    try:
        law = air_limit(parameter, rule.statistic, area_class, now.astimezone(SHANGHAI).date())
    except NoStandard:
        return level.source
    return level.source if law is None or law.standard != level.source else f"{law.standard} {law.clause}"
